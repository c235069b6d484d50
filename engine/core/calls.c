/* calls: what the code of a leaf (`lua`, `uses`) asks of the world, one thing after another, and what came of
 * it. Both are causes; the list stays with the frame for as long as the attempt, so that code whose engine
 * died can be carried out again up to where it stood. */
#include "core/calls.h"
#include "core/ops.h"

#include <string.h>

static const int max_calls = 10000;

void calls_forget(struct frame *frame)
{
    json_decref(frame->calls);
    frame->calls = NULL;
}

/* The call under way: the last one, while nothing came of it. */
static json_t *open_call(const struct frame *frame)
{
    size_t count = json_array_size(frame->calls);
    json_t *last = count ? json_array_get(frame->calls, count - 1) : NULL;

    return json_object_get(last, "result") ? NULL : last;
}

static json_t *call_of(const struct input *input)
{
    json_t *call = json_object(), *args = json_object_get(input->data, "args");
    json_t *result = json_object_get(input->data, "result");

    json_object_set_new(call, "name", json_string(input->name));
    if (args)
        json_object_set(call, "args", args);
    if (result)
        json_object_set(call, "result", result);
    json_object_set_new(call, "at_us", json_integer((json_int_t)input->mono_us));
    return call;
}

static void order(struct run *run, struct frame *frame, json_int_t n, const char *name)
{
    struct effect *effect = turn_effect(run, EFFECT_CALL, &frame->node);

    effect->attempt = frame->attempt;
    effect->step = frame->step;
    effect->args = json_pack("{s:I, s:s}", "n", n, "name", name);
}

int calls_ask(struct run *run, struct frame *frame, const struct input *input, struct err *err)
{
    json_int_t n = (json_int_t)json_array_size(frame->calls) + 1;
    struct event *event;
    json_t *call, *data;

    if (!input->name || !*input->name)
        return err_set(err, ERR_USAGE, "a call needs a name");
    if (frame->state != FRAME_BODY)
        return err_set(err, ERR_USAGE, "the step is being stopped");
    if (open_call(frame))
        return err_set(err, ERR_USAGE, "call %lld has not returned yet", (long long)n - 1);
    if (n > max_calls)
        return err_set(err, ERR_LIMIT, "a step may call what touches the world %d times at most", max_calls);
    if (!frame->calls)
        frame->calls = json_array();
    call = call_of(input);
    json_array_append_new(frame->calls, call);
    event = turn_event(run, EVENT_EFFECT_CALLED, frame_path(run, frame));
    event->attempt = frame->attempt;
    data = json_copy(call);
    json_object_del(data, "at_us");
    json_object_set_new(data, "n", json_integer(n));
    turn_data(run, event, data);
    if (json_object_get(call, "result"))
        return 0;
    if (strcmp(input->name, "notify") == 0)
        telling_begin(run, frame, json_object_get(call, "args"));
    else
        order(run, frame, n, input->name);
    return 0;
}

int calls_return(struct run *run, struct frame *frame, const struct input *input, struct err *err)
{
    json_t *call = open_call(frame), *result = json_object_get(input->data, "result");
    json_int_t n = (json_int_t)json_array_size(frame->calls);
    struct event *event;

    if (!call || json_integer_value(json_object_get(input->data, "n")) != n)
        return err_set(err, ERR_USAGE, "no such call is under way");
    if (!result)
        return err_set(err, ERR_USAGE, "a call returns something");
    json_object_set(call, "result", result);
    event = turn_event(run, EVENT_EFFECT_RETURNED, frame_path(run, frame));
    event->attempt = frame->attempt;
    turn_data(run, event, json_pack("{s:I, s:O}", "n", n, "result", result));
    return 0;
}

void calls_answer(struct run *run, struct frame *frame, json_t *result)
{
    json_t *call = open_call(frame);
    json_int_t n = (json_int_t)json_array_size(frame->calls);
    struct event *event;
    struct effect *effect;

    json_object_set_new(call, "result", result);
    event = turn_event(run, EVENT_EFFECT_RETURNED, frame_path(run, frame));
    event->attempt = frame->attempt;
    turn_data(run, event, json_pack("{s:I, s:O}", "n", n, "result", result));
    effect = turn_effect(run, EFFECT_RETURN, &frame->node);
    effect->attempt = frame->attempt;
    effect->step = frame->step;
    effect->args = json_pack("{s:I, s:O}", "n", n, "result", result);
}

json_t *core_calls(const struct run *run, uint32_t frame)
{
    const struct node *node = node_find(run, frame);

    return node && node->type == NODE_FRAME ? ((const struct frame *)node)->calls : NULL;
}
