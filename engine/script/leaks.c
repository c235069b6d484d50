#include "script/leaks.h"
#include "script/compile.h"
#include "script/mention.h"

#include <string.h>

/* The text is about the secret that is named between its two parts. */
struct leak {
    const char *name, *before, *after, *hint;
};

static const struct leak in_argv = {"secret-in-argv", "every user of the machine can see ",
    " here: it becomes an argument of a program",
    "give it to the step with env: or stdin: and let the program read it there"};
static const struct leak in_url = {"secret-in-url", "",
    " becomes part of a URL, which servers and proxies log", "send it in headers:, auth: or the body"};
static const struct leak in_text = {"secret-in-text", "", " stands in a text that people read",
    "leave it out: whoever needs the value looks it up where it is kept"};
static const struct leak in_value = {"secret-in-value", "",
    " gets another name here, and goes wherever that one is used",
    "use the secret itself where it is needed"};

/* Where a kind, or any, has a field in which a secret leaks. Fields with FIELD_SECRET_OK are no such place.
 */
static const struct {
    const char *kind, *field;
    const struct leak *leak;
} places[] = {
    {"exec", "argv", &in_argv},
    {"http", "url", &in_url},
    {"http", "query", &in_url},
    {"set", "values", &in_value},
    {"note", "text", &in_text},
    {NULL, "message", &in_text},
    {NULL, "instructions", &in_text},
    {NULL, "checklist", &in_text},
    {NULL, "reason", &in_text},
};

struct search {
    struct walker walker; /* the walk that fills the rest */
    struct diags *diags;
};

static void look_at_expr(struct diags *diags, const struct expr *expr, const struct leak *leak)
{
    struct mentions mentions;
    char name[MENTION_NAME_SIZE];

    mentions_init(&mentions, expr->text);
    for (size_t i = 0; i < mentions.count; i++) {
        const struct token *token = mentions_token(&mentions, i);
        size_t after;
        bool is_named;

        if (!mentions_root(&mentions, i, name) || strcmp(name, "secrets") != 0)
            continue;
        is_named = mentions_next(&mentions, i, &after, name) != 0;
        diag_hint(diags,
            diag_warning(diags, expr_pos(expr, token->start, token->len), leak->name, "%ssecrets%s%s%s",
                leak->before, is_named ? "." : "", is_named ? name : "", leak->after),
            "%s; --ignore %s says that it is meant", leak->hint, leak->name);
    }
    mentions_fini(&mentions);
}

static void look_at_template(struct diags *diags, const struct template *tmpl, const struct leak *leak)
{
    if (!tmpl)
        return;
    if (tmpl->type == TEMPLATE_EXPR)
        look_at_expr(diags, tmpl->expr, leak);
    for (size_t i = 0; i < tmpl->len; i++)
        look_at_template(diags, tmpl->items[i], leak);
}

static const struct leak *leak_of(const struct kind *kind, const char *field)
{
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if ((!places[i].kind || strcmp(places[i].kind, kind->name) == 0) &&
            strcmp(places[i].field, field) == 0)
            return places[i].leak;
    return NULL;
}

/* A kind whose arguments are a map of templates. */
static void look_at_map(struct diags *diags, const struct step *step)
{
    for (size_t i = 0; step->with && i < step->with->len; i++) {
        const struct leak *leak = leak_of(step->kind, step->with->keys[i]);

        if (leak)
            look_at_template(diags, step->with->items[i], leak);
    }
}

/* A kind whose arguments are a struct. */
static void look_at_args(struct diags *diags, const struct step *step)
{
    for (const struct field *field = step->kind->section.fields; field->name; field++) {
        const void *at = (const char *)step->args + field->offset;
        const struct leak *leak = field->flags & FIELD_SECRET_OK ? NULL : leak_of(step->kind, field->name);
        const struct named_templates *values = at;

        if (leak && (field->type == FIELD_TEXT || field->type == FIELD_VALUE))
            look_at_template(diags, *(struct template *const *)at, leak);
        for (size_t i = 0; leak && field->type == FIELD_VALUES && i < values->len; i++)
            look_at_template(diags, values->items[i].value, leak);
    }
}

static void look_at_outputs(struct diags *diags, const struct named_exprs *outputs)
{
    for (size_t i = 0; i < outputs->len; i++)
        look_at_expr(diags, outputs->items[i].expr, &in_value);
}

static void on_step(struct walker *walker, struct step *step, const struct place *place)
{
    struct diags *diags = ((struct search *)walker)->diags;

    (void)place;
    look_at_outputs(diags, &step->outputs);
    if (step->kind && step->kind->section.size && step->args)
        look_at_args(diags, step);
    else if (step->kind)
        look_at_map(diags, step);
}

static void on_shell(struct walker *walker, struct template *tmpl, const struct place *place)
{
    bool *is_argument autofree = mem_alloc((tmpl->len + 1) * sizeof(*is_argument));

    (void)place;
    if (tmpl->shell)
        shell_arguments(tmpl, is_argument);
    for (size_t i = 0; i < tmpl->len; i++)
        if (is_argument[i])
            look_at_template(((struct search *)walker)->diags, tmpl->items[i], &in_argv);
}

void leaks_find(struct book *book, struct diags *diags)
{
    struct search search = {.walker = {.on_step = on_step, .on_shell = on_shell}, .diags = diags};

    for (size_t i = 0; i < book->document_count; i++) {
        struct document *document = book->documents[i];

        walk_document(&search.walker, document);
        look_at_outputs(diags, &document->outputs);
        if (document->escalation)
            look_at_template(diags, document->escalation->message, &in_text);
    }
}
