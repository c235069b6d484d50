#include "base/clock.h"
#include "base/mem.h"
#include "drive/birth.h"
#include "drive/explore_inside.h"

#include <malloc.h>
#include <string.h>

enum { LOOK_EVERY = 256, LOOK_SHARE = 50 };

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
        .depth = from == NO_NODE ? 0 : search->states[from].depth + 1,
        .deviations = from == NO_NODE ? 0 : search->states[from].deviations + (option > 0)};
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

/* Looking takes the longer the more is free in between: it may have a small part of the time. */
static void look_at_memory(struct search *search)
{
    struct explored *explored = search->explored;
    int64_t now_us = clock_mono_us();

    if (now_us - search->looked_us < LOOK_SHARE * search->look_took_us)
        return;
    explored->memory = heap_used();
    search->looked_us = clock_mono_us();
    search->look_took_us = search->looked_us - now_us;
    if (explored->memory > explored->memory_peak)
        explored->memory_peak = explored->memory;
}

/* Stands may have half of it, those whose turn comes soon a quarter more; what is known of states the rest.
 */
static bool may_keep(const struct search *search, bool is_soon)
{
    return search->explored->memory < search->options->max_memory / 4 * (is_soon ? 3 : 2);
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

/* All its ways, to be taken in their turn. */
static void open_ways(struct search *search, uint32_t from, const struct decision *decision)
{
    struct state *state = &search->states[from];

    state->decision = *decision;
    state->first_edge = (uint32_t)search->edge_count;
    state->edge_count = (uint32_t)decision_count(search->stage.deciders, decision);
    for (uint32_t option = 0; option < state->edge_count; option++) {
        search->edges =
            mem_grow(search->edges, search->edge_count, &search->edge_cap, sizeof(*search->edges));
        search->edges[search->edge_count++] = (struct edge){.to = NO_NODE};
        ahead_put(&search->ahead,
            (struct step_ahead){state->deviations + (option > 0), state->depth + 1, from, option});
    }
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
        open_ways(search, state, stand_decision(stand));
    if (where == STAND_OPEN && may_keep(search, true))
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
    search->edges[search->states[from].first_edge + option] = edge;
    search->explored->transitions++;
}

/* The stand stays until the last way was taken; the usual way is taken long before the others. */
static void go_on(struct search *search, const struct step_ahead *step)
{
    struct state *state = &search->states[step->from];
    struct stand *stand = state->stand ? state->stand : play_again(search, step->from);
    bool is_last = step->option + 1 == state->edge_count;

    state->stand = is_last || (step->option == 0 && !may_keep(search, false)) ? NULL : stand;
    take(search, step->from, step->option, state->stand ? stand_copy(stand) : stand);
}

static bool tell_progress(struct search *search)
{
    struct explored *explored = search->explored;
    const struct explore_options *options = search->options;

    explored->states = search->state_count;
    explored->waiting = search->ahead.len;
    if (search->ahead.len)
        explored->deviations = search->ahead.items[0].deviations;
    explored->events = search->stage.events;
    explored->took_us = clock_mono_us() - search->began_us;
    look_at_memory(search);
    return !options->on_progress || options->on_progress(options->context, explored);
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
    struct explored *explored = search->explored;

    for (size_t i = 0; search->ahead.len; i++) {
        struct step_ahead next;

        explored->bound = bound_of(search);
        if (i % LOOK_EVERY == 0 && !tell_progress(search))
            explored->bound = BOUND_INTERRUPTED;
        if (explored->bound)
            break;
        next = ahead_take(&search->ahead);
        go_on(search, &next);
    }
    tell_progress(search);
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
    free(search->ahead.items);
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
        .deciders = deciders_new(options->program, options->initiator, options->wall_us, options->mocks)};
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
