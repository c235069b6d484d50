#include "drive/replay.h"
#include "base/mem.h"
#include "drive/secrets.h"

#include <string.h>

struct replay {
    const struct past *past;
    struct secrets secrets;
    struct run *run;
    struct turn turn;
    struct map steps; /* path of an attempt -> its struct step * */
    size_t at;        /* the next event of the past */
    bool hides_params;
    size_t blank; /* events that were redacted: all else of them agrees */
    uint64_t
        blind;    /* number of the redacted event from which on what follows may hang on what is gone; or 0 */
    size_t loose; /* events that were taken over from a run of other files: their kind and step has to do */
    size_t hidden; /* events with a text that could not be compared */
    struct parting parting;
    struct event now; /* as the journal would have it */
    struct err err;
};

/* The tokens of this run's secrets carry its nonce. Of the values nothing is known, nor needs to be: in the
 * journal they are masked, and so are those that come in from it. */
static const char *nonce_of(const struct past *past)
{
    const char *nonce = past->event_count ? value_get_string(past->events[0].data, "nonce") : NULL;

    return nonce ? nonce : "";
}

static size_t count_loose(const struct past *past)
{
    for (size_t i = past->event_count; i-- > 0;)
        if (past->events[i].type == EVENT_RUN_FORKED && json_object_get(past->events[i].data, "book"))
            return i;
    return 0;
}

struct replay *replay_new(const struct past *past, const struct program *program)
{
    struct replay *replay = mem_alloc(sizeof(*replay));

    *replay = (struct replay){.past = past, .run = core_new(program->book, program->script)};
    secrets_init(&replay->secrets, NULL, program->book, nonce_of(past));
    replay->loose = count_loose(past);
    replay->hides_params = document_has_secret_params(program->book->documents[0]);
    return replay;
}

void replay_free(struct replay *replay)
{
    if (!replay)
        return;
    json_decref(replay->now.data);
    turn_fini(&replay->turn);
    core_free(replay->run);
    secrets_fini(&replay->secrets);
    map_fini(&replay->steps);
    free(replay);
}

size_t replay_agreed(const struct replay *replay)
{
    return replay->at;
}

size_t replay_blank(const struct replay *replay)
{
    return replay->blank;
}

uint64_t replay_blind(const struct replay *replay)
{
    return replay->blind;
}

size_t replay_loose(const struct replay *replay)
{
    return replay->loose;
}

size_t replay_hidden(const struct replay *replay)
{
    return replay->hidden;
}

const struct run *replay_run(const struct replay *replay)
{
    return replay->run;
}

/* --- comparing --- */

static int part(struct replay *replay, const struct event *then, const struct event *now)
{
    replay->parting.then = then;
    replay->parting.now = now;
    return -1;
}

static bool is_same(const struct past *past, const struct event *then, const struct event *now)
{
    struct text a autotext = {0}, b autotext = {0};
    struct event at_its_place = *now;

    at_its_place.index = then->index;
    journal_canonical(past->id, then, &a);
    journal_canonical(past->id, &at_its_place, &b);
    return a.len == b.len && memcmp(text_str(&a), text_str(&b), a.len) == 0;
}

/* A text that a hidden parameter went into may be another one when the mask goes into it: longer, or cut
 * elsewhere. `now` with the text that there was in its place. New reference. */
static json_t *as_hidden(json_t *then, json_t *now)
{
    const char *key;
    json_t *item, *copy;
    size_t i;

    if (json_is_string(then) && json_is_string(now))
        return json_incref(strstr(json_string_value(then), MASK_TEXT) ? then : now);
    if (json_is_object(then) && json_is_object(now)) {
        copy = json_object();
        json_object_foreach(now, key, item)
            json_object_set_new(copy, key, as_hidden(json_object_get(then, key), item));
        return copy;
    }
    if (json_is_array(then) && json_is_array(now)) {
        copy = json_array();
        json_array_foreach(now, i, item)
            json_array_append_new(copy, as_hidden(json_array_get(then, i), item));
        return copy;
    }
    return json_incref(now);
}

static bool is_same_but_hidden(struct replay *replay, const struct event *then)
{
    struct event now = replay->now;
    bool is_same_so;

    if (!replay->hides_params || !then->data || !now.data)
        return false;
    now.data = as_hidden(then->data, now.data);
    is_same_so = is_same(replay->past, then, &now);
    json_decref(now.data);
    replay->hidden += is_same_so;
    return is_same_so;
}

static bool is_same_but_redacted(struct replay *replay, const struct event *then)
{
    struct event now = replay->now;

    if (!past_is_redacted(replay->past, then))
        return false;
    now.data = NULL;
    if (!is_same(replay->past, then, &now))
        return false;
    replay->blank++;
    return true;
}

static bool is_same_loosely(const struct replay *replay, const struct event *then)
{
    const struct event *now = &replay->now;

    return replay->at < replay->loose && then->seq == now->seq && then->type == now->type &&
           strcmp(then->path, now->path) == 0;
}

static const struct event *then_of(const struct replay *replay)
{
    return replay->at < replay->past->event_count ? &replay->past->events[replay->at] : NULL;
}

/* A journal may end earlier than the run: it goes on at this moment, or was cut short with its engine. */
static int compare(struct replay *replay, const struct event *event)
{
    const struct event *then = then_of(replay);

    json_decref(replay->now.data);
    replay->now = *event;
    replay->now.data = secrets_veil(&replay->secrets, event->data);
    if (!then)
        return replay->past->row->finished_us ? part(replay, NULL, &replay->now) : 0;
    if (!is_same(replay->past, then, &replay->now) && !is_same_but_hidden(replay, then) &&
        !is_same_but_redacted(replay, then) && !is_same_loosely(replay, then))
        return part(replay, then, &replay->now);
    replay->at++;
    return 0;
}

static int compare_turn(struct replay *replay)
{
    const struct turn *turn = &replay->turn;

    for (size_t i = 0; i < turn->effect_count; i++)
        if (turn->effects[i].type == EFFECT_START)
            map_put(&replay->steps, turn->effects[i].path, (void *)turn->effects[i].step);
    for (size_t i = 0; i < turn->event_count; i++)
        if (compare(replay, &turn->events[i]) < 0)
            return -1;
    return 0;
}

/* --- feeding --- */

static int pump(struct replay *replay)
{
    core_pump(replay->run, &replay->turn);
    return compare_turn(replay);
}

/* What was still to be worked out when the cause came: as far as it had been, else all of it. */
static int pump_before(struct replay *replay, const struct event *cause)
{
    const json_t *moves = json_object_get(cause->data, "moves");
    uint64_t until = moves ? (uint64_t)json_integer_value(moves) : UINT64_MAX;

    while (replay->turn.more && core_moves(replay->run) < until)
        if (pump(replay) < 0)
            return -1;
    return 0;
}

static int refuse(struct replay *replay, const struct event *cause)
{
    replay->parting.refusal = replay->err.text;
    return part(replay, cause, NULL);
}

/* What a redacted cause can still be without what it told; NULL: nothing. New reference. */
static json_t *stand_in(enum event_type type)
{
    static const enum event_type kept[] = {EVENT_STEP_FINISHED, EVENT_STEP_RETRYING, EVENT_NOTIFY_SENT,
        EVENT_NOTIFY_FAILED, EVENT_RUN_CANCEL_REQUESTED, EVENT_RUN_KILL_REQUESTED, EVENT_RUN_RESUMED};

    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
        if (kept[i] == type)
            return json_object();
    return type == EVENT_NOTE_ADDED  ? json_pack("{s:s}", "text", "redacted")
           : type == EVENT_STEP_LOST ? json_pack("{s:s}", "message", "redacted")
                                     : NULL;
}

static int feed(struct replay *replay, const struct event *cause);

static int feed_redacted(struct replay *replay, const struct event *cause)
{
    json_t *data autovalue = stand_in(cause->type);
    struct event left = *cause;

    if (!data) {
        replay->blind = cause->seq;
        err_set(&replay->err, ERR_INVALID, "what it told was redacted");
        replay->parting.refusal = replay->err.text;
        return part(replay, cause, NULL);
    }
    if (cause->type != EVENT_NOTE_ADDED && !replay->blind)
        replay->blind = cause->seq;
    left.data = data;
    return feed(replay, &left);
}

static int feed(struct replay *replay, const struct event *cause)
{
    const struct step *step = map_get(&replay->steps, cause->path);
    struct outcome outcome;
    struct input input;
    int code;

    if (pump_before(replay, cause) < 0)
        return -1;
    if (past_input_of(replay->past, cause, step, &input, &outcome, &replay->err) < 0)
        return refuse(replay, cause);
    core_stop_at(replay->run, past_moves_after(replay->past, then_of(replay)));
    code = core_apply(replay->run, &input, &replay->turn, &replay->err);
    outcome_fini(&outcome);
    return code < 0 ? refuse(replay, cause) : compare_turn(replay);
}

static int go_on(struct replay *replay, const struct event *then)
{
    if (then->cause)
        return past_is_redacted(replay->past, then) ? feed_redacted(replay, then) : feed(replay, then);
    return core_may_go_on(replay->run) ? pump(replay) : part(replay, then, NULL);
}

int replay_until(struct replay *replay, uint64_t seq, struct parting *ret_parting)
{
    const struct event *then;
    int code = 0;

    while (code == 0 && (!seq || replay->at < seq) && (then = then_of(replay)))
        code = go_on(replay, then);
    while (code == 0 && !seq && replay->turn.more && replay->past->row->finished_us)
        code = pump(replay);
    *ret_parting = replay->parting;
    return code;
}
