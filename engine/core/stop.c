/* stop: ending what is under way. A frame that is told to stop waits for everything below it, then does what
 * `after_stop` says; `always` and `undo` go on to their own end, unless the run is killed. */
#include "core/hook.h"
#include "core/ops.h"

bool frame_is_cleaning_up(const struct frame *frame)
{
    return frame->state == FRAME_UNDO || frame->state == FRAME_ALWAYS;
}

bool frame_cleans_up(const struct frame *frame)
{
    for (; frame; frame = frame->parent)
        if (frame_is_cleaning_up(frame) || frame->is_undo)
            return true;
    return false;
}

static bool holds(const struct frame *frame, const struct frame *inner)
{
    for (; inner; inner = inner->parent)
        if (inner == frame)
            return true;
    return false;
}

static void stop_children(struct run *run, struct frame *frame)
{
    struct frame *child = frame->first_child;

    while (child) {
        struct frame *next = child->next;
        bool is_ender = frame->after_stop == AFTER_RUNBOOK_ENDS && run->ender && holds(child, run->ender);

        frame_stop(run, child, is_ender ? AFTER_RUNBOOK_ENDS : AFTER_CANCEL);
        child = next;
    }
}

static void decide_after(struct frame *frame, enum after_stop after)
{
    if (frame->state != FRAME_STOPPING || after > frame->after_stop)
        frame->after_stop = after;
    if (frame->after_stop == AFTER_CANCEL)
        failure_clear(&frame->failure);
}

void frame_stop(struct run *run, struct frame *frame, enum after_stop after)
{
    bool was_body = frame->state == FRAME_BODY, was_stopping = frame->state == FRAME_STOPPING;

    if (frame->state == FRAME_AFTER) {
        hook_stop(run, frame);
        return;
    }
    if (frame_is_cleaning_up(frame) && !run->is_killed)
        return;
    decide_after(frame, after);
    if (frame->state == FRAME_READY) {
        frame->is_cancelled = true;
        frame_end(run, frame);
        return;
    }
    timer_clear_but(run, &frame->node, TIMER_DEADLINE);
    if (frame->state == FRAME_LOST)
        lost_close(run, frame);
    if (!was_stopping)
        frame_move(frame, FRAME_STOPPING);
    frame->is_held = true;
    if (frame->ops->stop && (was_body || (was_stopping && run->is_killed)))
        frame->ops->stop(run, frame, run->is_killed);
    if (!was_stopping || after == AFTER_CANCEL)
        stop_children(run, frame);
    frame->is_held = false;
    frame_check_stopped(run, frame);
}

/* The innermost frame that has begun; of several, the one that began first. */
static const struct frame *frame_under_way(const struct frame *frame)
{
    const struct frame *child = frame->first_child;

    while (child && child->state == FRAME_READY)
        child = child->next;
    return child ? frame_under_way(child) : frame;
}

/* What the time went into is what whoever reads of it wants to know. */
void frame_miss_deadline(struct run *run, struct frame *frame, const char *what)
{
    const struct frame *inner;

    if (frame_is_cleaning_up(frame) || frame->state == FRAME_AFTER)
        return;
    inner = frame_under_way(frame);
    failure_set(frame, FAIL_DEADLINE, "%s was not done by its deadline%s%s%s", what, inner->step ? ": `" : "",
        inner->step ? frame_path(run, inner) : "", inner->step ? "` was under way" : "");
    if (inner->step) {
        frame->failure.step = inner->step->id;
        failure_place(run, &frame->failure, inner);
    }
    frame_stop(run, frame, AFTER_FAIL);
}

/* `fail` and `succeed`: everything that holds the step ends as its runbook does. */
static void settle_verdict(struct run *run, struct frame *frame)
{
    if (run->verdict == RUN_FAILED && frame->failure.class_ == FAIL_NONE) {
        failure_set(frame, FAIL_ACTION, "%s", run->verdict_message);
        frame->failure.step = run->verdict_step;
    }
    frame_settle(run, frame);
}

void frame_check_stopped(struct run *run, struct frame *frame)
{
    if (frame->is_held || frame->first_child || frame->outstanding > 0)
        return;
    if (run->is_killed || frame->after_stop == AFTER_CANCEL) {
        failure_clear(&frame->failure);
        frame->is_cancelled = true;
        frame_settle(run, frame);
    } else if (frame->after_stop == AFTER_RUNBOOK_ENDS) {
        settle_verdict(run, frame);
    } else {
        frame_body_ended(run, frame);
    }
}

/* A failure that is being rescued keeps its class and its step, and is told in the author's words. */
static void end_called(
    struct run *run, struct frame *frame, enum run_status status, const struct frame *by, const char *message)
{
    struct failure had = frame->failure;

    frame->failure.path = NULL;
    failure_clear(&frame->failure);
    if (status == RUN_SUCCEEDED) {
        free(had.path);
        return;
    }
    failure_set(frame, had.class_ == FAIL_NONE ? FAIL_ACTION : had.class_, "%s", message);
    frame->failure.exit_code = had.exit_code;
    frame->failure.path = had.path;
    frame->failure.step = had.step;
    if (had.class_ != FAIL_NONE)
        return;
    frame->failure.step = by->step->id;
    failure_place(run, &frame->failure, by);
}

static void set_verdict(
    struct run *run, const struct frame *frame, enum run_status status, const char *message)
{
    run->verdict = status;
    free(run->verdict_message);
    run->verdict_message = mem_strdup(message);
    run->verdict_step = frame->step->id;
}

/* The runbook that the step stands in; NULL where it is cleaning up at or above the step. */
static struct frame *runbook_to_end(struct frame *frame)
{
    while (!frame_is_cleaning_up(frame)) {
        if (frame->layer == LAYER_DOCUMENT)
            return frame;
        frame = frame->parent;
    }
    return NULL;
}

bool frame_end_runbook(struct run *run, struct frame *frame, enum run_status status, const char *message)
{
    struct frame *runbook = runbook_to_end(frame->parent);

    if (!runbook)
        return false;
    if (runbook == run->root)
        set_verdict(run, frame, status, message);
    else
        for (struct frame *above = frame->parent; above != runbook->parent; above = above->parent)
            end_called(run, above, status, frame, message);
    run->ender = frame;
    frame_stop(run, runbook, AFTER_RUNBOOK_ENDS);
    run->ender = NULL;
    return true;
}
