#include "script/results.h"
#include "script/sandbox.h"

#include <string.h>

static void add(struct known_names *names, size_t *cap, const char *name)
{
    names->items = mem_grow(names->items, names->len, cap, sizeof(*names->items));
    names->items[names->len++] = name;
}

static void add_all(struct known_names *names, size_t *cap, const char *const *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add(names, cap, from[i]);
}

static bool brings(const struct kind *kind, const char *name)
{
    for (const char *const *result = kind->result; result && *result; result++)
        if (strcmp(*result, name) == 0)
            return true;
    return false;
}

/* The step's argument of that name, when it has this type. */
static const void *argument(const struct step *step, const char *name, enum field_type type)
{
    const struct section *section = &step->kind->section;

    for (const struct field *field = section->fields; step->args && section->size && field->name; field++)
        if (field->type == type && strcmp(field->name, name) == 0)
            return (const char *)step->args + field->offset;
    return NULL;
}

struct known_names results_own(const struct step *step)
{
    struct known_names names = {0};
    size_t cap = 0;

    for (const char *const *result = step->kind->result; result && *result; result++)
        add(&names, &cap, *result);
    return names;
}

/* A block has the exit code of what failed in it. */
static bool may_have(const struct step *step, const char *name)
{
    if (strcmp(name, "answer") == 0 || strcmp(name, "by") == 0)
        return step->kind->class_ == KIND_ASK;
    if (strcmp(name, "items") == 0)
        return step->foreach;
    return !steps_is_brought(name) || brings(step->kind, name) ||
           (step->kind->class_ == KIND_CONTROL && strcmp(name, "exit_code") == 0);
}

bool results_step_has(const struct step *step, const char *name)
{
    bool is_common = steps_field_names[steps_field(name)];

    if (!step->kind)
        return is_common;
    return is_common ? may_have(step, name) : brings(step->kind, name);
}

bool results_own_has(const struct step *step, const char *name)
{
    return step && step->kind && brings(step->kind, name);
}

struct known_names results_of_step(const struct step *step)
{
    struct known_names names = {0};
    size_t cap = 0;

    for (const char *const *name = steps_field_names; *name; name++)
        if (!step->kind || may_have(step, *name))
            add(&names, &cap, *name);
    for (const char *const *name = step->kind ? step->kind->result : NULL; name && *name; name++)
        if (steps_field_names[steps_field(*name)] == NULL)
            add(&names, &cap, *name);
    return names;
}

struct known_names results_outputs(const struct book *book, const struct step *step)
{
    const char *const *callee = step->kind ? argument(step, "runbook", FIELD_STRING) : NULL;
    const struct document *document = callee && *callee ? book_find(book, *callee) : NULL;
    const struct named_exprs *outputs = step->outputs.len || !document ? &step->outputs : &document->outputs;
    struct known_names names = {0};
    size_t cap = 0;

    if (!step->outputs.len && !document)
        return names;
    names.items = mem_grow(NULL, 0, &cap, sizeof(*names.items));
    for (size_t i = 0; i < outputs->len; i++)
        add(&names, &cap, outputs->items[i].name);
    return names;
}

struct known_names results_answer(const struct step *step)
{
    static const char *const of_decisions[] = {"decision", "approved", "note", "checklist"};
    const struct items *fields;
    struct known_names names = {0};
    size_t cap = 0;

    if (!step->kind || step->kind->class_ != KIND_ASK)
        return names;
    fields = argument(step, "fields", FIELD_MAP);
    if (fields)
        add_all(&names, &cap, fields->names, fields->len);
    add_all(&names, &cap, of_decisions, sizeof(of_decisions) / sizeof(*of_decisions));
    return names;
}
