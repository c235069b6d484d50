/* virtual_copy: a run in virtual time that is copied, and what tells two of them apart. */
#include "base/mem.h"
#include "drive/virtual_inside.h"

/* A value of its own of what was copied. */
static void coming_own(struct coming *coming)
{
    struct outcome *outcome = &coming->outcome;

    outcome->message = outcome->message ? mem_strdup(outcome->message) : NULL;
    json_incref(outcome->result);
    coming->input.path = coming->input.path ? mem_strdup(coming->input.path) : NULL;
    coming->input.name = coming->input.name ? mem_strdup(coming->input.name) : NULL;
    json_incref(coming->input.data);
}

/* --- copies --- */

struct virtual *virtual_copy(const struct virtual *virtual)
{
    struct virtual *copy = mem_alloc(sizeof(*copy));

    *copy = *virtual;
    copy->run = core_copy(virtual->run);
    copy->turns[0] = copy->turns[1] = (struct turn){0};
    copy->turn = copy->turns;
    copy->coming_cap = virtual->coming_count;
    copy->coming = mem_alloc(copy->coming_cap * sizeof(*copy->coming) + 1);
    for (size_t i = 0; i < virtual->coming_count; i++) {
        copy->coming[i] = virtual->coming[i];
        coming_own(&copy->coming[i]);
    }
    copy->open_cap = virtual->open_count;
    copy->open = mem_alloc(copy->open_cap * sizeof(*copy->open) + 1);
    for (size_t i = 0; i < virtual->open_count; i++)
        copy->open[i] = mem_strdup(virtual->open[i]);
    return copy;
}

void virtual_swap_turns(struct virtual *virtual, struct turn turns[2])
{
    for (int i = 0; i < 2; i++) {
        struct turn own = virtual->turns[i];

        virtual->turns[i] = turns[i];
        turns[i] = own;
    }
}

/* --- digests --- */

struct digesting {
    const struct virtual *virtual;
    void (*more)(void *context, uint32_t node, struct text *text);
    void *context;
};

static void put_number(struct text *text, int64_t number)
{
    text_add(text, (const char *)&number, sizeof(number));
}

/* What is due, and how many things are due before it: of two at once the order decides. */
static void put_due(const struct virtual *virtual, const struct coming *coming, struct text *text)
{
    int64_t before = 0;

    for (size_t i = 0; i < virtual->coming_count; i++)
        before += coming_is_before(&virtual->coming[i], coming);
    put_number(text, coming->due_us == VIRTUAL_NEVER_US ? -1 : coming->due_us - virtual->now_us);
    put_number(text, coming->due_us == VIRTUAL_NEVER_US ? 0 : before);
}

static void put_value(struct text *text, const json_t *value)
{
    if (value)
        value_canonical(value, text);
    text_putc(text, '\0');
}

static void put_coming(const struct virtual *virtual, const struct coming *coming, struct text *text)
{
    put_number(text, (int64_t)coming->type);
    put_due(virtual, coming, text);
    if (coming->type == COMING_RESULT) {
        put_number(text, (int64_t)coming->outcome.class_);
        put_number(text, coming->outcome.exit_code);
        put_value(text, coming->outcome.result);
    } else if (coming->type == COMING_INPUT) {
        put_number(text, (int64_t)coming->input.type);
        text_puts(text, coming->input.name ? coming->input.name : "");
        text_putc(text, '\0');
        text_puts(text, coming->input.by.user ? coming->input.by.user : "");
        text_putc(text, '\0');
        put_value(text, coming->input.data);
    }
}

static uint32_t node_of(const struct coming *coming)
{
    return coming->type == COMING_INPUT ? coming->input.frame : coming->frame;
}

static void put_node(void *context, uint32_t node, struct text *text)
{
    const struct digesting *digesting = context;
    const struct virtual *virtual = digesting->virtual;

    for (size_t i = 0; i < virtual->coming_count; i++)
        if (node_of(&virtual->coming[i]) == node)
            put_coming(virtual, &virtual->coming[i], text);
    if (digesting->more)
        digesting->more(digesting->context, node, text);
}

void virtual_digest(const struct virtual *virtual, const struct uses *uses,
    void (*more)(void *context, uint32_t node, struct text *text), void *context, struct text *text)
{
    struct digesting digesting = {virtual, more, context};

    core_digest(virtual->run, uses, put_node, &digesting, text);
    put_node(&digesting, 0, text);
}
