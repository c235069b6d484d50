/* fold: a cause, as the journal has it, becomes an input again. */
#include "core/core.h"

#include <string.h>

/* "outcome" tells how the attempt ended by itself where the step was judged otherwise. */
static int from_result(const struct event *event, struct input *input, struct outcome *outcome)
{
    const char *natural = value_get_string(event->data, "outcome");
    const char *message = value_get_string(event->data, "message");
    int class_ = (int)event->class_;

    if (natural)
        class_ = strcmp(natural, "ok") == 0 ? FAIL_NONE : fail_class_parse(natural);
    if (class_ < 0)
        return -1;
    outcome->class_ = (enum fail_class)class_;
    outcome->exit_code = event->exit_code;
    outcome->message = class_ != FAIL_NONE && message ? mem_strdup(message) : NULL;
    outcome->result = json_incref(json_object_get(event->data, "result"));
    input->outcome = outcome;
    return 0;
}

static int from_timer(const struct event *event, struct input *input, struct outcome *outcome)
{
    (void)outcome;
    input->name = value_get_string(event->data, "timer");
    return input->name ? 0 : -1;
}

static int from_answer(const struct event *event, struct input *input, struct outcome *outcome)
{
    (void)outcome;
    input->data = event->data;
    return event->data ? 0 : -1;
}

static int from_name(const struct event *event, struct input *input, struct outcome *outcome)
{
    (void)outcome;
    input->name = value_get_string(event->data, "name");
    input->data = json_object_get(event->data, "data");
    return input->name ? 0 : -1;
}

static int from_said(const struct event *event, struct input *input, struct outcome *outcome)
{
    (void)outcome;
    input->name = value_get_string(event->data, "name");
    input->data = event->data;
    return input->name ? 0 : -1;
}

static int from_note(const struct event *event, struct input *input, struct outcome *outcome)
{
    (void)outcome;
    input->name = value_get_string(event->data, "text");
    input->data = event->data;
    return input->name ? 0 : -1;
}

static int from_call(const struct event *event, struct input *input, struct outcome *outcome)
{
    (void)outcome;
    input->name = value_get_string(event->data, "name");
    input->data = event->data;
    return input->name ? 0 : -1;
}

static int from_data(const struct event *event, struct input *input, struct outcome *outcome)
{
    (void)outcome;
    input->data = event->data;
    return 0;
}

static int from_message(const struct event *event, struct input *input, struct outcome *outcome)
{
    (void)outcome;
    input->name = value_get_string(event->data, "message");
    input->data = event->data;
    return input->name ? 0 : -1;
}

static int from_reason(const struct event *event, struct input *input, struct outcome *outcome)
{
    (void)outcome;
    input->name = value_get_string(event->data, "reason");
    return 0;
}

static const struct {
    enum event_type event;
    enum input_type input;
    int (*read)(const struct event *event, struct input *input, struct outcome *outcome);
} causes[] = {
    {EVENT_RUN_STARTED, INPUT_START, from_data},
    {EVENT_STEP_FINISHED, INPUT_RESULT, from_result},
    {EVENT_STEP_RETRYING, INPUT_RESULT, from_result},
    {EVENT_NOTIFY_SENT, INPUT_RESULT, from_result},
    {EVENT_NOTIFY_FAILED, INPUT_RESULT, from_result},
    {EVENT_TIMER_FIRED, INPUT_TIMER, from_timer},
    {EVENT_ASK_ANSWERED, INPUT_ANSWER, from_answer},
    {EVENT_ESCALATION_ACKNOWLEDGED, INPUT_ACK, from_said},
    {EVENT_ESCALATION_RESOLVED, INPUT_RESOLVE, from_said},
    {EVENT_ESCALATION_HURRIED, INPUT_PRESS, from_said},
    {EVENT_ESCALATION_SNOOZED, INPUT_SNOOZE, from_said},
    {EVENT_ASK_CHECKED, INPUT_ANSWER, from_answer},
    {EVENT_SIGNAL_RECEIVED, INPUT_SIGNAL, from_name},
    {EVENT_NOTE_ADDED, INPUT_NOTE, from_note},
    {EVENT_CORRECTION_ADDED, INPUT_NOTE, from_note},
    {EVENT_RUN_CANCEL_REQUESTED, INPUT_CANCEL, from_reason},
    {EVENT_RUN_KILL_REQUESTED, INPUT_KILL, from_reason},
    {EVENT_RUN_RESUMED, INPUT_RESUMED, from_data},
    {EVENT_RUN_FORKED, INPUT_FORKED, from_data},
    {EVENT_RUN_CONTINUED, INPUT_CONTINUED, from_data},
    {EVENT_STEP_LOST, INPUT_LOST, from_message},
    {EVENT_EFFECT_CALLED, INPUT_CALL, from_call},
    {EVENT_EFFECT_RETURNED, INPUT_RETURN, from_answer},
};

int core_input_of(
    const struct event *event, struct input *ret_input, struct outcome *ret_outcome, struct err *err)
{
    *ret_outcome = (struct outcome){.exit_code = -1};
    for (size_t i = 0; event->cause && i < sizeof(causes) / sizeof(causes[0]); i++) {
        if (causes[i].event != event->type)
            continue;
        *ret_input = (struct input){
            .type = causes[i].input,
            .wall_us = event->wall_us,
            .mono_us = event->mono_us,
            .path = event->path,
            .by = event->by,
        };
        if (causes[i].read(event, ret_input, ret_outcome) < 0)
            return err_set(err, ERR_CORRUPT, "event %llu (%s) lacks what it should tell",
                (unsigned long long)event->seq, event_type_name(event->type));
        return 0;
    }
    return err_set(err, ERR_INVALID, "event %llu (%s) did not come from outside",
        (unsigned long long)event->seq, event_type_name(event->type));
}
