/* explore_ahead: what is still to be gone, in the order in which it is: a heap. */
#include "base/mem.h"
#include "drive/explore_inside.h"

static bool is_before(const struct step_ahead *a, const struct step_ahead *b)
{
    if (a->deviations != b->deviations)
        return a->deviations < b->deviations;
    if (a->depth != b->depth)
        return a->depth < b->depth;
    return a->from != b->from ? a->from < b->from : a->option < b->option;
}

void ahead_put(struct ahead *ahead, struct step_ahead step)
{
    size_t at = ahead->len;

    ahead->items = mem_grow(ahead->items, ahead->len, &ahead->cap, sizeof(*ahead->items));
    ahead->len++;
    while (at > 0 && is_before(&step, &ahead->items[(at - 1) / 2])) {
        ahead->items[at] = ahead->items[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    ahead->items[at] = step;
}

struct step_ahead ahead_take(struct ahead *ahead)
{
    struct step_ahead first = ahead->items[0], last = ahead->items[--ahead->len];
    size_t at = 0;

    for (size_t below = 1; below < ahead->len; below = 2 * at + 1) {
        if (below + 1 < ahead->len && is_before(&ahead->items[below + 1], &ahead->items[below]))
            below++;
        if (!is_before(&ahead->items[below], &last))
            break;
        ahead->items[at] = ahead->items[below];
        at = below;
    }
    ahead->items[at] = last;
    return first;
}
