#include "script/uses.h"
#include "base/mem.h"
#include "script/mention.h"
#include "script/walk.h"

#include <string.h>

/* The fields of steps.<id>, and the parts they are. */
static const struct {
    const char *name;
    unsigned part;
} fields[] = {
    {"status", USE_STATUS},
    {"ok", USE_STATUS},
    {"exit_code", USE_EXIT_CODE},
    {"stdout", USE_RESULT},
    {"stderr", USE_RESULT},
    {"output", USE_RESULT},
    {"status_code", USE_RESULT},
    {"headers", USE_RESULT},
    {"body", USE_RESULT},
    {"outputs", USE_OUTPUTS},
    {"answer", USE_ANSWER},
    {"by", USE_BY},
    {"error", USE_ERROR},
    {"message", USE_MESSAGE},
    {"attempts", USE_ATTEMPTS},
    {"started_at", USE_TIMES},
    {"finished_at", USE_TIMES},
    {"seconds", USE_TIMES},
    {"items", USE_ITEMS},
};

struct reading {
    struct walker walker;
    struct uses *uses;
    struct document_uses *here;
    struct map steps; /* by id, with underscores for dashes */
    const struct book *book;
};

static char *underscored(const char *id)
{
    char *copy = mem_strdup(id);

    for (char *at = copy; (at = strchr(at, '-')); at++)
        *at = '_';
    return copy;
}

static void add(struct use_list *list, struct use use)
{
    for (size_t i = 0; i < list->len; i++)
        if (list->items[i].is_variable == use.is_variable && list->items[i].index == use.index) {
            list->items[i].parts |= use.parts;
            return;
        }
    list->items = mem_grow(list->items, list->len, &list->cap, sizeof(*list->items));
    list->items[list->len++] = use;
}

static unsigned part_named(const char *name)
{
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (strcmp(fields[i].name, name) == 0)
            return fields[i].part;
    return USE_ALL;
}

static void read_step(
    struct reading *reading, struct use_list *list, const struct mentions *mentions, size_t at)
{
    char name[MENTION_NAME_SIZE], field[MENTION_NAME_SIZE];
    size_t after;
    struct use use = {.index = USE_EVERY, .parts = USE_ALL};

    if (mentions_next(mentions, at, &after, name)) {
        char *key autofree = underscored(name);
        const struct step *step = map_get(&reading->steps, key);

        if (step)
            use.index = step->index;
        if (mentions_next(mentions, after, &after, field))
            use.parts = part_named(field);
    }
    reading->uses->looks_at_time |= (use.parts & USE_TIMES) != 0;
    add(list, use);
}

static void read_variable(
    struct reading *reading, struct use_list *list, const struct mentions *mentions, size_t at)
{
    struct map *variables = &reading->here->variables;
    char name[MENTION_NAME_SIZE];
    size_t after;
    struct use use = {.is_variable = true, .index = USE_EVERY};

    if (mentions_next(mentions, at, &after, name)) {
        if (!map_get(variables, name))
            map_put(variables, name, (void *)(uintptr_t)(variables->len + 1));
        use.index = (uint32_t)((uintptr_t)map_get(variables, name) - 1);
    }
    add(list, use);
}

static void read_run(struct reading *reading, const struct mentions *mentions, size_t at)
{
    char name[MENTION_NAME_SIZE];
    size_t after;

    if (!mentions_next(mentions, at, &after, name) || strcmp(name, "warnings") == 0)
        reading->uses->counts_warnings = true;
}

static void read_text(struct reading *reading, struct use_list *list, const char *text)
{
    struct mentions mentions;
    char name[MENTION_NAME_SIZE];

    mentions_init(&mentions, text);
    for (size_t i = 0; i < mentions.count; i++) {
        if (!mentions_root(&mentions, i, name))
            continue;
        if (strcmp(name, "steps") == 0)
            read_step(reading, list, &mentions, i);
        else if (strcmp(name, "vars") == 0)
            read_variable(reading, list, &mentions, i);
        else if (strcmp(name, "run") == 0)
            read_run(reading, &mentions, i);
        else if (strcmp(name, "failed") == 0)
            reading->uses->looks_at_failed = true;
        else if (strcmp(name, "now") == 0 || strcmp(name, "time") == 0)
            reading->uses->looks_at_time = true;
    }
    mentions_fini(&mentions);
}

static void on_expr(struct walker *walker, struct expr *expr, const struct place *place)
{
    struct reading *reading = (struct reading *)walker;

    read_text(
        reading, place->step ? &reading->here->steps[place->step->index] : &reading->here->own, expr->text);
}

/* Is it one of the book's Lua files, and where its name is given, of that name? */
static bool is_lua_file(const struct source *source, const char *name, size_t len)
{
    const char *slash = strrchr(source->path, '/'), *file = slash ? slash + 1 : source->path;
    const char *dot = strrchr(file, '.');

    return dot && strcmp(dot, ".lua") == 0 &&
           (!name || ((size_t)(dot - file) == len && !strncmp(file, name, len)));
}

static bool is_imported(const struct book *book, const char *action)
{
    for (size_t i = 0; i < book->source_count; i++)
        if (is_lua_file(book->sources[i], action, action ? strcspn(action, ".") : 0))
            return true;
    return false;
}

/* Code sees what expressions see, also that of an imported action and of the files which that may use. Those
 * of the standard library look at what they are given. What a `lua` step has in a file may look at
 * everything. */
static void read_code(struct reading *reading, const struct step *step)
{
    const char *kind = step->kind ? step->kind->name : "", *code;
    struct use_list *list = &reading->here->steps[step->index];

    if (strcmp(kind, "lua") == 0) {
        code = step_constant(step, "code");
        read_text(reading, list, code ? code : "steps, vars, run, failed, now()");
    } else if (strcmp(kind, "uses") == 0 && is_imported(reading->book, step_constant(step, "action"))) {
        for (size_t i = 0; i < reading->book->source_count; i++)
            if (is_lua_file(reading->book->sources[i], NULL, 0))
                read_text(reading, list, reading->book->sources[i]->text);
    }
}

/* Of the fields of `wait` these name a time of day. */
static bool names_time(const struct field *field)
{
    return (field->type == FIELD_EXPR && strcmp(field->name, "until") == 0) ||
           (field->type == FIELD_STRING && strcmp(field->name, "calendar") == 0);
}

static bool waits_for_time(const struct step *step)
{
    const struct field *field = step->kind && step->args ? step->kind->section.fields : NULL;

    for (; field && field->name; field++)
        if (names_time(field) && *(void *const *)((const char *)step->args + field->offset))
            return true;
    return false;
}

static void on_step(struct walker *walker, struct step *step, const struct place *place)
{
    struct reading *reading = (struct reading *)walker;

    (void)place;
    reading->uses->looks_at_time |= waits_for_time(step);
    read_code(reading, step);
}

static void measure(struct document_uses *here)
{
    const struct document *document = here->document;

    for (uint32_t i = 0; i < document->step_count; i++)
        for (const struct step *outer = document->steps[i]; outer; outer = outer->parent)
            if (here->ends[outer->index] < i + 1)
                here->ends[outer->index] = i + 1;
}

static void read_document(
    struct uses *uses, struct document_uses *here, struct document *document, const struct book *book)
{
    struct reading reading = {
        .walker = {.on_expr = on_expr, .on_step = on_step}, .uses = uses, .here = here, .book = book};

    here->document = document;
    here->steps = mem_alloc((document->step_count + 1) * sizeof(*here->steps));
    here->ends = mem_alloc((document->step_count + 1) * sizeof(*here->ends));
    for (size_t i = 0; i < document->step_count; i++) {
        char *key autofree = underscored(document->steps[i]->id);

        map_put(&reading.steps, key, document->steps[i]);
    }
    walk_document(&reading.walker, document);
    map_fini(&reading.steps);
    measure(here);
}

struct uses *uses_new(const struct book *book)
{
    struct uses *uses = mem_alloc(sizeof(*uses));

    uses->count = book->document_count;
    uses->documents = mem_alloc((book->document_count + 1) * sizeof(*uses->documents));
    for (size_t i = 0; i < book->document_count; i++)
        read_document(uses, &uses->documents[i], book->documents[i], book);
    return uses;
}

void uses_free(struct uses *uses)
{
    if (!uses)
        return;
    for (size_t i = 0; i < uses->count; i++) {
        struct document_uses *here = &uses->documents[i];

        for (size_t k = 0; k < here->document->step_count; k++)
            free(here->steps[k].items);
        free(here->steps);
        free(here->own.items);
        free(here->ends);
        map_fini(&here->variables);
    }
    free(uses->documents);
    free(uses);
}

const struct document_uses *uses_of(const struct uses *uses, const struct document *document)
{
    for (size_t i = 0; i < uses->count; i++)
        if (uses->documents[i].document == document)
            return &uses->documents[i];
    return NULL;
}
