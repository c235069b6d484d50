#include "base/clock.h"
#include "base/mem.h"
#include "drive/birth.h"
#include "drive/explore_inside.h"

#include <malloc.h>
#include <string.h>

enum { LOOK_EVERY = 256 };

/* --- the states that are known --- */

static size_t slot_of(const struct search *search, const struct hash128 *digest)
{
    size_t slot = digest->words[0] & (search->slot_count - 1);

    while (search->slots[slot] &&
           memcmp(&search->states[search->slots[slot] - 1].digest, digest, sizeof(*digest)) != 0)
        slot = (slot + 1) & (search->slot_count - 1);
    return slot;
}

static void grow_slots(struct search *search)
{
    free(search->slots);
    search->slot_count = search->slot_count ? search->slot_count * 2 : 1024;
    search->slots = mem_alloc(search->slot_count * sizeof(*search->slots));
    for (size_t i = 0; i < search->state_count; i++)
        search->slots[slot_of(search, &search->states[i].digest)] = (uint32_t)i + 1;
}

static uint32_t add_state(struct search *search, const struct hash128 *digest, uint32_t from, uint32_t option)
{
    struct state *state;

    if (search->state_count * 2 >= search->slot_count)
        grow_slots(search);
    search->states =
        mem_grow(search->states, search->state_count, &search->state_cap, sizeof(*search->states));
    state = &search->states[search->state_count];
    *state = (struct state){.digest = *digest,
        .parent = from,
        .option = option,
        .depth = from == NO_NODE ? 0 : search->states[from].depth + 1};
    search->slots[slot_of(search, digest)] = (uint32_t)search->state_count + 1;
    if (state->depth > search->explored->depth)
        search->explored->depth = state->depth;
    return (uint32_t)search->state_count++;
}

uint32_t *search_way(const struct search *search, uint32_t state, size_t more, size_t *ret_count)
{
    size_t count = state == NO_NODE ? 0 : search->states[state].depth;
    uint32_t *way = mem_alloc((count + more + 1) * sizeof(*way));

    *ret_count = count + more;
    for (; count > 0; state = search->states[state].parent)
        way[--count] = search->states[state].option;
    return way;
}

/* --- memory --- */

static size_t heap_used(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

static void look_at_memory(struct search *search)
{
    struct explored *explored = search->explored;

    explored->memory = heap_used();
    if (explored->memory > explored->memory_peak)
        explored->memory_peak = explored->memory;
}

/* Stands may have half of it; what is known of states the rest. */
static bool may_keep(const struct search *search)
{
    return search->explored->memory < search->options->max_memory / 2;
}

/* --- going on --- */

/* Come to a state again, the way it was first come to. */
static struct stand *play_again(struct search *search, uint32_t state)
{
    uint64_t events = search->stage.events;
    size_t count;
    uint32_t *way autofree = search_way(search, state, 0, &count);
    enum stand_state where;
    struct stand *stand = stand_new(&search->stage, &where);

    for (size_t i = 0; i < count; i++)
        stand_take(stand, way[i]);
    search->stage.events = events;
    search->explored->replays++;
    return stand;
}

static void count_end(struct search *search, const struct stand *stand, enum stand_state where)
{
    if (where == STAND_FINISHED)
        search->explored->ends[core_status(virtual_run(stand_virtual(stand)))]++;
    else
        search->explored->stuck++;
}

/* The state where the stand is now; takes the stand. */
static uint32_t arrive(
    struct search *search, uint32_t from, uint32_t option, struct stand *stand, enum stand_state where)
{
    struct hash128 digest = where == STAND_OPEN ? stand_digest(stand, &search->scratch)
                                                : hash128_of(text_str(&search->heard), search->heard.len);
    uint32_t state;

    if (search->options->keeps_apart)
        digest.words[0] = digest.words[1] = search->state_count;
    search_look(search, from, option, stand, where);
    state = search->slot_count ? search->slots[slot_of(search, &digest)] : 0;
    if (where != STAND_OPEN)
        count_end(search, stand, where);
    if (state) {
        stand_free(stand);
        return state - 1;
    }
    state = add_state(search, &digest, from, option);
    if (where == STAND_OPEN)
        search->states[state].decision = *stand_decision(stand);
    if (where == STAND_OPEN && may_keep(search))
        search->states[state].stand = stand;
    else
        stand_free(stand);
    return state;
}

static void hear_end(struct search *search, enum stand_state where)
{
    if (where == STAND_WAITS)
        text_puts(&search->heard, "waits for ever\n");
    else if (where == STAND_ENDLESS)
        text_puts(&search->heard, "goes on for ever\n");
}

static void take(struct search *search, uint32_t from, uint32_t option, struct stand *stand)
{
    enum stand_state where;
    struct edge edge;

    text_clear(&search->heard);
    where = stand_take(stand, option);
    hear_end(search, where);
    edge.heard = search->heard.len ? deciders_keep(search->stage.deciders, text_str(&search->heard)) : NULL;
    edge.to = arrive(search, from, option, stand, where);
    search->edges = mem_grow(search->edges, search->edge_count, &search->edge_cap, sizeof(*search->edges));
    search->edges[search->edge_count++] = edge;
    search->explored->transitions++;
}

static void expand(struct search *search, uint32_t from)
{
    struct state *state = &search->states[from];
    struct decision decision = state->decision;
    struct stand *stand = state->stand ? state->stand : play_again(search, from);
    uint32_t count = (uint32_t)decision_count(search->stage.deciders, &decision);

    state->stand = NULL;
    state->first_edge = (uint32_t)search->edge_count;
    state->edge_count = count;
    for (uint32_t option = 0; option < count; option++)
        take(search, from, option, option + 1 < count ? stand_copy(stand) : stand);
}

static void tell_progress(struct search *search, size_t next)
{
    struct explored *explored = search->explored;

    explored->states = search->state_count;
    explored->waiting = search->state_count - next;
    explored->events = search->stage.events;
    explored->took_us = clock_mono_us() - search->began_us;
    look_at_memory(search);
    if (search->options->on_progress)
        search->options->on_progress(search->options->context, explored);
}

static enum explore_bound bound_of(const struct search *search)
{
    const struct explore_options *options = search->options;

    if (search->state_count >= options->max_states)
        return BOUND_STATES;
    if (search->explored->memory > options->max_memory)
        return BOUND_MEMORY;
    return search->explored->finding_count >= options->max_findings ? BOUND_FINDINGS : BOUND_NONE;
}

static void go_everywhere(struct search *search)
{
    size_t next = 0;

    for (; next < search->state_count; next++) {
        if (next % LOOK_EVERY == 0)
            tell_progress(search, next);
        search->explored->bound = bound_of(search);
        if (search->explored->bound)
            break;
        if (search->states[next].decision.path)
            expand(search, (uint32_t)next);
    }
    tell_progress(search, next);
}

/* --- the whole --- */

static void begin(struct search *search)
{
    enum stand_state where;
    struct stand *stand = stand_new(&search->stage, &where);

    hear_end(search, where);
    arrive(search, NO_NODE, 0, stand, where);
}

static void search_init(
    struct search *search, const struct explore_options *options, struct explored *explored)
{
    const struct program *program = options->program;

    *search = (struct search){.options = options, .explored = explored, .began_us = clock_mono_us()};
    search->stage = (struct stage){.program = program,
        .deciders = explored->deciders,
        .uses = uses_new(program->book),
        .start = json_pack("{s:O, s:o, s:i, s:s}", "params", options->params, "run",
            birth_run(program->book->documents[0], "explore", options->wall_us, options->initiator), "seed",
            1, "nonce", "explore"),
        .initiator = {options->initiator, "test", "test"},
        .wall_us = options->wall_us,
        .heard = &search->heard,
        .hears_all = options->ways,
        .unknown = &explored->unknown};
}

static void search_fini(struct search *search)
{
    for (size_t i = 0; i < search->state_count; i++)
        stand_free(search->states[i].stand);
    free(search->states);
    free(search->edges);
    free(search->slots);
    map_fini(&search->found);
    text_fini(&search->scratch);
    text_fini(&search->heard);
    turn_fini(&search->stage.turns[0]);
    turn_fini(&search->stage.turns[1]);
    uses_free(search->stage.uses);
    json_decref(search->stage.start);
}

struct explored explore(const struct explore_options *options)
{
    struct explored explored = {
        .deciders = deciders_new(options->program, options->initiator, options->mocks)};
    struct search search;

    search_init(&search, options, &explored);
    begin(&search);
    go_everywhere(&search);
    search_look_for_circles(&search);
    if (options->wants_matters)
        search_weigh(&search);
    if (options->ways)
        search_list_ways(&search);
    search_fini(&search);
    return explored;
}

void explored_fini(struct explored *explored)
{
    for (size_t i = 0; i < explored->finding_count; i++) {
        struct finding *finding = &explored->findings[i];

        free(finding->what);
        free(finding->hint);
        free(finding->options);
        free(finding->scenario);
        json_decref(finding->way);
    }
    for (size_t i = 0; i < explored->matter_count; i++) {
        free(explored->matters[i].outcome);
        free(explored->matters[i].example);
    }
    free(explored->findings);
    free(explored->matters);
    map_fini(&explored->unknown);
    deciders_free(explored->deciders);
    *explored = (struct explored){0};
}
