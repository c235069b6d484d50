/* escalate: the steps that start, acknowledge and close an escalation. */
#include "core/escalation.h"
#include "core/ops.h"

static void escalate_begin(struct run *run, struct frame *frame)
{
    const struct escalate_args *args = frame->step->args;
    char *text autofree = NULL, *severity autofree = NULL;
    struct escalation_order order = {.document = frame->document, .policy = args->policy, .name = args->name};

    if (scope_text(run, frame, args->message, &text) == 0 &&
        scope_text(run, frame, args->severity, &severity) == 0) {
        order.text = text;
        order.severity = severity;
        if (!escalation_start(run, &order))
            failure_set(frame, FAIL_ACTION,
                args->policy ? "there is no policy %s" : "no policy is named, and the severity has none%s",
                args->policy ? args->policy : "");
    }
    frame_body_ended(run, frame);
}

static void acknowledge_begin(struct run *run, struct frame *frame)
{
    const struct escalate_args *args = frame->step->args;
    const char *name = args->name ? args->name : "";

    if (escalation_is_open(run, name))
        escalation_acknowledge(run, name, frame_path(run, frame), NULL);
    frame_body_ended(run, frame);
}

static void resolve_begin(struct run *run, struct frame *frame)
{
    const struct escalate_args *args = frame->step->args;

    escalation_resolve(run, args->name ? args->name : "", frame_path(run, frame), NULL);
    frame_body_ended(run, frame);
}

const struct ops escalate_ops = {.is_pure = true, .begin = escalate_begin};
const struct ops acknowledge_ops = {.is_pure = true, .begin = acknowledge_begin};
const struct ops resolve_ops = {.is_pure = true, .begin = resolve_begin};
