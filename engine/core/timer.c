/* timer: effects that come back when their time has come. */
#include "core/turn.h"

#include <string.h>

#define X(name, text, is_told) text,
static const char *const names[] = {TIMER_PURPOSES(X)};
#undef X
#define X(name, text, is_told) is_told,
static const bool is_told[] = {TIMER_PURPOSES(X)};
#undef X

const char *timer_purpose_name(enum timer_purpose purpose)
{
    return names[purpose];
}

_Static_assert((int)TIMER_PURPOSE_COUNT <= (int)TIMER_FACTS, "one for each");

json_t *timer_fact(struct run *run, enum timer_purpose purpose)
{
    json_t **fact = &run->timer_facts[purpose];

    if (!*fact)
        *fact = turn_fact("timer", names[purpose]);
    return json_incref(*fact);
}

void timer_set(struct run *run, struct node *node, enum timer_purpose purpose, int64_t delay_ms)
{
    timer_set_at(run, node, purpose, run->mono_us + delay_ms * 1000);
}

static void tell(struct run *run, struct node *node, const struct timer *timer)
{
    struct event *event = turn_event(run, EVENT_TIMER_SET, node_path(run, node));

    event->due_us = timer->due_us;
    turn_data(run, event, timer_fact(run, timer->purpose));
}

void timer_set_at(struct run *run, struct node *node, enum timer_purpose purpose, int64_t due_us)
{
    timer_set_due(run, node, purpose, due_us > run->mono_us ? due_us : run->mono_us);
}

void timer_set_due(struct run *run, struct node *node, enum timer_purpose purpose, int64_t due_us)
{
    struct timer *timer = mem_alloc(sizeof(*timer));
    struct effect *effect;

    timer->id = ++run->last_timer;
    timer->purpose = purpose;
    timer->due_us = due_us;
    timer->next = node->timers;
    node->timers = timer;
    if (is_told[purpose])
        tell(run, node, timer);
    effect = turn_effect(run, EFFECT_TIMER_SET, node);
    effect->timer = timer->id;
    effect->due_us = timer->due_us;
}

static void take(struct node *node, struct timer *timer)
{
    struct timer **place = &node->timers;

    while (*place != timer)
        place = &(*place)->next;
    *place = timer->next;
    free(timer);
}

static void clear(struct run *run, struct node *node, struct timer *timer)
{
    struct effect *effect = turn_effect(run, EFFECT_TIMER_CLEAR, node);

    effect->timer = timer->id;
    effect->due_us = timer->due_us;
    take(node, timer);
}

void timer_clear(struct run *run, struct node *node, enum timer_purpose purpose)
{
    struct timer *timer = timer_find(node, 0, names[purpose]);

    if (timer)
        clear(run, node, timer);
}

void timer_clear_but(struct run *run, struct node *node, enum timer_purpose kept)
{
    for (struct timer *timer = node->timers, *next; timer; timer = next) {
        next = timer->next;
        if (timer->purpose != kept)
            clear(run, node, timer);
    }
}

void timer_clear_all(struct run *run, struct node *node)
{
    while (node->timers)
        clear(run, node, node->timers);
}

void timer_forget_all(struct node *node)
{
    while (node->timers)
        take(node, node->timers);
}

struct timer *timer_copy_all(const struct node *node)
{
    struct timer *first = NULL, **end = &first;

    for (const struct timer *timer = node->timers; timer; timer = timer->next) {
        *end = mem_alloc(sizeof(**end));
        **end = *timer;
        end = &(*end)->next;
    }
    *end = NULL;
    return first;
}

struct timer *timer_find(const struct node *node, uint32_t id, const char *purpose)
{
    for (struct timer *timer = node->timers; timer; timer = timer->next)
        if (id ? timer->id == id : strcmp(names[timer->purpose], purpose) == 0)
            return timer;
    return NULL;
}

enum timer_purpose timer_take(struct node *node, struct timer *timer)
{
    enum timer_purpose purpose = timer->purpose;

    take(node, timer);
    return purpose;
}

int64_t timer_due(const struct node *node, enum timer_purpose purpose)
{
    const struct timer *timer = timer_find(node, 0, names[purpose]);

    return timer ? timer->due_us : -1;
}
