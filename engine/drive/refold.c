#include "drive/refold.h"
#include "base/mem.h"
#include "step/step.h"

#include <string.h>

enum { SWEEP_MIN = 64 };

/* One reading. */
struct reading {
    const struct refold_options *options;
    struct refold *refold;
    struct turn turn;
    size_t cursor; /* events of the turn that the journal has, too */
    struct err *err;
    int code;
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

/* --- results whose long texts are kept beside the events --- */

static bool add_chunk(void *context, const struct output_chunk *chunk)
{
    struct text *streams = context;

    text_add(&streams[chunk->stream], chunk->bytes, chunk->len);
    return true;
}

static const char *const stream_names[] = {
    [OUTPUT_STDOUT] = "stdout", [OUTPUT_STDERR] = "stderr", [OUTPUT_BODY] = "body"};

enum { STREAMS = sizeof(stream_names) / sizeof(stream_names[0]) };

/* Was this text left out of the event, and is it in the journal as it was? */
static bool is_missing(const json_t *result, int stream, const struct text *text)
{
    char *key autofree = mem_printf("%s_len", stream_names[stream]);
    const json_t *len = json_object_get(result, key);

    return len && !json_object_get(result, stream_names[stream]) &&
           (json_int_t)text->len == json_integer_value(len);
}

static const struct effect *order_of(const struct refold *refold, const char *path)
{
    for (size_t i = refold->open_count; i-- > 0;)
        if (refold->open[i].type == EFFECT_START && strcmp(refold->open[i].path, path) == 0)
            return &refold->open[i];
    return NULL;
}

static bool has_gaps(json_t *result)
{
    const char *key;
    json_t *value;

    json_object_foreach(result, key, value)
    {
        size_t len = strlen(key);

        if (len > 4 && strcmp(key + len - 4, "_len") == 0)
            return true;
    }
    return false;
}

/* What `parse` made of a long text is made again. */
static void parse_again(const struct effect *order, struct outcome *outcome)
{
    if (!json_object_get(outcome->result, "output_parsed"))
        return;
    json_object_del(outcome->result, "output_parsed");
    if (order && order->step)
        outcome_parse(outcome, (enum parse_as)order->step->parse);
}

static int complete(struct reading *reading, const char *path, struct outcome *outcome)
{
    struct text streams[STREAMS] = {0};
    json_t *result;
    int code;

    if (!has_gaps(outcome->result))
        return 0;
    result = json_copy(outcome->result);
    code = journal_output(
        reading->options->journal, reading->options->run_id, path, NULL, add_chunk, streams, reading->err);
    for (int i = 0; i < STREAMS; i++) {
        if (is_missing(result, i, &streams[i])) {
            char *key autofree = mem_printf("%s_len", stream_names[i]);

            json_object_del(result, key);
            json_object_set_new(result, stream_names[i], value_string(text_str(&streams[i]), streams[i].len));
        }
        text_fini(&streams[i]);
    }
    json_decref(outcome->result);
    outcome->result = result;
    parse_again(order_of(reading->refold, path), outcome);
    return code;
}

/* --- event by event --- */

static int diverges(struct reading *reading, const struct event *event, const struct event *made)
{
    return err_set(reading->err, ERR_CORRUPT,
        "event %llu of run %.6s is %s of '%s', and this runbook makes %s of '%s' of it: another version of "
        "the "
        "program has written it, or the journal is damaged",
        (unsigned long long)event->seq, reading->options->run_id, event_type_name(event->type), event->path,
        made ? event_type_name(made->type) : "nothing", made ? made->path : "");
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

    while (reading->turn.more && reading->cursor == reading->turn.event_count &&
           (!moves || core_moves(reading->refold->run) < (uint64_t)json_integer_value(moves)))
        pump(reading);
}

/* The secret parameters, which the journal has as stars. */
static json_t *start_data(struct reading *reading, json_t *data)
{
    json_t *copy, *params;

    if (!json_object_size(reading->options->secret_params))
        return json_incref(data);
    copy = json_copy(data);
    params = json_copy(json_object_get(data, "params"));
    json_object_update(params, reading->options->secret_params);
    json_object_set_new(copy, "params", params);
    return copy;
}

static int apply(struct reading *reading, const struct event *event)
{
    struct refold *refold = reading->refold;
    struct outcome outcome;
    struct input input;
    json_t *start autovalue = NULL;
    int code = core_input_of(event, &input, &outcome, reading->err);

    if (code == 0 && input.type == INPUT_RESULT)
        code = complete(reading, event->path, &outcome);
    if (code == 0 && input.type == INPUT_START) {
        const char *nonce = value_get_string(event->data, "nonce");

        refold->nonce = mem_strdup(nonce ? nonce : "");
        input.data = start = start_data(reading, event->data);
    }
    if (code == 0)
        code = core_apply(refold->run, &input, &reading->turn, reading->err);
    outcome_fini(&outcome);
    if (code < 0)
        return err_wrap(
            reading->err, "event %llu of run %.6s", (unsigned long long)event->seq, reading->options->run_id);
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
        while (reading->cursor == reading->turn.event_count && reading->turn.more)
            pump(reading);
    }
    return code < 0 ? code : compare(reading, event);
}

static bool on_event(void *context, const struct event *event)
{
    struct reading *reading = context;

    reading->code = take(reading, event);
    reading->refold->seq = event->seq;
    reading->refold->wall_us = event->wall_us;
    reading->refold->mono_us = event->mono_us;
    return reading->code == 0;
}

int refold_read(const struct refold_options *options, struct refold *ret_refold, struct err *err)
{
    struct reading reading = {.options = options, .refold = ret_refold, .err = err};
    int code;

    *ret_refold = (struct refold){.run = core_new(options->book, options->script)};
    code = journal_events(options->journal, options->run_id, 0, true, on_event, &reading, err);
    if (code == 0)
        code = reading.code;
    if (code == 0)
        sweep(ret_refold);
    turn_fini(&reading.turn);
    return code;
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
