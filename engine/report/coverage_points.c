/* What there is to be reached: each step, its keys and its blocks looked through once. */
#include "report/coverage_points.h"

#include <string.h>

static const struct {
    const char *name, *text;
} words[POINT_COUNT] = {
#define X(type, name, text) [POINT_##type] = {name, text},
    POINTS(X)
#undef X
};

const char *point_name(enum point_type type)
{
    return words[type].name;
}

const char *point_text(enum point_type type)
{
    return words[type].text;
}

/* Where the search stands. */
struct finder {
    struct arena *arena;
    struct points *points;
    const struct document *document;
    size_t *arrivals; /* of the document */
};

/* --- what a kind's table tells --- */

static const void *field_of(const struct section *section, const void *base, const char *name)
{
    if (!base || !section->size)
        return NULL;
    for (const struct field *field = section->fields; field->name; field++)
        if (strcmp(field->name, name) == 0)
            return (const char *)base + field->offset;
    return NULL;
}

const void *step_argument(const struct step *step, const char *name)
{
    return field_of(&step->kind->section, step->args, name);
}

static const char *text_argument(const struct step *step, const char *name)
{
    const char *const *text = step_argument(step, name);

    return text ? *text : NULL;
}

static bool has_amount(const struct step *step, const char *name)
{
    const struct amount *amount = step_argument(step, name);

    return amount && amount->given;
}

static bool is_kind(const struct step *step, const char *name)
{
    return strcmp(step->kind->name, name) == 0;
}

/* --- adding --- */

static uint32_t file_of(struct finder *finder, const struct source *source)
{
    struct points *points = finder->points;
    uint32_t at = 0;

    while (at < points->file_count && points->files[at].source != source &&
           strcmp(points->files[at].path, source->path) != 0)
        at++;
    if (at < points->file_count)
        return at;
    points->files = mem_grow(points->files, points->file_count, &points->file_cap, sizeof(*points->files));
    points->files[points->file_count++] =
        (struct points_file){source, arena_strdup(finder->arena, source->path),
            arena_strndup(finder->arena, source->text, source->len), source->len};
    return at;
}

static struct point *add(struct finder *finder, enum point_type type, struct pos pos, const char *owner)
{
    struct points *points = finder->points;
    struct point *point;

    points->items = mem_grow(points->items, points->len, &points->cap, sizeof(*points->items));
    point = &points->items[points->len++];
    *point = (struct point){
        .type = type,
        .file = file_of(finder, pos.source ? pos.source : finder->document->source),
        .line = pos.line,
        .column = pos.column,
        .owner = arena_strdup(finder->arena, owner),
        .subject = "",
    };
    return point;
}

/* Of the step, at `pos` if that is its own: what comes from `defaults` or an alias stands somewhere else. */
static struct point *add_of(
    struct finder *finder, enum point_type type, const struct step *step, struct pos pos)
{
    bool is_own = pos.source == step->pos.source && pos.line > step->pos.line;

    return add(finder, type, is_own ? pos : step->pos, step->id);
}

/* Whatever happens to one of these steps tells that the point was reached that has just been added. */
static void arrive(struct finder *finder, const struct block *block)
{
    for (size_t i = 0; i < block->len; i++)
        finder->arrivals[block->steps[i]->index] = finder->points->len;
}

/* What holds nothing leaves no trace. */
static bool holds_steps(const struct block *block)
{
    return block && block->len;
}

static void add_block(
    struct finder *finder, enum point_type type, const struct step *step, const struct block *block)
{
    if (!holds_steps(block))
        return;
    if (step)
        add_of(finder, type, step, block->pos);
    else
        add(finder, type, block->pos, "");
    arrive(finder, block);
}

/* --- how a step can fail --- */

static bool stands_in(const struct step *step, const struct block *block)
{
    for (size_t i = 0; block && i < block->len; i++)
        if (block->steps[i] == step)
            return true;
    return false;
}

/* Not all of the steps side by side have to succeed. */
static bool is_race(const json_t *join)
{
    const char *word = json_string_value(join);

    return json_is_integer(join) || (word && strcmp(word, "any") == 0);
}

/* A failure of the step is repaired by one of these, or tolerated, or tried again. */
static bool makes_a_difference(const struct step *step)
{
    for (;; step = step->parent) {
        const struct step *parent = step->parent;
        const struct block *rescue = parent ? parent->rescue : step->document->rescue;
        const struct block *always = parent ? parent->always : step->document->always;

        if (step->continue_on_error || step->retry || (parent && is_race(parent->join)))
            return true;
        if (rescue && !stands_in(step, rescue) && !stands_in(step, always))
            return true;
        if (!parent || stands_in(step, parent->undo))
            return false;
    }
}

static bool can_fail(const struct step *step)
{
    return step->kind->class_ == KIND_EFFECT || is_kind(step, "assert") || is_kind(step, "notify");
}

static void find_failures(struct finder *finder, const struct step *step)
{
    /* What `defaults` bound is no way to go that somebody thought of here. */
    if (step->timeout.given && !step->timeout.is_default && step->kind->class_ != KIND_PURE)
        add_of(finder, POINT_TIMEOUT, step, step->kind_pos);
    if (step->deadline.given)
        add_of(finder, POINT_DEADLINE, step, step->pos);
    if (step->until)
        add_of(finder, POINT_POLLED, step, step->until->pos);
    if (step->retry && !step->until)
        add_of(finder, POINT_RETRIED, step, step->retry->pos);
    /* Without a timeout `until` does not fail, and that is a point already. */
    if (can_fail(step) && !step->until && makes_a_difference(step))
        add_of(finder, POINT_FAILED, step, step->kind_pos);
}

/* --- what only some kinds have --- */

static const struct {
    const char *kind;
    enum point_type yes, no; /* no: POINT_COUNT = cannot be said */
} answers[] = {
    {"manual", POINT_DONE, POINT_NOT_DONE},
    {"approve", POINT_APPROVED, POINT_DENIED},
    {"input", POINT_ANSWERED, POINT_COUNT},
};

static void find_answers(struct finder *finder, const struct step *step)
{
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        if (!is_kind(step, answers[i].kind))
            continue;
        add_of(finder, answers[i].yes, step, step->kind_pos);
        if (answers[i].no != POINT_COUNT)
            add_of(finder, answers[i].no, step, step->kind_pos);
        if (has_amount(step, "timeout"))
            add_of(finder, POINT_UNANSWERED, step, step->kind_pos);
    }
}

static void find_signal(struct finder *finder, const struct step *step)
{
    const char *signal = is_kind(step, "wait") ? text_argument(step, "signal") : NULL;
    const char *subject;

    if (!signal)
        return;
    subject = arena_printf(finder->arena, "signal %s", signal);
    add_of(finder, POINT_SIGNAL_CAME, step, step->kind_pos)->subject = subject;
    if (has_amount(step, "timeout"))
        add_of(finder, POINT_SIGNAL_MISSED, step, step->kind_pos)->subject = subject;
}

static void find_case(struct finder *finder, const struct step *step, const struct section *section,
    const void *way, uint32_t number)
{
    const struct expr *const *when = field_of(section, way, "when");
    struct block *const *steps = field_of(section, way, *when ? "steps" : "else");
    const struct pos *pos = way; /* a section's struct begins with it */
    struct point *point;

    if (!holds_steps(*steps))
        return;
    point = add_of(finder, POINT_CASE, step, *when ? (*when)->pos : *pos);
    point->number = number;
    point->subject = *when ? arena_printf(finder->arena, "case %u", number) : "`else`";
    arrive(finder, *steps);
}

static void find_cases(struct finder *finder, const struct step *step)
{
    const struct items *cases = is_kind(step, "switch") ? step_argument(step, "cases") : NULL;
    const struct field *field = step->kind->section.fields;
    bool has_else = false;

    if (!cases)
        return;
    while (strcmp(field->name, "cases") != 0)
        field++;
    for (size_t i = 0; i < cases->len; i++) {
        const struct expr *const *when = field_of(field->section, cases->items[i], "when");

        find_case(finder, step, field->section, cases->items[i], (uint32_t)i + 1);
        has_else = has_else || !*when;
    }
    if (!has_else)
        add_of(finder, POINT_NO_CASE, step, step->kind_pos);
}

static void find_step(struct finder *finder, const struct step *step)
{
    add(finder, POINT_RAN, step->pos, step->id);
    if (step->when) {
        add_of(finder, POINT_WHEN_TRUE, step, step->when->pos);
        add_of(finder, POINT_WHEN_FALSE, step, step->when->pos);
    }
    /* A list that was written down has the elements it has. */
    if (step->foreach && step->foreach->type == TEMPLATE_EXPR)
        add_of(finder, POINT_NO_ELEMENT, step, step->foreach->pos);
    if (step->while_)
        add_of(finder, POINT_NO_PASS, step, step->while_->pos);
    find_cases(finder, step);
    find_answers(finder, step);
    find_signal(finder, step);
    find_failures(finder, step);
    add_block(finder, POINT_RESCUE, step, step->rescue);
    add_block(finder, POINT_UNDO, step, step->undo);
}

/* --- policies --- */

static bool is_known(const struct finder *finder, const struct policy *policy, const char *name)
{
    const struct points *points = finder->points;

    for (size_t i = points->policies; i < points->len; i++)
        if (strcmp(points->items[i].owner, name) == 0 &&
            strcmp(points->files[points->items[i].file].path, policy->pos.source->path) == 0)
            return true;
    return false;
}

static void find_level(struct finder *finder, const char *policy, const struct level *level, uint32_t number)
{
    const char *subject = arena_printf(finder->arena, "level %u of %s", number, policy);
    struct point *point = add(finder, POINT_PAGED, level->pos, policy);

    point->number = number;
    point->subject = subject;
    if (!level->when)
        return;
    point = add(finder, POINT_NOT_PAGED, level->when->pos, policy);
    point->number = number;
    point->subject = subject;
}

static void find_policy(struct finder *finder, const char *name)
{
    const struct items *policies = &finder->document->people.policies;
    const struct policy *policy = NULL;
    const char *subject;

    for (size_t i = 0; name && i < policies->len; i++)
        if (strcmp(policies->names[i], name) == 0)
            policy = policies->items[i];
    if (!policy || is_known(finder, policy, name))
        return;
    for (size_t i = 0; i < policy->levels.len; i++)
        find_level(finder, name, policy->levels.items[i], (uint32_t)i + 1);
    subject = arena_printf(finder->arena, "policy %s", name);
    add(finder, POINT_ACKNOWLEDGED, policy->pos, name)->subject = subject;
    if (policy->ack_timeout.given)
        add(finder, POINT_ACK_EXPIRED, policy->pos, name)->subject = subject;
    add(finder, POINT_EXHAUSTED, policy->pos, name)->subject = subject;
}

/* Those that the document can start. A question that escalates without saying by which takes the runbook's,
 * and so does a deadline: that one is always among them. */
static void find_policies(struct finder *finder)
{
    const struct document *document = finder->document;

    if (document->escalation)
        find_policy(finder, document->escalation->policy);
    for (size_t i = 0; i < document->step_count; i++) {
        const struct step *step = document->steps[i];

        if (is_kind(step, "escalate"))
            find_policy(finder, text_argument(step, "policy"));
        else if (step->kind->class_ == KIND_ASK)
            find_policy(finder, text_argument(step, "escalate"));
    }
}

/* --- the whole --- */

/* Where the runbook's own key stands: the model knows its value alone. */
static struct pos find_key(const struct document *document, const char *key)
{
    struct pos pos = document->pos;
    const char *at = document->source->text;

    for (uint32_t line = 1; at && *at; line++) {
        if (strncmp(at, key, strlen(key)) == 0 && at[strlen(key)] == ':')
            pos.line = line;
        at = strchr(at, '\n');
        at = at ? at + 1 : NULL;
    }
    return pos;
}

static void find_document(struct finder *finder, struct points_index *index)
{
    const struct document *document = finder->document;

    index->starts = mem_alloc((document->step_count + 2) * sizeof(size_t));
    index->arrivals = mem_alloc((document->step_count + 1) * sizeof(size_t));
    finder->arrivals = index->arrivals;
    for (size_t i = 0; i < document->step_count; i++) {
        index->starts[i] = finder->points->len;
        find_step(finder, document->steps[i]);
    }
    index->starts[document->step_count] = finder->points->len;
    add_block(finder, POINT_RESCUE, NULL, document->rescue);
    if (document->deadline.given)
        add(finder, POINT_DEADLINE, find_key(document, "deadline"), "");
    index->starts[document->step_count + 1] = finder->points->len;
}

void points_find(const struct book *book, struct arena *arena, struct points *ret_points)
{
    struct finder finder = {.arena = arena, .points = ret_points};

    *ret_points = (struct points){.document_count = book->document_count,
        .documents = mem_alloc(book->document_count * sizeof(struct points_index))};
    for (size_t i = 0; i < book->document_count; i++) {
        finder.document = book->documents[i];
        file_of(&finder, finder.document->source);
        find_document(&finder, &ret_points->documents[i]);
    }
    ret_points->policies = ret_points->len;
    for (size_t i = 0; i < book->document_count; i++) {
        finder.document = book->documents[i];
        find_policies(&finder);
    }
}

void points_fini(struct points *points)
{
    for (size_t i = 0; i < points->document_count; i++) {
        free(points->documents[i].starts);
        free(points->documents[i].arrivals);
    }
    free(points->documents);
    free(points->files);
    free(points->items);
    *points = (struct points){0};
}
