/* explore_ways: every way from the start to an end, as tests compare them. */
#include "base/mem.h"
#include "drive/explore_inside.h"

enum { DEPTH_MAX = 1000 };

static void list_from(struct search *search, uint32_t from, struct text *way, size_t depth)
{
    const struct state *state = &search->states[from];

    if (!state->edge_count || depth == DEPTH_MAX)
        map_put(search->options->ways, text_str(way), search);
    for (uint32_t i = 0; i < state->edge_count && depth < DEPTH_MAX; i++) {
        const struct edge *edge = &search->edges[state->first_edge + i];
        size_t len = way->len;

        if (edge->to == NO_NODE)
            continue;
        if (edge->heard)
            text_puts(way, edge->heard);
        list_from(search, edge->to, way, depth + 1);
        way->len = len;
        if (way->ptr)
            way->ptr[len] = '\0';
    }
}

void search_list_ways(struct search *search)
{
    struct text way autotext = {0};

    if (search->state_count)
        list_from(search, 0, &way, 0);
}
