/* lost: an attempt that was under way when the engine died. Nobody knows whether it finished, so
 * `on_interrupt` decides what is made of it. Where that is to ask, the frame stands in state `lost`, with an
 * open question, until a person has answered. */
#include "core/ops.h"

#include <string.h>

static const char *const decisions[] = {
    [ON_INTERRUPT_RETRY] = "retry", [ON_INTERRUPT_SKIP] = "skip", [ON_INTERRUPT_FAIL] = "fail"};

enum { DECISION_COUNT = sizeof(decisions) / sizeof(decisions[0]) };

static const char field[] = "decision";

/* What may be done again needs no question: what only looks, what says so, and what is looked at again
 * anyway. */
static enum on_interrupt policy_of(const struct step *step, bool is_read)
{
    bool is_harmless = step->idempotent || step->until || is_read || step->effect == STEP_EFFECT_READ;

    if (step->on_interrupt == ON_INTERRUPT_ASK && is_harmless)
        return ON_INTERRUPT_RETRY;
    return (enum on_interrupt)step->on_interrupt;
}

/* A form of one field, so that whoever can show and fill in a form can answer. */
static json_t *question(struct run *run, const struct frame *frame)
{
    json_t *names = json_array(), *args;
    char *message autofree =
        mem_printf("It is not known whether `%s` finished before the engine stopped: do it "
                   "again (retry), go on without it (skip), or take it as failed (fail)?",
            frame_path(run, frame));

    for (int i = 0; i < DECISION_COUNT; i++)
        if (decisions[i])
            json_array_append_new(names, json_string(decisions[i]));
    args = json_pack("{s:s, s:s, s:b, s:{s:{s:s, s:o}}}", "kind", "input", "message", message, "lost", true,
        "fields", field, "type", "enum", "enum", names);
    return args;
}

static void open_question(struct run *run, struct frame *frame)
{
    json_t *args = question(run, frame);
    struct effect *effect;

    frame_move(frame, FRAME_LOST);
    timer_clear(run, &frame->node, TIMER_ATTEMPT);
    turn_data(run, turn_event(run, EVENT_ASK_OPENED, frame_path(run, frame)), json_incref(args));
    effect = turn_effect(run, EFFECT_ASK, &frame->node);
    effect->step = frame->step;
    effect->attempt = frame->attempt;
    effect->args = args;
}

void lost_begin(struct run *run, struct frame *frame, const char *message, bool is_read)
{
    enum on_interrupt policy = policy_of(frame->step, is_read);
    bool is_stopping = frame->state == FRAME_STOPPING;
    struct event *event = turn_event(run, EVENT_STEP_LOST, frame_path(run, frame));
    json_t *data = turn_fact("message", message);

    if (is_read)
        json_object_set_new(data, "read", json_true());
    event->class_ = FAIL_LOST;
    event->attempt = frame->attempt;
    turn_data(run, event, data);
    if (is_stopping) { /* it was to end, and has */
        frame_check_stopped(run, frame);
        return;
    }
    frame->losses++;
    failure_set(frame, FAIL_LOST, "%s", message);
    frame->on_lost = policy;
    if (policy == ON_INTERRUPT_ASK)
        open_question(run, frame);
    else
        frame_body_ended(run, frame);
}

void lost_close(struct run *run, struct frame *frame)
{
    turn_effect(run, EFFECT_ASK_CLOSE, &frame->node);
}

static int decision_of(const json_t *data)
{
    const char *said = value_get_string(json_object_get(data, "fields"), field);

    for (int i = 0; said && i < DECISION_COUNT; i++)
        if (decisions[i] && strcmp(decisions[i], said) == 0)
            return i;
    return -1;
}

int lost_check(const struct frame *frame, const struct input *input, struct err *err)
{
    if (decision_of(input->data) >= 0)
        return 0;
    return err_set(err, ERR_USAGE,
        "it is not known whether %s finished: the answer is %s=retry, skip or fail", frame->step->id, field);
}

void lost_answer(struct run *run, struct frame *frame, const struct input *input)
{
    struct event *event = turn_event(run, EVENT_ASK_ANSWERED, frame_path(run, frame));

    turn_by(run, event, &input->by);
    turn_data(run, event, json_incref(input->data));
    frame->on_lost = (enum on_interrupt)decision_of(input->data);
    lost_close(run, frame);
    frame_body_ended(run, frame);
}
