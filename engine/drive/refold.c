#include "drive/refold.h"
#include "base/mem.h"

#include <string.h>

enum { SWEEP_MIN = 64 };

/* One reading. */
struct reading {
    const struct past *past;
    const struct refold_part *part;
    json_t *secret_params;
    struct refold *refold;
    struct turn turn;
    size_t cursor; /* events of the turn that the journal has, too */
    struct err *err;
};

/* --- what was ordered --- */

static void drop(struct effect *effect)
{
    json_decref(effect->args);
    json_decref(effect->env);
    free((char *)effect->path);
    free((char *)effect->cwd);
}

/* Forget what has come about; done each time the list has doubled, so that it costs little and stays short.
 */
static void sweep(struct refold *refold)
{
    size_t kept = 0;

    for (size_t i = 0; i < refold->open_count; i++)
        if (core_awaits(refold->run, &refold->open[i]))
            refold->open[kept++] = refold->open[i];
        else
            drop(&refold->open[i]);
    refold->open_count = refold->swept = kept;
}

static bool may_be_open(enum effect_type type)
{
    return type == EFFECT_START || type == EFFECT_NOTIFY || type == EFFECT_TIMER_SET || type == EFFECT_ASK;
}

static void keep(struct refold *refold, const struct effect *effect)
{
    struct effect *copy;

    refold->open = mem_grow(refold->open, refold->open_count, &refold->open_cap, sizeof(*refold->open));
    copy = &refold->open[refold->open_count++];
    *copy = *effect;
    copy->path = effect->path ? mem_strdup(effect->path) : NULL;
    copy->cwd = effect->cwd ? mem_strdup(effect->cwd) : NULL;
    json_incref(copy->args);
    json_incref(copy->env);
}

/* A notification that is sent again has the same node: the newer order is the one that counts. */
static void forget_older(struct refold *refold, const struct effect *effect)
{
    for (size_t i = 0; i < refold->open_count; i++) {
        struct effect *open = &refold->open[i];

        if (open->type != effect->type || open->frame != effect->frame)
            continue;
        drop(open);
        *open = refold->open[--refold->open_count];
        return;
    }
}

static void keep_all(struct reading *reading)
{
    struct refold *refold = reading->refold;

    for (size_t i = 0; i < reading->turn.effect_count; i++) {
        const struct effect *effect = &reading->turn.effects[i];

        if (effect->type == EFFECT_NOTIFY)
            forget_older(refold, effect);
        if (may_be_open(effect->type))
            keep(refold, effect);
    }
    if (refold->open_count > SWEEP_MIN + 2 * refold->swept)
        sweep(refold);
}

static const struct step *step_of(const struct refold *refold, const char *path)
{
    for (size_t i = refold->open_count; i-- > 0;)
        if (refold->open[i].type == EFFECT_START && strcmp(refold->open[i].path, path) == 0)
            return refold->open[i].step;
    return NULL;
}

/* --- event by event --- */

static int diverges(struct reading *reading, const struct event *event, const struct event *made)
{
    return err_set(reading->err, ERR_CORRUPT,
        "event %llu of run %.6s is %s of '%s', and this runbook makes %s of '%s' of it: another version of "
        "the "
        "program has written it, or the journal is damaged",
        (unsigned long long)event->seq, reading->past->id, event_type_name(event->type), event->path,
        made ? event_type_name(made->type) : "nothing", made ? made->path : "");
}

static bool may_pump(const struct reading *reading)
{
    return reading->turn.more && reading->cursor == reading->turn.event_count &&
           core_may_go_on(reading->refold->run);
}

static void pump(struct reading *reading)
{
    core_pump(reading->refold->run, &reading->turn);
    reading->cursor = 0;
    keep_all(reading);
}

/* Before the next cause: on to where the run stood when it came. */
static void pump_before(struct reading *reading, const struct event *cause)
{
    const json_t *moves = json_object_get(cause->data, "moves");

    while (may_pump(reading) &&
           (!moves || core_moves(reading->refold->run) < (uint64_t)json_integer_value(moves)))
        pump(reading);
}

/* The secret parameters, which the journal has as stars. */
static json_t *start_data(struct reading *reading, json_t *data)
{
    json_t *copy, *params;

    if (!json_object_size(reading->secret_params) && !reading->part->is_rollback)
        return json_incref(data);
    copy = json_copy(data);
    if (reading->part->is_rollback)
        json_object_set_new(copy, "rollback", json_true());
    params = json_copy(json_object_get(data, "params"));
    json_object_update(params, reading->secret_params);
    json_object_set_new(copy, "params", params);
    return copy;
}

static int apply(struct reading *reading, const struct event *event)
{
    struct refold *refold = reading->refold;
    struct outcome outcome;
    struct input input;
    json_t *start autovalue = NULL;
    int code =
        past_input_of(reading->past, event, step_of(refold, event->path), &input, &outcome, reading->err);

    if (code == 0 && input.type == INPUT_START) {
        const char *nonce = value_get_string(event->data, "nonce");

        refold->nonce = mem_strdup(nonce ? nonce : "");
        start = start_data(reading, event->data);
        input.data = start;
    }
    core_stop_at(refold->run, past_moves_after(reading->past, event));
    if (code == 0)
        code = core_apply(refold->run, &input, &reading->turn, reading->err);
    outcome_fini(&outcome);
    if (code < 0)
        return err_wrap(
            reading->err, "event %llu of run %.6s", (unsigned long long)event->seq, reading->past->id);
    reading->cursor = 0;
    keep_all(reading);
    return 0;
}

static int compare(struct reading *reading, const struct event *event)
{
    const struct event *made =
        reading->cursor < reading->turn.event_count ? &reading->turn.events[reading->cursor] : NULL;

    if (!made || made->seq != event->seq || made->type != event->type || strcmp(made->path, event->path) != 0)
        return diverges(reading, event, made);
    reading->cursor++;
    return 0;
}

static int take(struct reading *reading, const struct event *event)
{
    int code = 0;

    if (event->cause) {
        pump_before(reading, event);
        if (reading->cursor < reading->turn.event_count)
            return diverges(reading, event, &reading->turn.events[reading->cursor]);
        code = apply(reading, event);
    } else {
        while (may_pump(reading))
            pump(reading);
    }
    return code < 0 ? code : compare(reading, event);
}

/* Nothing is to come out that the part does not have. */
static int come_to_the_end(struct reading *reading, const struct refold_part *part)
{
    bool must = part->hold || part->is_rollback;

    while (must && may_pump(reading))
        pump(reading);
    if (must && reading->cursor < reading->turn.event_count)
        return diverges(
            reading, &reading->past->events[reading->refold->agreed], &reading->turn.events[reading->cursor]);
    if (part->hold && !core_is_held(reading->refold->run))
        return err_set(reading->err, ERR_CORRUPT, "with this runbook, %s does not begin there", part->hold);
    return 0;
}

/* Where the core stands still, and it is not this run itself that went on from there. */
static bool is_at_end(const struct reading *reading, const struct event *next)
{
    return core_is_held(reading->refold->run) && reading->cursor == reading->turn.event_count &&
           (core_is_at_hold(reading->refold->run) || next->type != EVENT_RUN_FORKED);
}

static int read_part(struct reading *reading, const struct refold_part *part)
{
    const struct past *past = reading->past;
    struct refold *refold = reading->refold;
    int code = 0;

    for (size_t i = 0; i < part->count && code == 0 && !is_at_end(reading, &past->events[i]); i++) {
        code = take(reading, &past->events[i]);
        refold->agreed = i + 1;
    }
    return code < 0 ? code : come_to_the_end(reading, part);
}

int refold_part(const struct past *past, const struct program *program, const struct refold_part *part,
    json_t *secret_params, struct refold *ret_refold, struct err *err)
{
    struct reading reading = {
        .past = past, .part = part, .secret_params = secret_params, .refold = ret_refold, .err = err};
    const struct event *last;
    int code;

    *ret_refold = (struct refold){.run = core_new(program->book, program->script)};
    core_hold(ret_refold->run, part->hold);
    code = read_part(&reading, part);
    core_stop_at(ret_refold->run, 0);
    if (code == 0)
        sweep(ret_refold);
    last = ret_refold->agreed ? &past->events[ret_refold->agreed - 1] : NULL;
    if (last) {
        ret_refold->wall_us = last->wall_us;
        ret_refold->mono_us = last->mono_us;
    }
    turn_fini(&reading.turn);
    return code;
}

int refold_past(const struct past *past, json_t *secret_params, struct refold *ret_refold, struct err *err)
{
    const struct refold_part all = {.count = past->event_count};

    return refold_part(past, &past->program, &all, secret_params, ret_refold, err);
}

void refold_fini(struct refold *refold)
{
    for (size_t i = 0; i < refold->open_count; i++)
        drop(&refold->open[i]);
    free(refold->open);
    free(refold->nonce);
    core_free(refold->run);
    *refold = (struct refold){0};
}
