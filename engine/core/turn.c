/* turn: events and effects, as one input brings them about. */
#include "core/turn.h"
#include "core/ops.h"

#include "script/secret.h"

#include <string.h>

void turn_clear(struct turn *turn)
{
    for (size_t i = 0; i < turn->event_count; i++)
        json_decref(turn->events[i].data);
    for (size_t i = 0; i < turn->effect_count; i++) {
        json_decref(turn->effects[i].args);
        json_decref(turn->effects[i].env);
    }
    turn->event_count = turn->effect_count = 0;
    arena_clear(&turn->arena);
    turn->more = false;
}

void turn_fini(struct turn *turn)
{
    turn_clear(turn);
    arena_fini(&turn->arena);
    text_fini(&turn->scratch);
    free(turn->events);
    free(turn->effects);
    *turn = (struct turn){0};
}

struct event *turn_event(struct run *run, enum event_type type, const char *path)
{
    struct turn *turn = run->turn;
    struct event *event;

    turn->events = mem_grow(turn->events, turn->event_count, &turn->event_cap, sizeof(*turn->events));
    event = &turn->events[turn->event_count++];
    *event = (struct event){
        .seq = ++run->seq,
        .wall_us = run->wall_us,
        .mono_us = run->mono_us,
        .type = type,
        .cause = run->is_cause_due,
        .path = path,
        .by = {"", "", ""},
        .status = -1,
        .exit_code = -1,
        .due_us = -1,
    };
    run->is_cause_due = false;
    return event;
}

/* --- secrets --- */

static const char *show(void *context, const char *name)
{
    struct text *scratch = context;

    text_clear(scratch);
    text_printf(scratch, "${{ secrets.%s }}", name);
    return text_str(scratch);
}

static json_t *redact_text(const struct run *run, json_t *value)
{
    autotext struct text out = {0}, scratch = {0};

    if (secret_expand(&out, json_string_value(value), run->nonce, show, &scratch) == 0)
        return json_incref(value);
    return json_stringn(text_str(&out), out.len);
}

static json_t *redact(const struct run *run, json_t *value)
{
    json_t *copy, *member;
    const char *key;
    size_t i;

    if (json_is_string(value))
        return redact_text(run, value);
    if (json_is_array(value)) {
        copy = json_array();
        json_array_foreach(value, i, member) json_array_append_new(copy, redact(run, member));
        return copy;
    }
    if (!json_is_object(value))
        return json_incref(value);
    copy = json_object();
    json_object_foreach(value, key, member) json_object_set_new(copy, key, redact(run, member));
    return copy;
}

void turn_data(struct run *run, struct event *event, json_t *data)
{
    if (data && run->has_secrets) {
        event->data = redact(run, data);
        json_decref(data);
    } else {
        event->data = data;
    }
}

json_t *turn_fact(const char *name, const char *text)
{
    json_t *fact = json_object();

    json_object_set_new(fact, name, json_string(text));
    return fact;
}

/* --- effects --- */

struct effect *turn_effect(struct run *run, enum effect_type type, struct node *node)
{
    struct turn *turn = run->turn;
    struct effect *effect;

    turn->effects = mem_grow(turn->effects, turn->effect_count, &turn->effect_cap, sizeof(*turn->effects));
    effect = &turn->effects[turn->effect_count++];
    *effect = (struct effect){.type = type, .frame = node_expose(run, node), .path = node_path(run, node)};
    return effect;
}

/* --- the events of a frame's life --- */

/* Late passes of a loop are worked out again from the causes; what reached the world or went wrong is always
 * told. */
static bool is_silent(const struct frame *frame)
{
    enum step_status status = frame->result->status;

    if (frame->is_quiet && frame->is_skipped && !frame->has_begun)
        return true;
    return frame->is_quiet && !frame->ops->is_leaf && frame->step->kind->class_ <= KIND_PURE &&
           (status == STEP_SUCCEEDED || status == STEP_SKIPPED || status == STEP_PENDING);
}

void turn_step_started(struct run *run, const struct frame *frame, json_t *data)
{
    struct event *event;

    if (is_silent(frame)) {
        json_decref(data);
        return;
    }
    if (!data)
        data = json_object();
    json_object_set_new_nocheck(data, "kind", json_string_nocheck(frame->step->kind->name));
    if (frame->ops->loop)
        json_object_set_new(data, "loop", json_string(frame->ops->loop));
    if (wait_awaits(frame))
        json_object_set_new(data, "signal", json_string(wait_awaits(frame)));
    if (frame->step->title)
        json_object_set_new(data, "title", json_string(frame->step->title));
    event = turn_event(run, EVENT_STEP_STARTED, frame_path(run, frame));
    event->attempt = frame->attempt;
    turn_data(run, event, data);
}

static void put(json_t *map, const char *name, json_t *value)
{
    if (value)
        json_object_set(map, name, value);
}

static void put_text(json_t *map, const char *name, const char *text)
{
    if (text)
        json_object_set_new(map, name, json_string(text));
}

/* What both ends of an attempt tell: the facts of its outcome, complete enough to be fed again. */
static json_t *attempt_data(const struct run *run, const struct frame *frame, enum fail_class shown)
{
    const struct result *result = frame->result;
    json_t *data = json_object();

    put_text(data, "message", frame->failure.message);
    if (frame->ops->is_leaf) {
        if (run->is_cause_due && frame->natural != shown)
            put_text(data, "outcome", frame->natural ? fail_class_name(frame->natural) : "ok");
        if (result->result)
            json_object_set_new_nocheck(data, "result",
                frame->step->sensitive ? result_shown(result->result) : result_kept(result->result));
    }
    return data;
}

void turn_step_finished(struct run *run, const struct frame *frame)
{
    const struct result *result = frame->result;
    struct event *event;
    json_t *data;

    if (frame->layer == LAYER_DOCUMENT || !frame->ops || is_silent(frame))
        return;
    data = attempt_data(run, frame, result->class_);
    if (frame->has_begun && !frame->ops->is_pure)
        json_object_set_new(
            data, "seconds", json_real((double)(run->mono_us - frame->started_mono_us) / 1e6));
    put(data, "outputs", result->outputs);
    put(data, "answer", result->answer);
    put(data, "by", result->by);
    if (frame->ops->describe)
        frame->ops->describe(frame, data);
    if (frame->is_rescued && result->status == STEP_SUCCEEDED)
        json_object_set_new(data, "rescued", json_true());
    if (frame->is_tolerated)
        json_object_set_new(data, "tolerated", json_true());
    event = turn_event(run, EVENT_STEP_FINISHED, frame_path(run, frame));
    event->status = result->status;
    event->class_ = result->class_;
    event->exit_code = result->exit_code;
    event->attempt = frame->attempt;
    turn_data(run, event, data);
}

void turn_step_retrying(struct run *run, const struct frame *frame, int64_t due_us, const char *why)
{
    struct event *event;
    json_t *data = attempt_data(run, frame, frame->failure.class_);

    json_object_set_new_nocheck(data, "why", json_string_nocheck(why));
    event = turn_event(run, EVENT_STEP_RETRYING, frame_path(run, frame));
    event->class_ = frame->failure.class_;
    event->exit_code = frame->result->exit_code;
    event->attempt = frame->attempt;
    event->due_us = due_us;
    turn_data(run, event, data);
}

void turn_step_skipped(struct run *run, const struct frame *frame, const char *reason)
{
    struct event *event;

    if (is_silent(frame))
        return;
    event = turn_event(run, EVENT_STEP_SKIPPED, frame_path(run, frame));
    event->status = STEP_SKIPPED;
    turn_data(run, event, turn_fact("reason", reason));
}

static void put_length(json_t *map, const char *name, const json_t *text)
{
    char *key autofree = mem_printf("%s_len", name);

    json_object_set_new(map, key, json_integer((json_int_t)json_string_length(text)));
}

static bool has_long_text(json_t *result)
{
    const char *name;
    json_t *value;

    json_object_foreach(result, name, value) if (json_string_length(value) > TEXT_KEPT) return true;
    return false;
}

json_t *result_kept(json_t *result)
{
    static const char *const texts[] = {"stdout", "stderr", "body", NULL};
    json_t *copy;
    bool is_cut = false;

    if (!has_long_text(result))
        return json_incref(result);
    copy = json_copy(result);
    for (const char *const *name = texts; *name; name++) {
        json_t *text = json_object_get(copy, *name);

        if (json_string_length(text) <= TEXT_KEPT)
            continue;
        put_length(copy, *name, text);
        json_object_del(copy, *name);
        is_cut = true;
    }
    /* What `parse` made of a long text is as long: it is made again. */
    if (is_cut && json_object_del(copy, "output") == 0)
        json_object_set_new(copy, "output_parsed", json_true());
    return copy;
}

json_t *result_shown(const json_t *result)
{
    json_t *map = json_object(), *value;
    const char *name;

    json_object_foreach((json_t *)result, name, value)
    {
        if (json_is_number(value) || json_is_boolean(value) || strcmp(name, "signal") == 0)
            json_object_set(map, name, value);
        else if (json_is_string(value))
            put_length(map, name, value);
    }
    return map;
}

static const char *keep(struct run *run, const char *text)
{
    return text && *text ? arena_strdup(&run->turn->arena, text) : "";
}

void turn_by(struct run *run, struct event *event, const struct principal *by)
{
    event->by = (struct principal){keep(run, by->user), keep(run, by->host), keep(run, by->way)};
}
