/* wait: for time to pass, for an instant, for the working time of a calendar, for a signal. A signal that
 * came before anybody waited for it is kept. */
#include "core/ops.h"

#include "base/clock.h"
#include "oncall/opening.h"

#include <string.h>

static void take_signal(struct run *run, struct frame *frame, json_t *data)
{
    const struct wait_args *args = frame->step->args;

    json_decref(frame->result->result);
    frame->result->result = json_pack("{s:s, s:O*}", "signal", args->signal, "output", data);
    timer_clear(run, &frame->node, TIMER_WAIT);
    frame_body_ended(run, frame);
}

static void begin_signal(struct run *run, struct frame *frame, const struct wait_args *args)
{
    json_t *kept = json_object_get(run->signals, args->signal);
    int64_t ms;

    if (json_array_size(kept)) {
        json_t *data autovalue = json_incref(json_array_get(kept, 0));

        json_array_remove(kept, 0);
        take_signal(run, frame, json_is_null(data) ? NULL : data);
        return;
    }
    if (scope_duration(run, frame, &args->timeout, 0, &ms) < 0)
        frame_body_ended(run, frame);
    else if (args->timeout.given)
        timer_set(run, &frame->node, TIMER_WAIT, ms);
}

/* The instant as microseconds of wall time. */
static int read_instant(struct frame *frame, const json_t *value, int64_t *ret_us)
{
    struct err err;

    if (json_is_number(value)) {
        *ret_us = (int64_t)(json_number_value(value) * 1e6);
        return 0;
    }
    if (!json_is_string(value)) {
        failure_set(frame, FAIL_EXPRESSION, "until needs an instant, and this is %s", value_type(value));
        return -1;
    }
    if (instant_parse(json_string_value(value), ret_us, &err) < 0) {
        failure_set(frame, FAIL_EXPRESSION, "%s", err.text);
        return -1;
    }
    return 0;
}

static void begin_until(struct run *run, struct frame *frame, const struct wait_args *args)
{
    json_t *value autovalue = NULL;
    int64_t wall_us;

    if (scope_value(run, frame, args->until, &value) < 0 || read_instant(frame, value, &wall_us) < 0)
        frame_body_ended(run, frame);
    else
        timer_set_at(run, &frame->node, TIMER_WAIT, run->mono_us + wall_us - run->wall_us);
}

/* Until the calendar is open: at once, where it is. */
static void begin_calendar(struct run *run, struct frame *frame, const char *name)
{
    const struct calendar *calendar = people_find(&frame->document->people.calendars, name);
    int64_t changes_us;

    if (opening_is_open(calendar->opening, run->wall_us, &changes_us)) {
        frame_body_ended(run, frame);
    } else if (changes_us == INT64_MAX) {
        failure_set(frame, FAIL_VALIDATION, "the calendar \"%s\" is not open within ten years", name);
        frame_body_ended(run, frame);
    } else {
        timer_set_at(run, &frame->node, TIMER_WAIT, run->mono_us + changes_us - run->wall_us);
    }
}

static void wait_begin(struct run *run, struct frame *frame)
{
    const struct wait_args *args = frame->step->args;
    int64_t ms;

    if (args->signal)
        begin_signal(run, frame, args);
    else if (args->until)
        begin_until(run, frame, args);
    else if (args->calendar)
        begin_calendar(run, frame, args->calendar);
    else if (scope_duration(run, frame, &args->duration, 0, &ms) < 0)
        frame_body_ended(run, frame);
    else
        timer_set(run, &frame->node, TIMER_WAIT, ms);
}

static void wait_timer(struct run *run, struct frame *frame, int purpose)
{
    const struct wait_args *args = frame->step->args;

    (void)purpose;
    if (args->signal)
        failure_set(frame, FAIL_TIMEOUT, "no signal %s in time", args->signal);
    frame_body_ended(run, frame);
}

const char *wait_awaits(const struct frame *frame)
{
    return frame->ops == &wait_ops ? ((const struct wait_args *)frame->step->args)->signal : NULL;
}

static bool is_waiting_for(const struct frame *frame, const char *signal)
{
    const struct wait_args *args;

    if (frame->ops != &wait_ops || frame->state != FRAME_BODY)
        return false;
    args = frame->step->args;
    return args->signal && strcmp(args->signal, signal) == 0;
}

static struct frame *find_waiting(struct frame *frame, const char *signal)
{
    struct frame *found = NULL;

    if (is_waiting_for(frame, signal))
        return frame;
    for (struct frame *child = frame->first_child; child && !found; child = child->next)
        found = find_waiting(child, signal);
    return found;
}

static void keep_signal(struct run *run, const char *name, json_t *data)
{
    json_t *kept = json_object_get(run->signals, name);

    if (!kept) {
        kept = json_array();
        json_object_set_new(run->signals, name, kept);
    }
    json_array_append_new(kept, data ? json_incref(data) : json_null());
}

/* Everyone who waits for it now has it; else the next one who does. */
void wait_signal(struct run *run, const char *name, json_t *data)
{
    struct frame *frame = run->root ? find_waiting(run->root, name) : NULL;

    if (!frame)
        keep_signal(run, name, data);
    for (; frame; frame = run->root ? find_waiting(run->root, name) : NULL)
        take_signal(run, frame, data);
}

const struct ops wait_ops = {.begin = wait_begin, .timer = wait_timer};
