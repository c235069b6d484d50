/* graph: the steps of a `parallel` and the steps they need. */
#include "base/map.h"
#include "load/rules.h"

#include <string.h>

static bool any_needs(const struct block *block)
{
    for (size_t i = 0; i < block->len; i++)
        if (block->steps[i]->needs.len)
            return true;
    return false;
}

static void not_a_graph(struct decoder *d, const struct block *block)
{
    for (size_t i = 0; i < block->len; i++) {
        struct strings *needs = &block->steps[i]->needs;
        struct diag *diag;

        if (!needs->len)
            continue;
        diag = diag_error(
            d->diags, needs->pos[0], "wrong-place", "\"needs\" is only for the steps of a `parallel`");
        diag_hint(d->diags, diag, "steps of a list run in order, each after the one before");
        needs->len = 0;
    }
}

static void unknown_need(struct decoder *d, const struct block *block, const struct step *step, size_t which)
{
    const char **ids autofree = mem_alloc(block->len * sizeof(*ids));
    struct diag *diag = diag_error(d->diags, step->needs.pos[which], "undefined-name",
        "no step of this `parallel` has the id \"%s\"", step->needs.items[which]);
    size_t count = 0;

    /* Looking for the nearest takes time: not for what nobody will read. */
    for (size_t i = 0; i < block->len && !d->diags->dropped; i++)
        if (block->steps[i]->id && block->steps[i] != step)
            ids[count++] = block->steps[i]->id;
    diag_did_you_mean(d->diags, diag, step->needs.items[which], ids, count);
    if (!diag->hint)
        diag_hint(d->diags, diag, "`needs` names steps that stand beside it, by their ids");
}

static void resolve_step(
    struct decoder *d, const struct block *block, const struct map *ids, struct step *step)
{
    size_t found = 0;

    step->needs_steps = arena_alloc(d->arena, step->needs.len * sizeof(struct step *));
    for (size_t i = 0; i < step->needs.len; i++) {
        struct step *needed = map_get(ids, step->needs.items[i]);

        if (needed)
            step->needs_steps[found++] = needed;
        else if (!d->is_broken)
            unknown_need(d, block, step, i);
    }
    /* The runbook is refused when one was unknown; until then both lists agree. */
    step->needs.len = found;
}

/* Steps in the order of settling: a step is settled when all it needs are. What never is lies on a cycle or
 * behind one. `position` maps a step's index to its place in the block. */
struct settling {
    const struct block *block;
    struct map position;
    bool *is_settled;
};

static bool is_settled(const struct settling *s, const struct step *step)
{
    return s->is_settled[(uintptr_t)map_get(&s->position, step->id) - 1];
}

static struct step *unsettled_need(const struct settling *s, const struct step *step)
{
    for (size_t i = 0; i < step->needs.len; i++)
        if (!is_settled(s, step->needs_steps[i]))
            return step->needs_steps[i];
    return NULL;
}

/* Settle every step that can be, from `at` on along a stack of steps that wait for it. A step waits for one
 * other at a time, so each need is looked at twice at most. */
static struct step *settle_from(struct settling *s, struct step *at, struct step **waiting, bool *is_waiting)
{
    size_t depth = 0;

    for (;;) {
        size_t place = (uintptr_t)map_get(&s->position, at->id) - 1;
        struct step *need = unsettled_need(s, at);

        if (!need) {
            s->is_settled[place] = true;
            is_waiting[place] = false;
            if (!depth)
                return NULL;
            at = waiting[--depth];
            continue;
        }
        if (is_waiting[(uintptr_t)map_get(&s->position, need->id) - 1] || need == at)
            return need;
        is_waiting[place] = true;
        waiting[depth++] = at;
        at = need;
    }
}

/* Says so, and takes the cycle as settled, so that others are found as well. */
static void report_cycle(struct decoder *d, struct settling *s, const struct step *start)
{
    struct text path autotext = {0};
    const struct step *step = start;
    struct diag *diag;

    do {
        text_printf(&path, "%s needs ", step->id);
        step = unsettled_need(s, step);
    } while (step != start);
    text_puts(&path, start->id);
    diag =
        diag_error(d->diags, start->needs.pos[0], "cycle", "steps wait for each other: %s", text_str(&path));
    diag_hint(d->diags, diag, "one of them must start without the others");
    s->is_settled[(uintptr_t)map_get(&s->position, start->id) - 1] = true;
}

static void find_cycle(struct decoder *d, struct block *block, const struct map *ids)
{
    struct settling s = {.block = block};
    struct step **waiting autofree = mem_alloc(block->len * sizeof(struct step *));
    bool *is_waiting autofree = mem_alloc(block->len), *settled autofree = mem_alloc(block->len);
    struct step *cycle = NULL;

    s.is_settled = settled;
    for (size_t i = 0; i < block->len; i++)
        if (block->steps[i]->id && map_get(ids, block->steps[i]->id) == block->steps[i])
            map_put(&s.position, block->steps[i]->id, (void *)(uintptr_t)(i + 1));
    for (size_t i = 0; i < block->len; i++) {
        if (!block->steps[i]->id || map_get(ids, block->steps[i]->id) != block->steps[i])
            continue;
        while (!settled[i] && (cycle = settle_from(&s, block->steps[i], waiting, is_waiting))) {
            report_cycle(d, &s, cycle);
            memset(is_waiting, 0, block->len);
        }
    }
    map_fini(&s.position);
}

void graph_resolve(struct decoder *d, struct block *block, bool is_graph)
{
    struct map ids = {0};

    if (!any_needs(block))
        return;
    if (!is_graph) {
        not_a_graph(d, block);
        return;
    }
    for (size_t i = 0; i < block->len; i++)
        if (block->steps[i]->id && !map_get(&ids, block->steps[i]->id))
            map_put(&ids, block->steps[i]->id, block->steps[i]);
    for (size_t i = 0; i < block->len; i++)
        resolve_step(d, block, &ids, block->steps[i]);
    find_cycle(d, block, &ids);
    map_fini(&ids);
}
