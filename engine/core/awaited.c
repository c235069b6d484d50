/* awaited: what a run still waits for, for whoever takes it over. */
#include "core/notice.h"
#include "core/ops.h"

static bool awaits_result(const struct node *node, const struct effect *effect)
{
    const struct frame *frame = (const struct frame *)node;

    if (effect->type == EFFECT_NOTIFY)
        return node->type == NODE_NOTICE && notice_is_awaited((const struct notice *)node);
    return node->type == NODE_FRAME && frame->outstanding && frame->attempt == effect->attempt;
}

bool core_awaits(const struct run *run, const struct effect *effect)
{
    const struct node *node = node_find(run, effect->frame);

    if (!node)
        return false;
    if (effect->type == EFFECT_TIMER_SET)
        return timer_find(node, effect->timer, NULL) != NULL;
    if (effect->type == EFFECT_ASK)
        return node->type == NODE_FRAME && ask_is_open((const struct frame *)node) &&
               ((const struct frame *)node)->attempt == effect->attempt;
    return (effect->type == EFFECT_START || effect->type == EFFECT_NOTIFY) && awaits_result(node, effect);
}

static bool is_before(const struct timer *timer, const struct effect *effect)
{
    return timer->due_us != effect->due_us ? timer->due_us < effect->due_us : timer->id < effect->timer;
}

bool core_next_timer(const struct run *run, struct effect *ret_timer)
{
    bool is_found = false;

    for (size_t i = 0; i < run->table_size; i++)
        for (const struct node *node = run->table[i]; node; node = node->hash_next)
            for (const struct timer *timer = node->timers; timer; timer = timer->next)
                if (!is_found || is_before(timer, ret_timer)) {
                    *ret_timer = (struct effect){.type = EFFECT_TIMER_SET,
                        .frame = node->id,
                        .timer = timer->id,
                        .due_us = timer->due_us};
                    is_found = true;
                }
    return is_found;
}
