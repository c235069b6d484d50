/* explore_inside: the search, as its files share it. */
#ifndef DRIVE_EXPLORE_INSIDE_H
#define DRIVE_EXPLORE_INSIDE_H

#include "drive/explore.h"

enum { NO_NODE = UINT32_MAX };

/* A state in which something is to be decided, or an end. */
struct state {
    struct hash128 digest;
    struct decision decision; /* what is decided here; `path` NULL in an end */
    uint32_t parent, option;  /* how it was first come to */
    uint32_t first_edge, edge_count;
    uint32_t depth, deviations; /* decisions on the way here; those that were not the usual one */
    struct stand *stand;        /* until all its ways were taken; NULL: play it again */
};

struct edge {
    uint32_t to;       /* NO_NODE: not taken, as a bound was reached */
    const char *heard; /* what people notice on this way; kept by the deciders */
};

/* A way out of a state that is still to be taken. */
struct step_ahead {
    uint32_t deviations, depth; /* when it has been */
    uint32_t from, option;
};

/* Those, the next one first: the one with the fewest deviations, of these the one with the fewest decisions.
 */
struct ahead {
    struct step_ahead *items;
    size_t len, cap;
};

struct search {
    const struct explore_options *options;
    struct explored *explored;
    struct stage stage;
    struct state *states; /* in the order they were found */
    size_t state_count, state_cap;
    struct edge *edges;
    size_t edge_count, edge_cap;
    uint32_t *slots; /* index + 1 of a state by its digest; 0 = free */
    size_t slot_count;
    struct ahead ahead;
    struct map found; /* keys of findings: each is told once */
    struct text scratch, heard;
    int64_t began_us, looked_us, look_took_us; /* at the memory in use */
};

/* ahead.c */
void ahead_put(struct ahead *ahead, struct step_ahead step);
struct step_ahead ahead_take(struct ahead *ahead); /* there is one */

/* find.c: is something wrong where `option` was taken in `from`? NO_NODE: at the start. */
void search_look(
    struct search *search, uint32_t from, uint32_t option, const struct stand *stand, enum stand_state state);
/* Ways on which the same states come again and again. */
void search_look_for_circles(struct search *search);
/* matters.c */
void search_weigh(struct search *search);
/* ways.c: all of them, into the options' map. */
void search_list_ways(struct search *search);
/* tell.c: fill in the way in words, and the scenario. */
void finding_tell(struct search *search, struct finding *finding);

/* The options on the way to a state, `more` behind them; the caller frees. */
uint32_t *search_way(const struct search *search, uint32_t state, size_t more, size_t *ret_count);

#endif
