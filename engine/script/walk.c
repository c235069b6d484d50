#include "script/walk.h"
#include "model/invariant.h"

#include <stddef.h>

/* A part of a struct in which expressions can stand. */
struct part {
    enum field_type type;
    size_t offset;
    unsigned allowed;         /* beside what the place around allows */
    const struct part *parts; /* SECTION, MAP, LIST */
};

enum { WHILE_IT_RUNS = ALLOW_RESULT | ALLOW_SELF | ALLOW_OWN_ITEM, END = -1 };

#define PART(type_, struct_, member_, ...)                                                                   \
    {                                                                                                        \
        type_, offsetof(struct struct_, member_), __VA_ARGS__                                                \
    }
#define PARTS_END                                                                                            \
    {                                                                                                        \
        .type = (enum field_type)END                                                                         \
    }

static const struct part retry_parts[] = {
    PART(FIELD_INTEGER, retry, max_attempts, 0, NULL),
    PART(FIELD_DURATION, retry, delay, 0, NULL),
    PART(FIELD_DURATION, retry, max_delay, 0, NULL),
    PART(FIELD_EXPR, retry, when, ALLOW_RESULT | ALLOW_SELF, NULL),
    PARTS_END,
};

static const struct part step_parts[] = {
    PART(FIELD_EXPR, step, when, ALLOW_OWN_ITEM, NULL),
    PART(FIELD_VALUES, step, env, ALLOW_OWN_ITEM, NULL),
    PART(FIELD_TEXT, step, cwd, ALLOW_OWN_ITEM, NULL),
    PART(FIELD_DURATION, step, timeout, ALLOW_OWN_ITEM, NULL),
    PART(FIELD_DURATION, step, kill_after, ALLOW_OWN_ITEM, NULL),
    PART(FIELD_DURATION, step, deadline, ALLOW_OWN_ITEM, NULL),
    PART(FIELD_SECTION, step, retry, ALLOW_OWN_ITEM, retry_parts),
    PART(FIELD_EXPR, step, until, WHILE_IT_RUNS, NULL),
    PART(FIELD_DURATION, step, every, ALLOW_OWN_ITEM, NULL),
    PART(FIELD_EXPR, step, success_when, WHILE_IT_RUNS, NULL),
    PART(FIELD_OUTPUTS, step, outputs, WHILE_IT_RUNS, NULL),
    PART(FIELD_VALUE, step, foreach, 0, NULL),
    PART(FIELD_INTEGER, step, max_parallel, 0, NULL),
    PART(FIELD_INTEGER, step, batch, 0, NULL),
    PART(FIELD_EXPR, step, while_, ALLOW_OWN_ITEM | ALLOW_SELF, NULL),
    PART(FIELD_INTEGER, step, max_iterations, ALLOW_OWN_ITEM, NULL),
    PART(FIELD_VALUE, step, with, ALLOW_OWN_ITEM, NULL),
    PART(FIELD_STEPS, step, rescue, ALLOW_OWN_ITEM | ALLOW_FAILED, NULL),
    PART(FIELD_STEPS, step, always, ALLOW_OWN_ITEM, NULL),
    PART(FIELD_STEPS, step, undo, ALLOW_OWN_ITEM | IN_UNDO, NULL),
    PARTS_END,
};

static const struct part limit_parts[] = {
    PART(FIELD_INTEGER, limit, count, 0, NULL),
    PART(FIELD_DURATION, limit, every, 0, NULL),
    PARTS_END,
};

static const struct part channel_parts[] = {
    PART(FIELD_VALUE, channel, with, 0, NULL),
    PART(FIELD_DURATION, channel, timeout, 0, NULL),
    PART(FIELD_SECTION, channel, retry, 0, retry_parts),
    PART(FIELD_SECTION, channel, limit, 0, limit_parts),
    PARTS_END,
};

static const struct part level_parts[] = {
    PART(FIELD_DURATION, level, escalate_after, 0, NULL),
    PART(FIELD_EXPR, level, when, 0, NULL),
    PARTS_END,
};

static const struct part policy_parts[] = {
    PART(FIELD_LIST, policy, levels, 0, level_parts),
    PART(FIELD_INTEGER, policy, repeat, 0, NULL),
    PART(FIELD_DURATION, policy, ack_timeout, 0, NULL),
    PARTS_END,
};

static const struct part escalation_parts[] = {
    PART(FIELD_TEXT, escalation, message, 0, NULL),
    PARTS_END,
};

static const struct part concurrency_parts[] = {
    PART(FIELD_TEXT, concurrency, group, BEFORE_START, NULL),
    PART(FIELD_INTEGER, concurrency, limit, BEFORE_START, NULL),
    PARTS_END,
};

static const struct part invariant_parts[] = {
    PART(FIELD_EXPR, invariant, always, 0, NULL),
    PART(FIELD_EXPR, invariant, finally, 0, NULL),
    PART(FIELD_DURATION, invariant, within, 0, NULL),
    PARTS_END,
};

static const struct part secret_parts[] = {
    PART(FIELD_VALUE, secret, with, 0, NULL),
    PARTS_END,
};

static const struct part hooks_parts[] = {
    PART(FIELD_STEPS, hooks, of[HOOK_BEFORE_STEP], 0, NULL),
    PART(FIELD_STEPS, hooks, of[HOOK_AFTER_STEP], 0, NULL),
    PART(FIELD_STEPS, hooks, of[HOOK_ON_FAILURE], ALLOW_FAILED, NULL),
    PART(FIELD_STEPS, hooks, of[HOOK_ON_ESCALATION], 0, NULL),
    PART(FIELD_STEPS, hooks, of[HOOK_ON_FINISH], 0, NULL),
    PARTS_END,
};

static const struct part document_parts[] = {
    PART(FIELD_VALUES, document, env, 0, NULL),
    PART(FIELD_MAP, document, secrets, 0, secret_parts),
    PART(FIELD_VALUE, document, people.smtp, 0, NULL),
    PART(FIELD_MAP, document, people.channels, 0, channel_parts),
    PART(FIELD_MAP, document, people.policies, 0, policy_parts),
    PART(FIELD_SECTION, document, escalation, 0, escalation_parts),
    PART(FIELD_SECTION, document, concurrency, 0, concurrency_parts),
    PART(FIELD_SECTION, document, hooks, 0, hooks_parts),
    PART(FIELD_DURATION, document, deadline, 0, NULL),
    PART(FIELD_DURATION, document, cancel_timeout, 0, NULL),
    PART(FIELD_STEPS, document, body, 0, NULL),
    PART(FIELD_STEPS, document, rescue, ALLOW_FAILED, NULL),
    PART(FIELD_STEPS, document, always, 0, NULL),
    PART(FIELD_OUTPUTS, document, outputs, 0, NULL),
    PART(FIELD_LIST, document, invariants, 0, invariant_parts),
    PARTS_END,
};

/* What a section's struct holds: told by our own table, or by that of a kind. */
struct contents {
    const struct part *parts;
    const struct section *section;
};

static void walk_contents(
    struct walker *walker, void *base, const struct contents *contents, const struct place *place);

static void walk_expr(struct walker *walker, struct expr *expr, const struct place *place)
{
    if (expr && walker->on_expr)
        walker->on_expr(walker, expr, place);
}

static void walk_template(struct walker *walker, struct template *tmpl, const struct place *place)
{
    if (!tmpl || tmpl == walker->shared)
        return;
    if (tmpl == place->document->people.smtp)
        walker->shared = tmpl;
    if (tmpl->type == TEMPLATE_EXPR)
        walk_expr(walker, tmpl->expr, place);
    for (size_t i = 0; i < tmpl->len; i++)
        walk_template(walker, tmpl->items[i], place);
    if (tmpl->type == TEMPLATE_SHELL && walker->on_shell)
        walker->on_shell(walker, tmpl, place);
}

static void walk_step(struct walker *walker, struct step *step, const struct place *around)
{
    struct place place = {around->document, step, around->allowed & (ALLOW_FAILED | IN_UNDO)};
    struct contents own = {.parts = step_parts}, args = {.section = step->kind ? &step->kind->section : NULL};

    if (walker->on_step)
        walker->on_step(walker, step, &place);
    walk_contents(walker, step, &own, &place);
    place.allowed |= ALLOW_OWN_ITEM;
    if (step->args && step->kind && step->kind->section.size)
        walk_contents(walker, step->args, &args, &place);
}

static void walk_block(struct walker *walker, struct block *block, const struct place *place)
{
    if (!block)
        return;
    if (walker->on_block)
        walker->on_block(walker, block, place);
    for (size_t i = 0; i < block->len; i++)
        walk_step(walker, block->steps[i], place);
}

static void walk_exprs(struct walker *walker, struct named_exprs *exprs, const struct place *place)
{
    for (size_t i = 0; i < exprs->len; i++)
        walk_expr(walker, exprs->items[i].expr, place);
}

static void walk_values(struct walker *walker, struct named_templates *values, const struct place *place)
{
    for (size_t i = 0; i < values->len; i++)
        walk_template(walker, values->items[i].value, place);
}

static void walk_items(
    struct walker *walker, struct items *items, const struct contents *contents, const struct place *place)
{
    for (size_t i = 0; i < items->len; i++)
        walk_contents(walker, items->items[i], contents, place);
}

/* One field, by its type; `at` is where it stands. */
static void walk_field(struct walker *walker, enum field_type type, void *at, const struct contents *contents,
    const struct place *place)
{
    switch (type) {
    case FIELD_INTEGER:
    case FIELD_DURATION:
        walk_expr(walker, ((struct amount *)at)->expr, place);
        return;
    case FIELD_EXPR:
        walk_expr(walker, *(struct expr **)at, place);
        return;
    case FIELD_TEXT:
    case FIELD_VALUE:
    case FIELD_SCRIPT:
        walk_template(walker, *(struct template **)at, place);
        return;
    case FIELD_EXPRS:
    case FIELD_OUTPUTS:
        walk_exprs(walker, at, place);
        return;
    case FIELD_VALUES:
        walk_values(walker, at, place);
        return;
    case FIELD_SECTION:
        if (*(void **)at)
            walk_contents(walker, *(void **)at, contents, place);
        return;
    case FIELD_LIST:
    case FIELD_MAP:
        walk_items(walker, at, contents, place);
        return;
    case FIELD_STEPS:
        walk_block(walker, *(struct block **)at, place);
        return;
    case FIELD_STRING:
    case FIELD_PLACED:
    case FIELD_ID:
    case FIELD_BOOL:
    case FIELD_NUMBER:
    case FIELD_ENUM:
    case FIELD_CONSTANT:
    case FIELD_STRINGS:
        return;
    }
}

static void walk_parts(
    struct walker *walker, void *base, const struct part *parts, const struct place *around)
{
    for (const struct part *part = parts; (int)part->type != END; part++) {
        struct place place = {around->document, around->step, around->allowed | part->allowed};
        struct contents inner = {.parts = part->parts};

        walk_field(walker, part->type, (char *)base + part->offset, &inner, &place);
    }
}

static void walk_contents(
    struct walker *walker, void *base, const struct contents *contents, const struct place *place)
{
    if (contents->parts) {
        walk_parts(walker, base, contents->parts, place);
        return;
    }
    if (!contents->section || !contents->section->size)
        return;
    for (const struct field *field = contents->section->fields; field->name; field++) {
        struct contents inner = {.section = field->section};

        walk_field(walker, field->type, (char *)base + field->offset, &inner, place);
    }
}

void walk_document(struct walker *walker, struct document *document)
{
    struct contents contents = {.parts = document_parts};
    struct place place = {.document = document};

    walk_contents(walker, document, &contents, &place);
}
