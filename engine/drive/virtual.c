#include "drive/virtual_inside.h"
#include "base/mem.h"
#include "step/ended.h"

#include <string.h>

enum { STOP_TAKES_US = 200 * 1000 };

struct virtual *virtual_new(const struct virtual_options *options)
{
    struct virtual *virtual = mem_alloc(sizeof(*virtual));

    *virtual = (struct virtual){.options = *options};
    virtual->turn = virtual->turns;
    virtual->run = core_new(options->book, options->script);
    return virtual;
}

static void coming_fini(struct coming *coming)
{
    outcome_fini(&coming->outcome);
    free((char *)coming->input.path);
    free((char *)coming->input.name);
    json_decref(coming->input.data);
}

void virtual_free(struct virtual *virtual)
{
    if (!virtual)
        return;
    for (size_t i = 0; i < virtual->coming_count; i++)
        coming_fini(&virtual->coming[i]);
    for (size_t i = 0; i < virtual->open_count; i++)
        free(virtual->open[i]);
    free(virtual->coming);
    free(virtual->open);
    turn_fini(&virtual->turns[0]);
    turn_fini(&virtual->turns[1]);
    core_free(virtual->run);
    free(virtual);
}

struct run *virtual_run(const struct virtual *virtual)
{
    return virtual->run;
}

int64_t virtual_now_us(const struct virtual *virtual)
{
    return virtual->now_us;
}

const struct virtual_tally *virtual_tally(const struct virtual *virtual)
{
    return &virtual->tally;
}

bool virtual_is_finished(const struct virtual *virtual)
{
    return virtual->is_finished;
}

/* --- what will come --- */

static struct coming *add(struct virtual *virtual, enum coming_type type, int64_t due_us)
{
    struct coming *coming;

    virtual->coming = mem_grow(
        virtual->coming, virtual->coming_count, &virtual->coming_cap, sizeof(*virtual->coming));
    coming = &virtual->coming[virtual->coming_count++];
    *coming = (struct coming){
        .type = type, .due_us = due_us, .serial = ++virtual->serial, .outcome = {.exit_code = -1}};
    return coming;
}

void virtual_later(struct virtual *virtual, int64_t at_us, const struct input *input)
{
    struct coming *coming = add(virtual, COMING_INPUT, at_us);

    coming->input = *input;
    coming->input.path = input->path ? mem_strdup(input->path) : NULL;
    coming->input.name = input->name ? mem_strdup(input->name) : NULL;
    json_incref(input->data);
}

static struct coming take(struct virtual *virtual, size_t i)
{
    struct coming coming = virtual->coming[i];

    virtual->coming[i] = virtual->coming[--virtual->coming_count];
    return coming;
}

static struct coming *find(
    const struct virtual *virtual, enum coming_type type, uint32_t frame, uint32_t timer)
{
    for (size_t i = 0; i < virtual->coming_count; i++) {
        struct coming *coming = &virtual->coming[i];

        if (coming->type == type && coming->frame == frame && coming->timer == timer)
            return coming;
    }
    return NULL;
}

bool coming_is_before(const struct coming *a, const struct coming *b)
{
    return a->due_us != b->due_us ? a->due_us < b->due_us : a->serial < b->serial;
}

/* The number of what comes next; coming_count when nothing will. */
static size_t earliest(const struct virtual *virtual)
{
    size_t best = virtual->coming_count;

    for (size_t i = 0; i < virtual->coming_count; i++)
        if (virtual->coming[i].due_us != VIRTUAL_NEVER_US &&
            (best == virtual->coming_count || coming_is_before(&virtual->coming[i], &virtual->coming[best])))
            best = i;
    return best;
}

/* --- effects --- */

static void begin(struct virtual *virtual, const struct effect *effect)
{
    const struct virtual_world *world = &virtual->options.world;
    struct outcome outcome = {.exit_code = -1};
    int64_t takes_us = world->answer(world->context, effect, &outcome);
    struct coming *coming = add(
        virtual, COMING_RESULT, takes_us == VIRTUAL_NEVER ? VIRTUAL_NEVER_US : virtual->now_us + takes_us);

    coming->frame = effect->frame;
    coming->step = effect->type == EFFECT_START ? effect->step : NULL;
    coming->outcome = outcome;
    virtual->tally.begun++;
}

/* What ends by itself within that time does so; if it fails then, that is not its own fault any more. */
static void end_within(struct virtual *virtual, const struct effect *effect, bool at_once, int64_t takes_us)
{
    struct coming *coming = find(virtual, COMING_RESULT, effect->frame, 0);

    if (coming && coming->due_us <= virtual->now_us + takes_us) {
        if (coming->outcome.class_ != FAIL_NONE)
            coming->outcome.class_ = FAIL_CANCELLED;
    } else if (coming) {
        outcome_fini(&coming->outcome);
        coming->due_us = virtual->now_us + takes_us;
        coming->serial = ++virtual->serial;
        ended_by_stop(coming->step, at_once, &coming->outcome);
    }
}

static void stop(struct virtual *virtual, const struct effect *effect)
{
    end_within(virtual, effect, false, STOP_TAKES_US);
}

static void kill_at_once(struct virtual *virtual, const struct effect *effect)
{
    end_within(virtual, effect, true, 0);
}

static void set_timer(struct virtual *virtual, const struct effect *effect)
{
    struct coming *coming = add(virtual, COMING_TIMER, effect->due_us);

    coming->frame = effect->frame;
    coming->timer = effect->timer;
}

static void clear_timer(struct virtual *virtual, const struct effect *effect)
{
    const struct coming *coming = find(virtual, COMING_TIMER, effect->frame, effect->timer);

    if (coming)
        take(virtual, (size_t)(coming - virtual->coming));
    else
        virtual->tally.strays++;
}

static void show_only(struct virtual *virtual, const struct effect *effect)
{
    (void)virtual, (void)effect;
}

static void finish(struct virtual *virtual, const struct effect *effect)
{
    (void)effect;
    virtual->is_finished = true;
}

static void (*const acts[])(struct virtual *virtual, const struct effect *effect) = {
    [EFFECT_START] = begin,
    [EFFECT_STOP] = stop,
    [EFFECT_KILL] = kill_at_once,
    [EFFECT_TIMER_SET] = set_timer,
    [EFFECT_TIMER_CLEAR] = clear_timer,
    [EFFECT_ASK] = show_only,
    [EFFECT_ASK_CLOSE] = show_only,
    [EFFECT_NOTIFY] = begin,
    [EFFECT_CALL] = show_only,
    [EFFECT_RETURN] = show_only,
    [EFFECT_FINISHED] = finish,
};

/* --- what is under way --- */

/* "deploy/verify#3" is "deploy/verify". */
static size_t path_len(const char *path)
{
    const char *hash = strrchr(path, '#');

    return hash && !strchr(hash, '/') ? (size_t)(hash - path) : strlen(path);
}

/* The newest first: what has just begun is what mostly ends. */
static size_t find_open(const struct virtual *virtual, const char *path, size_t len)
{
    size_t i = virtual->open_count;

    while (i > 0 && (strncmp(virtual->open[i - 1], path, len) != 0 || virtual->open[i - 1][len]))
        i--;
    return i;
}

static void note_event(struct virtual *virtual, const struct event *event)
{
    size_t len, number;

    if (event->type != EVENT_STEP_STARTED && event->type != EVENT_STEP_FINISHED)
        return;
    len = path_len(event->path);
    number = find_open(virtual, event->path, len);
    if (event->type == EVENT_STEP_STARTED && !number) {
        virtual->open = mem_grow(
            virtual->open, virtual->open_count, &virtual->open_cap, sizeof(*virtual->open));
        virtual->open[virtual->open_count++] = mem_strndup(event->path, len);
    } else if (event->type == EVENT_STEP_FINISHED && number) {
        free(virtual->open[number - 1]);
        memmove(&virtual->open[number - 1], &virtual->open[number],
            (virtual->open_count - number) * sizeof(*virtual->open));
        virtual->open_count--;
    }
}

static bool is_inside(const char *path, const char *outer)
{
    size_t len = strlen(outer);

    return strncmp(path, outer, len) == 0 && path[len] && strchr("/[#", path[len]);
}

static bool holds_another(const struct virtual *virtual, const char *path)
{
    for (size_t i = 0; i < virtual->open_count; i++)
        if (is_inside(virtual->open[i], path))
            return true;
    return false;
}

json_t *virtual_waiting(const struct virtual *virtual)
{
    json_t *paths = json_array();

    for (size_t i = 0; i < virtual->open_count; i++)
        if (!holds_another(virtual, virtual->open[i]))
            json_array_append_new(paths, json_string(virtual->open[i]));
    return paths;
}

/* --- turns --- */

static void conclude(struct virtual *virtual, const struct input *input)
{
    const struct virtual_world *world = &virtual->options.world;
    const struct turn *turn = virtual->turn;

    for (size_t i = 0; i < turn->event_count; i++)
        note_event(virtual, &turn->events[i]);
    if (world->on_turn)
        world->on_turn(world->context, turn, input);
    for (size_t i = 0; i < turn->effect_count; i++) {
        acts[turn->effects[i].type](virtual, &turn->effects[i]);
        if (world->on_effect)
            world->on_effect(world->context, &turn->effects[i]);
    }
}

static void change_turns(struct virtual *virtual)
{
    virtual->turn = virtual->turn == virtual->turns ? virtual->turns + 1 : virtual->turns;
}

static void refuse(struct virtual *virtual, const struct input *input, const struct err *why)
{
    const struct virtual_world *world = &virtual->options.world;

    if (virtual->turn->event_count || virtual->turn->effect_count)
        virtual->tally.strays++;
    change_turns(virtual);
    if (world->on_refused)
        world->on_refused(world->context, input, why);
}

static void apply(struct virtual *virtual, struct input *input)
{
    struct err err = {0};

    input->mono_us = virtual->now_us;
    input->wall_us = virtual->options.wall_us + virtual->now_us;
    change_turns(virtual);
    if (core_apply(virtual->run, input, virtual->turn, &err) < 0) {
        refuse(virtual, input, &err);
        return;
    }
    conclude(virtual, input);
    while (virtual->turn->more) {
        change_turns(virtual);
        core_pump(virtual->run, virtual->turn);
        conclude(virtual, NULL);
    }
}

static void come_about(struct virtual *virtual, const struct coming *coming)
{
    struct input input = coming->input;

    if (coming->type != COMING_INPUT)
        input = (struct input){.type = coming->type == COMING_TIMER ? INPUT_TIMER : INPUT_RESULT,
            .frame = coming->frame,
            .timer = coming->timer,
            .outcome = coming->type == COMING_RESULT ? &coming->outcome : NULL};
    if (coming->due_us > virtual->now_us)
        virtual->now_us = coming->due_us;
    virtual->tally.ended += coming->type == COMING_RESULT;
    apply(virtual, &input);
}

void virtual_begin(struct virtual *virtual, json_t *start, struct principal by)
{
    apply(virtual, &(struct input){.type = INPUT_START, .data = start, .by = by});
}

bool virtual_step(struct virtual *virtual)
{
    size_t next = earliest(virtual);
    struct coming coming;

    if (virtual->is_finished || next == virtual->coming_count)
        return false;
    coming = take(virtual, next);
    come_about(virtual, &coming);
    coming_fini(&coming);
    return true;
}

enum virtual_end virtual_play(struct virtual *virtual, json_t *start, struct principal by)
{
    virtual_begin(virtual, start, by);
    for (size_t done = 0; !virtual->is_finished; done++) {
        if (done == virtual->options.limit && earliest(virtual) < virtual->coming_count)
            return VIRTUAL_ENDLESS;
        if (!virtual_step(virtual))
            return VIRTUAL_WAITS;
    }
    return VIRTUAL_FINISHED;
}

void virtual_decide(struct virtual *virtual, uint32_t frame, int64_t takes_us, struct outcome *outcome)
{
    struct coming *coming = find(virtual, COMING_RESULT, frame, 0);

    if (!coming) {
        outcome_fini(outcome);
        return;
    }
    outcome_fini(&coming->outcome);
    coming->outcome = *outcome;
    coming->due_us = takes_us == VIRTUAL_NEVER ? VIRTUAL_NEVER_US : virtual->now_us + takes_us;
    coming->serial = ++virtual->serial;
}
