/* stepping: a run that is carried out step by step. Before its first attempt, each piece of work asks whether
 * it is to be done: run, skip or quit. What cleans up is not asked about: it is done in every case. */
#include "core/stepping.h"
#include "core/ops.h"

#include <string.h>

bool stepping_asks(const struct run *run, const struct frame *frame)
{
    return run->is_stepping && frame->attempt == 1 && frame->layer != LAYER_HOOK && !frame_cleans_up(frame);
}

/* The time it waits for the answer is none of its own. */
void stepping_ask(struct run *run, struct frame *frame, json_t *args)
{
    const struct step *step = frame->step;
    json_t *question = json_pack("{s:s, s:s, s:s, s:O}", "kind", "step", "message",
        step->title ? step->title : step->id, "work", step->kind->name, "args", args);
    struct effect *effect;

    frame->is_asked = true;
    timer_clear(run, &frame->node, TIMER_ATTEMPT);
    turn_data(run, turn_event(run, EVENT_ASK_OPENED, frame_path(run, frame)), json_incref(question));
    effect = turn_effect(run, EFFECT_ASK, &frame->node);
    effect->step = step;
    effect->attempt = frame->attempt;
    effect->args = question;
}

void stepping_close(struct run *run, struct frame *frame)
{
    frame->is_asked = false;
    turn_effect(run, EFFECT_ASK_CLOSE, &frame->node);
}

/* --- the answer --- */

static void go(struct run *run, struct frame *frame, const struct input *input)
{
    (void)input;
    leaf_go(run, frame);
}

static void leave_out(struct run *run, struct frame *frame, const struct input *input)
{
    (void)input;
    frame_leave_out(run, frame, "step");
}

static void quit(struct run *run, struct frame *frame, const struct input *input)
{
    struct input cancel = *input;

    (void)frame;
    cancel.name = "quit";
    run_cancel(run, &cancel);
}

static const struct {
    const char *decision;
    void (*act)(struct run *run, struct frame *frame, const struct input *input);
} decisions[] = {{"run", go}, {"skip", leave_out}, {"quit", quit}};

enum { DECISION_COUNT = sizeof(decisions) / sizeof(decisions[0]) };

static int read_decision(const json_t *data)
{
    const char *decision = value_get_string(data, "decision");

    for (int i = 0; decision && i < DECISION_COUNT; i++)
        if (strcmp(decisions[i].decision, decision) == 0)
            return i;
    return -1;
}

int stepping_check(const struct frame *frame, const struct input *input, struct err *err)
{
    if (read_decision(input->data) >= 0)
        return 0;
    return err_set(err, ERR_USAGE,
        "the run is carried out step by step: the answer to %s is run, skip or quit", frame->step->id);
}

void stepping_answer(struct run *run, struct frame *frame, const struct input *input)
{
    struct event *event = turn_event(run, EVENT_ASK_ANSWERED, frame_path(run, frame));

    turn_by(run, event, &input->by);
    turn_data(run, event, json_incref(input->data));
    stepping_close(run, frame);
    decisions[read_decision(input->data)].act(run, frame, input);
}
