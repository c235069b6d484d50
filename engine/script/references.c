/* references: do the names in an expression mean something where it stands? Only what is certain is reported:
 * what depends on the course of a run, or is hidden behind a local variable or a computed key, is left to the
 * evaluation. */
#include "script/compile.h"
#include "script/mention.h"
#include "script/results.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where a step stands. */
struct where {
    const struct block *block;
    size_t index;
};

struct references {
    struct walker walker; /* the walk that fills the rest */
    const struct book *book;
    struct document *document;
    struct diags *diags;
    struct where *where; /* by step->index */
    struct map vars;     /* names that a `set` step sets */
    struct map steps;    /* by id, with underscores for dashes */
};

/* --- what there is --- */

static const char *underscored(const char *id, char *ret, size_t size)
{
    snprintf(ret, size, "%s", id);
    for (char *at = ret; *at; at++)
        if (*at == '-')
            *at = '_';
    return ret;
}

static void on_block(struct walker *walker, struct block *block, const struct place *place)
{
    struct references *references = (struct references *)walker;

    (void)place;
    for (size_t i = 0; i < block->len; i++)
        if (block->steps[i]->index < references->document->step_count)
            references->where[block->steps[i]->index] = (struct where){block, i};
}

static void on_step(struct walker *walker, struct step *step, const struct place *place)
{
    struct references *references = (struct references *)walker;

    (void)place;
    if (!step->kind || strcmp(step->kind->name, "set") != 0 || !step->args)
        return;
    for (const struct field *field = step->kind->section.fields; field->name; field++) {
        const struct named_templates *values = (void *)((char *)step->args + field->offset);

        for (size_t i = 0; field->type == FIELD_VALUES && i < values->len; i++)
            map_put(&references->vars, values->items[i].name, step);
    }
}

struct references *references_new(const struct book *book, struct document *document, struct diags *diags)
{
    struct references *references = mem_alloc(sizeof(*references));

    references->walker = (struct walker){.on_block = on_block, .on_step = on_step};
    references->book = book;
    references->document = document;
    references->diags = diags;
    references->where = mem_alloc((document->step_count + 1) * sizeof(*references->where));
    for (size_t i = 0; i < document->ids.len; i++) {
        char key[MENTION_NAME_SIZE * 2];

        map_put(&references->steps, underscored(document->ids.entries[i].key, key, sizeof(key)),
            document->ids.entries[i].value);
    }
    walk_document(&references->walker, document);
    return references;
}

void references_free(struct references *references)
{
    map_fini(&references->vars);
    map_fini(&references->steps);
    free(references->where);
    free(references);
}

/* --- one expression --- */

/* A name in an expression, with the names that follow it: steps.x.ok. */
struct check {
    struct references *references;
    const struct expr *expr;
    const struct place *place;
    struct mentions mentions;
    size_t skip; /* tokens up to this one have been spoken of */
};

static struct diag *complain(struct check *check, const struct token *token, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static struct diag *complain(struct check *check, const struct token *token, const char *format, ...)
{
    char text[MENTION_NAME_SIZE + 100];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return diag_error(check->references->diags, expr_pos(check->expr, token->start, token->len),
        "undefined-name", "%s", text);
}

static const struct token *token_at(const struct check *check, size_t index)
{
    return mentions_token(&check->mentions, index);
}

/* --- steps --- */

static const struct step *find_step(const struct references *references, const char *name)
{
    char key[MENTION_NAME_SIZE * 2];

    return map_get(&references->steps, underscored(name, key, sizeof(key)));
}

static const struct where *where_is(const struct references *references, const struct step *step)
{
    static const struct where nowhere;

    return step->index < references->document->step_count ? &references->where[step->index] : &nowhere;
}

static bool repeats(const struct step *step)
{
    return step->foreach || step->while_ || step->until || step->retry;
}

static bool is_repeated(const struct step *step)
{
    for (; step; step = step->parent)
        if (repeats(step))
            return true;
    return false;
}

static bool is_parallel(const struct step *owner)
{
    return owner && owner->kind && strcmp(owner->kind->name, "parallel") == 0;
}

/* The loop that keeps the step's results for each of its elements apart from where they are asked for; NULL:
 * none. Who knows from where a hook is called. */
static const struct step *loop_around(const struct step *user, const struct step *target)
{
    if (!target->loop || (user && user->hook))
        return NULL;
    while (user && user != target->loop)
        user = user->parent;
    return user ? NULL : target->loop;
}

static bool complain_outside(struct check *check, size_t id, const struct step *step)
{
    const struct step *loop = loop_around(check->place->step, step);

    if (!loop)
        return false;
    diag_hint(check->references->diags,
        complain(check, token_at(check, id), "step \"%s\" has no result here", step->id),
        "it has one for each element of %s, inside that loop; outside, steps[\"%s\"].items tells what they "
        "came to",
        loop->id, loop->id);
    return true;
}

/* Why the step cannot have a result when the expression is evaluated, or NULL. */
static const char *why_not_yet(const struct check *check, const struct step *target)
{
    const struct step *user = check->place->step;

    if (!user || (check->place->allowed & IN_UNDO) || is_repeated(user) || is_repeated(target))
        return NULL;
    if (target == user)
        return check->place->allowed & ALLOW_SELF ? NULL : "a step cannot use its own result";
    for (const struct step *a = user; a; a = a->parent) {
        const struct where *here = where_is(check->references, a);

        if (a->parent == target)
            return "the step has not ended: this is a part of it";
        for (const struct step *b = target; b; b = b->parent) {
            const struct where *there = where_is(check->references, b);

            if (here->block && here->block == there->block && !is_parallel(a->parent))
                return there->index > here->index ? "the step runs later" : NULL;
        }
    }
    return NULL;
}

/* steps.a-b reads steps.a minus b. */
static bool hint_dash(struct check *check, struct diag *diag, size_t index, const char *name)
{
    char joined[MENTION_NAME_SIZE * 2];
    size_t len = (size_t)snprintf(joined, sizeof(joined), "%s", name);

    while (token_is(token_at(check, index + 1), "-") && token_at(check, index + 2)->type == TOKEN_NAME) {
        const struct token *part = token_at(check, index + 2);

        if (len + part->len + 2 > sizeof(joined))
            return false;
        len += (size_t)snprintf(joined + len, sizeof(joined) - len, "-%.*s", (int)part->len, part->start);
        index += 2;
    }
    if (!find_step(check->references, joined))
        return false;
    check->skip = index;
    diag_hint(check->references->diags, diag, "write steps[\"%s\"], or underscores for the dashes", joined);
    return true;
}

static void no_such_step(struct check *check, const struct token *token, size_t index, const char *name)
{
    const struct map *ids = &check->references->document->ids;
    struct diag *diag = complain(check, token, "there is no step \"%s\"", name);
    const char **names;

    if (hint_dash(check, diag, index, name))
        return;
    names = mem_alloc((ids->len + 1) * sizeof(*names));
    for (size_t i = 0; i < ids->len; i++)
        names[i] = ids->entries[i].key;
    diag_did_you_mean(check->references->diags, diag, name, names, ids->len);
    free(names);
}

static size_t length_of(const char *const *names)
{
    size_t count = 0;

    while (names[count])
        count++;
    return count;
}

static bool is_one_of(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* The name that follows must be one of these. */
static void check_declared(struct check *check, size_t index, const char *fault, const char *const *names,
    size_t count, const char *none)
{
    char name[MENTION_NAME_SIZE], hint[400];
    size_t after, at = mentions_next(&check->mentions, index, &after, name);
    struct diag *diag;

    if (!at || is_one_of(names, count, name))
        return;
    diag = complain(check, token_at(check, at), "%s \"%s\"", fault, name);
    names_hint(name, names, count, hint, sizeof(hint));
    diag_hint(check->references->diags, diag, "%s", count ? hint + strlen("; ") : none);
}

/* --- what steps bring --- */

static void check_known(struct check *check, size_t index, struct known_names known, const char *whose)
{
    char fault[MENTION_NAME_SIZE];

    snprintf(fault, sizeof(fault), "%s has no", whose);
    if (known.items)
        check_declared(check, index, fault, known.items, known.len, "it has nothing at all");
    free(known.items);
}

static void check_field(struct check *check, size_t index, const struct step *step)
{
    char field[MENTION_NAME_SIZE], whose[MENTION_NAME_SIZE];
    size_t after;

    if (!mentions_next(&check->mentions, index, &after, field) || results_step_has(step, field))
        return;
    snprintf(whose, sizeof(whose), "a step%s%s", step->kind ? " of kind " : "",
        step->kind ? step->kind->name : "");
    check_known(check, index, results_of_step(step), whose);
}

/* steps.x.outputs.name and steps.x.answer.name */
static void check_part(struct check *check, size_t index, const struct step *step)
{
    char field[MENTION_NAME_SIZE], whose[MENTION_NAME_SIZE * 2];
    size_t after;

    if (!mentions_next(&check->mentions, index, &after, field))
        return;
    snprintf(whose, sizeof(whose), "steps.%s.%s", step->id, field);
    if (strcmp(field, "outputs") == 0)
        check_known(check, after, results_outputs(check->references->book, step), whose);
    else if (strcmp(field, "answer") == 0)
        check_known(check, after, results_answer(step), whose);
}

static void check_step(struct check *check, size_t index)
{
    char name[MENTION_NAME_SIZE];
    size_t after, id = mentions_next(&check->mentions, index, &after, name);
    const struct step *step;
    const char *fault;
    struct diag *diag;

    if (!id)
        return;
    step = find_step(check->references, name);
    if (!step) {
        no_such_step(check, token_at(check, id), after, name);
        return;
    }
    if (complain_outside(check, id, step))
        return;
    fault = why_not_yet(check, step);
    if (fault) {
        diag = complain(check, token_at(check, id), "steps.%s has no result here", name);
        diag_hint(check->references->diags, diag, "%s", fault);
        return;
    }
    check_field(check, after, step);
    check_part(check, after, step);
}

static void check_result(struct check *check, size_t index)
{
    const struct step *step = check->place->step;
    char name[MENTION_NAME_SIZE], whose[MENTION_NAME_SIZE];
    struct diag *diag;
    size_t after;

    if (!step || !step->kind ||
        (mentions_next(&check->mentions, index, &after, name) && results_own_has(step, name)))
        return;
    if (step->kind->result) {
        snprintf(whose, sizeof(whose), "the result of %s", step->kind->name);
        check_known(check, index, results_own(step), whose);
        return;
    }
    diag = complain(check, token_at(check, index), "a step of kind %s has no \"result\"", step->kind->name);
    diag_hint(check->references->diags, diag, "what it comes to is steps[\"%s\"].%s", step->id,
        step->kind->class_ == KIND_ASK ? "answer" : "status");
}

static void check_vars(struct check *check, size_t index)
{
    const struct map *vars = &check->references->vars;
    const char **names;

    if (check->references->document->hooks)
        return;
    names = mem_alloc((vars->len + 1) * sizeof(*names));
    for (size_t i = 0; i < vars->len; i++)
        names[i] = vars->entries[i].key;
    check_declared(check, index, "no step sets the variable", names, vars->len,
        "a step with set: {name: value} sets variables");
    free(names);
}

/* --- names that depend on the place --- */

static bool is_item(const struct place *place, const char *name)
{
    const struct step *step = place->step;

    if (!step)
        return strcmp(name, "item") ==
               0; /* of the people of the book: who knows from where they are called */
    if (step->foreach && (place->allowed & ALLOW_OWN_ITEM) && strcmp(step->as ? step->as : "item", name) == 0)
        return true;
    if (step->hook && step->as && strcmp(step->as, name) == 0)
        return true;
    for (step = step->loop; step; step = step->loop)
        if (strcmp(step->as ? step->as : "item", name) == 0)
            return true;
    return false;
}

static bool is_in_loop(const struct place *place)
{
    for (const struct step *step = place->step; step; step = step->parent)
        if (step->foreach || step->while_)
            return true;
    return !place->step;
}

/* Where a name may be used that exists only in some places; NULL: here. */
static const char *only_where(const struct place *place, const char *name)
{
    static const char *const made_by_runs[] = {"steps", "vars", "env", "secrets", "item", "index", NULL};

    if ((place->allowed & BEFORE_START) && is_one_of(made_by_runs, length_of(made_by_runs), name))
        return "it is worked out before the run begins: there are params, run and event";
    if (strcmp(name, "result") == 0 && !(place->allowed & ALLOW_RESULT))
        return "it exists in until, success_when, retry.when and outputs";
    if (strcmp(name, "failed") == 0 && !(place->allowed & ALLOW_FAILED))
        return "it exists in rescue";
    if (strcmp(name, "item") == 0 && !is_item(place, name))
        return "it exists in a step with foreach and no other name given with `as`, and inside one";
    if (strcmp(name, "index") == 0 && !is_in_loop(place))
        return "it exists in a step with foreach or while, and inside one";
    return NULL;
}

static void check_global(struct check *check, size_t index, const char *name)
{
    static const char *const foreign[][2] = {{"null", "nil"}, {"None", "nil"}, {"undefined", "nil"},
        {"True", "true"}, {"False", "false"}, {"len", "#"}, {"length", "#"}, {"param", "params"},
        {"step", "steps"}, {"var", "vars"}, {"secret", "secrets"}, {"inputs", "params"}};
    const char *where = only_where(check->place, name);
    struct diag *diag;

    if (where) {
        diag = complain(check, token_at(check, index), "\"%s\" cannot be used here", name);
        diag_hint(check->references->diags, diag, "%s", where);
        return;
    }
    if (is_one_of(builtin_names, length_of(builtin_names), name) || is_item(check->place, name))
        return;
    diag = complain(check, token_at(check, index), "there is no name \"%s\"", name);
    for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++)
        if (strcmp(name, foreign[i][0]) == 0)
            diag_hint(check->references->diags, diag, "did you mean \"%s\"?", foreign[i][1]);
    if (diag->hint)
        return;
    diag_did_you_mean(check->references->diags, diag, name, builtin_names, length_of(builtin_names));
    if (!diag->hint && find_step(check->references, name))
        diag_hint(check->references->diags, diag, "the result of a step is steps.%s", name);
    else if (!diag->hint && is_one_of(check->references->document->params.names,
                                check->references->document->params.len, name))
        diag_hint(check->references->diags, diag, "a parameter is params.%s", name);
    else if (!diag->hint)
        diag_hint(check->references->diags, diag, "a text is written in quotes: \"%s\"", name);
}

static void check_name(struct check *check, size_t index, const char *name)
{
    static const char *const of_run[] = {"id", "runbook", "title", "severity", "started_at", "initiator",
        "status", "warnings", NULL}; /* the last two in invariants */
    static const char *const of_failure[] = {"step", "path", "class", "message", "exit_code", NULL};
    const struct document *document = check->references->document;

    check_global(check, index, name);
    if (strcmp(name, "steps") == 0)
        check_step(check, index);
    else if (strcmp(name, "params") == 0)
        check_declared(check, index, "there is no parameter", document->params.names, document->params.len,
            "this runbook declares no parameters");
    else if (strcmp(name, "secrets") == 0)
        check_declared(check, index, "there is no secret", document->secrets.names, document->secrets.len,
            "this runbook declares no secrets");
    else if (strcmp(name, "vars") == 0)
        check_vars(check, index);
    else if (strcmp(name, "run") == 0)
        check_declared(check, index, "there is no field of run", of_run, length_of(of_run), "");
    else if (strcmp(name, "failed") == 0 && (check->place->allowed & ALLOW_FAILED))
        check_declared(check, index, "there is no field of failed", of_failure, length_of(of_failure), "");
    else if (strcmp(name, "result") == 0 && (check->place->allowed & ALLOW_RESULT))
        check_result(check, index);
}

void references_check(struct references *references, const struct expr *expr, const struct place *place)
{
    struct check check = {.references = references, .expr = expr, .place = place};
    char name[MENTION_NAME_SIZE];

    mentions_init(&check.mentions, expr->text);
    /* Hints cost; when there are more problems than are shown, the rest needs none. */
    for (size_t i = 0; i < check.mentions.count && references->diags->len < DIAGS_MAX; i++)
        if ((i > check.skip || i == 0) && mentions_root(&check.mentions, i, name))
            check_name(&check, i, name);
    mentions_fini(&check.mentions);
}
