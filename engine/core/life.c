/* life: a frame from ready to ended. Nothing here begins another frame's work: what becomes possible is put
 * into the ready queue, so the depth of a call is bounded by the depth of the runbook. */
#include "core/brief.h"
#include "core/escalation.h"
#include "core/hook.h"
#include "core/judge.h"
#include "core/notice.h"
#include "core/ops.h"
#include "core/select.h"
#include "core/undo.h"

#include "base/duration.h"

#include <string.h>

enum { EXPRESSION_SHOWN = 200 };

/* --- beginning --- */

static const struct ops *choose_ops(struct run *run, const struct frame *frame)
{
    const struct step *step = frame->step;

    if (frame->layer == LAYER_DOCUMENT)
        return &document_ops;
    if (frame->layer == LAYER_STEP && step->foreach)
        return &foreach_ops;
    if (frame->layer != LAYER_ITERATION && step->while_)
        return &while_ops;
    return step->kind->class_ == KIND_EFFECT || call_is_mocked(run, frame) ? &leaf_ops : step->kind->ops;
}

static void skip(struct run *run, struct frame *frame, const char *reason)
{
    failure_clear(&frame->failure);
    frame->is_skipped = true;
    frame->skip_reason = reason;
    frame_end(run, frame);
}

static void missed(struct run *run, struct frame *frame);

/* `deadline` counts from the start of the run. */
static void arm_deadline(struct run *run, struct frame *frame)
{
    int64_t ms;

    if (frame->layer != LAYER_STEP || !frame->step->deadline.given)
        return;
    if (scope_duration(run, frame, &frame->step->deadline, 0, &ms) < 0)
        return;
    if (ms * 1000 <= run->mono_us)
        missed(run, frame);
    else
        timer_set_at(run, &frame->node, TIMER_DEADLINE, ms * 1000);
}

static void begin(struct run *run, struct frame *frame)
{
    const char *reason;

    if (frame->layer != LAYER_DOCUMENT && frame->layer != LAYER_ITEM)
        result_clear(frame->result);
    frame->ops = choose_ops(run, frame);
    reason = skip_reason(run, frame);
    if (reason) {
        skip(run, frame, reason);
        return;
    }
    if (frame->failure.class_ == FAIL_NONE)
        arm_deadline(run, frame);
    if (frame->failure.class_ != FAIL_NONE)
        frame_end(run, frame);
    else if (!hook_before(run, frame))
        frame_attempt(run, frame);
}

/* `timeout` bounds one attempt; with `until`, all of them; with `while`, all passes; with `foreach`, each
 * element. */
static int arm_timeout(struct run *run, struct frame *frame)
{
    const struct step *step = frame->step;
    int64_t ms;

    if (!step || !step->timeout.given || frame->ops == &foreach_ops ||
        (frame->layer == LAYER_ITERATION && step->while_) || (step->until && frame->attempt > 1))
        return 0;
    if (scope_duration(run, frame, &step->timeout, 0, &ms) < 0)
        return -1;
    timer_set(run, &frame->node, TIMER_ATTEMPT, ms);
    return 0;
}

void frame_attempt(struct run *run, struct frame *frame)
{
    struct result *result = frame->result;

    frame_move(frame, FRAME_BODY);
    frame->attempt++;
    failure_clear(&frame->failure);
    if (!frame->has_begun) {
        frame->has_begun = true;
        frame->started_mono_us = run->mono_us;
        result->started_us = run->wall_us;
    }
    if (frame->attempt == 1 || !frame->step->until)
        frame->attempt_mono_us = run->mono_us;
    result->attempts = frame->attempt;
    if (!frame->ops->is_pure && !frame->ops->is_leaf && frame->layer != LAYER_DOCUMENT)
        turn_step_started(run, frame, NULL);
    if (arm_timeout(run, frame) < 0)
        frame_body_ended(run, frame);
    else
        frame->ops->begin(run, frame);
}

int frame_attempt_anew(struct run *run, struct frame *frame)
{
    frame->started_mono_us = frame->attempt_mono_us = run->mono_us;
    frame->result->started_us = run->wall_us;
    return arm_timeout(run, frame);
}

void frame_leave_out(struct run *run, struct frame *frame, const char *reason)
{
    frame->has_begun = false;
    skip(run, frame, reason);
}

void frame_run(struct run *run, struct frame *frame)
{
    if (frame->state == FRAME_READY)
        begin(run, frame);
    else if (frame->state == FRAME_BODY)
        frame->ops->advance(run, frame);
    else if (frame->state == FRAME_RESCUE || frame->state == FRAME_UNDO || frame->state == FRAME_ALWAYS)
        list_advance(run, frame);
}

/* --- the sections after the body --- */

/* Only the frame that carries out the kind has them: not the loop around it. */
static bool has_sections(const struct frame *frame)
{
    return !frame->ops->loop;
}

static const struct block *rescue_of(const struct frame *frame)
{
    if (!has_sections(frame))
        return NULL;
    return frame->step ? frame->step->rescue : frame->document->rescue;
}

static const struct block *always_of(const struct frame *frame)
{
    if (!has_sections(frame))
        return NULL;
    return frame->step ? frame->step->always : frame->document->always;
}

static void go_always(struct run *run, struct frame *frame)
{
    const struct block *always = always_of(frame);

    if (!always || !frame->has_begun || frame->is_tidied) {
        frame_end(run, frame);
        return;
    }
    frame->is_tidied = true;
    frame_move(frame, FRAME_ALWAYS);
    list_begin(run, frame, always, frame->shelf);
}

void frame_settle(struct run *run, struct frame *frame)
{
    if (run->is_killed)
        frame_end(run, frame);
    else if (frame->failure.class_ != FAIL_NONE)
        frame_unwind(run, frame);
    else
        go_always(run, frame);
}

void frame_unwind(struct run *run, struct frame *frame)
{
    if (!frame->undos) {
        go_always(run, frame);
        return;
    }
    frame_move(frame, FRAME_UNDO);
    undo_next(run, frame);
}

/* What the run came to is history now: only what undoing comes to counts. */
void rollback_run(struct run *run)
{
    struct frame *root = run->root;

    run->is_unwinding = true;
    run->is_cancelled = run->is_killed = root->is_cancelled = root->is_rescued = false;
    run->verdict = RUN_QUEUED;
    run->warnings = 0;
    root->is_tidied = true;
    failure_clear(&root->failure);
    json_decref(root->result->outputs);
    root->result->outputs = NULL;
    escalation_free_all(run);
    notice_free_all(run);
    timer_forget_all(&run->clock);
    timer_forget_all(&root->node);
    frame_unwind(run, root);
}

static void show_failed(struct run *run, struct frame *frame)
{
    struct failure *failure = &frame->failure;

    if (!failure->path)
        failure_place(run, failure, frame);
    json_decref(frame->own_failed);
    frame->own_failed =
        json_pack("{s:s, s:s, s:s, s:s}", "step", failure->step ? failure->step : "", "path", failure->path,
            "class", fail_class_name(failure->class_), "message", failure->message ? failure->message : "");
    if (failure->exit_code >= 0)
        json_object_set_new(frame->own_failed, "exit_code", json_integer(failure->exit_code));
}

static void fail(struct run *run, struct frame *frame)
{
    const struct block *rescue = rescue_of(frame);

    if (rescue && !frame->is_rescued) {
        show_failed(run, frame);
        frame->is_rescued = true;
        frame_move(frame, FRAME_RESCUE);
        list_begin(run, frame, rescue, frame->shelf);
    } else {
        frame_unwind(run, frame);
    }
}

static void repeat(struct run *run, struct frame *frame, const struct ruling *ruling)
{
    int64_t due_us = run->mono_us + ruling->delay_ms * 1000;

    turn_step_retrying(run, frame, due_us, ruling->why);
    frame_move(frame, FRAME_DELAY);
    timer_set_at(run, &frame->node, TIMER_REPEAT, due_us);
}

void frame_body_ended(struct run *run, struct frame *frame)
{
    struct ruling ruling = judge(run, frame);
    bool goes_on = ruling.type == RULING_REPEAT;

    /* With `until` it bounds the attempts to come as well. */
    if (!goes_on || !frame->step->until)
        timer_clear(run, &frame->node, TIMER_ATTEMPT);
    if (goes_on)
        repeat(run, frame, &ruling);
    else if (ruling.type == RULING_SKIP)
        skip(run, frame, ruling.why);
    else if (ruling.type == RULING_FAIL)
        fail(run, frame);
    else
        go_always(run, frame);
}

static void rescue_ended(struct run *run, struct frame *frame, const struct failure *failure)
{
    failure_clear(&frame->failure);
    if (failure) {
        failure_copy(frame, failure);
        frame_unwind(run, frame);
    } else {
        go_always(run, frame);
    }
}

/* What cannot be undone is recorded; the rest is undone all the same. */
static void undo_ended(struct run *run, struct frame *frame, const struct failure *failure)
{
    if (failure)
        run_warn(run);
    if (failure && !frame->parent && run->is_unwinding && frame->failure.class_ == FAIL_NONE)
        failure_copy(frame, failure);
    if (!undo_next(run, frame))
        go_always(run, frame);
}

/* Where it is what fails the frame, what the frame did is undone after it. */
static void always_ended(struct run *run, struct frame *frame, const struct failure *failure)
{
    bool is_failing = failure && frame->failure.class_ == FAIL_NONE;

    if (is_failing)
        failure_copy(frame, failure);
    if (is_failing && !frame->is_cancelled && !run->is_killed)
        frame_unwind(run, frame);
    else
        frame_end(run, frame);
}

void frame_section_ended(struct run *run, struct frame *frame, const struct failure *failure)
{
    if (frame->state == FRAME_RESCUE) {
        rescue_ended(run, frame, failure);
    } else if (frame->state == FRAME_UNDO) {
        undo_ended(run, frame, failure);
    } else if (frame->state == FRAME_ALWAYS) {
        always_ended(run, frame, failure);
    } else {
        if (failure)
            failure_copy(frame, failure);
        frame_body_ended(run, frame);
    }
}

void frame_child_ended(struct run *run, struct frame *frame, struct frame *child)
{
    if (child->failure.class_ != FAIL_NONE && !child->failure.path)
        failure_place(run, &child->failure, child);
    if (frame->ops->collect)
        frame->ops->collect(frame, child);
    if (child->layer == LAYER_HOOK)
        hook_ended(run, frame, child);
    else if (frame->state == FRAME_STOPPING)
        frame_check_stopped(run, frame);
    else if (frame->state == FRAME_BODY)
        frame->ops->child_ended(run, frame, child);
    else
        list_child_ended(run, frame, child);
}

/* --- the end --- */

static enum step_status status_of(const struct frame *frame)
{
    if (frame->failure.class_ != FAIL_NONE)
        return STEP_FAILED;
    if (frame->is_cancelled)
        return STEP_CANCELLED;
    return frame->is_skipped ? STEP_SKIPPED : STEP_SUCCEEDED;
}

static void fill_result(struct run *run, struct frame *frame)
{
    struct result *result = frame->result;
    const struct failure *failure = &frame->failure;

    if (frame->ops && frame->ops->conclude)
        frame->ops->conclude(frame);
    result->status = status_of(frame);
    result->class_ = result->status == STEP_CANCELLED ? FAIL_CANCELLED : failure->class_;
    result->finished_us = run->wall_us;
    if (failure->exit_code >= 0)
        result->exit_code = failure->exit_code;
    if (failure->message) {
        free((char *)result->message);
        result->message = mem_strdup(failure->message);
    }
}

/* A loop tolerates its failure as a whole, not each element's. A hook that fails is no reason for the run to
 * fail, unless it was to say whether a step may begin. */
static bool is_tolerated(const struct frame *frame)
{
    if (frame->result->status != STEP_FAILED)
        return false;
    if (frame->layer == LAYER_HOOK)
        return frame->step->hook != HOOK_BEFORE_STEP;
    return frame->layer == LAYER_STEP && frame->step->continue_on_error;
}

void frame_end(struct run *run, struct frame *frame)
{
    if (!frame->parent && run->is_rolling && !run->is_unwinding) {
        run->is_held = true;
        return;
    }
    fill_result(run, frame);
    frame->is_tolerated = is_tolerated(frame);
    if (frame->is_tolerated)
        run_warn(run);
    if (frame->is_skipped && !frame->has_begun)
        turn_step_skipped(run, frame, frame->skip_reason);
    else
        turn_step_finished(run, frame);
    timer_clear_all(run, &frame->node);
    if (frame->document->hooks && frame->failure.class_ != FAIL_NONE)
        show_failed(run, frame);
    if (!hook_after(run, frame))
        frame_depart(run, frame);
}

void frame_depart(struct run *run, struct frame *frame)
{
    frame_move(frame, FRAME_ENDED);
    undo_settle(run, frame);
    frame_detach(frame);
    if (frame->parent)
        frame_child_ended(run, frame->parent, frame);
    else
        run_root_ended(run);
    frame_free(run, frame);
}

/* --- timers --- */

static const char *const on_deadlines[] = {"notify", "fail", "continue"};

static void missed(struct run *run, struct frame *frame)
{
    struct event *event = turn_event(run, EVENT_DEADLINE_MISSED, frame_path(run, frame));
    int on_deadline = frame->step->on_deadline;

    turn_data(run, event, json_pack("{s:s}", "on_deadline", on_deadlines[on_deadline]));
    if (on_deadline == ON_DEADLINE_NOTIFY)
        escalation_hurry(run);
    if (on_deadline != ON_DEADLINE_FAIL || frame_is_cleaning_up(frame))
        return;
    failure_set(frame, FAIL_DEADLINE, "not done by its deadline");
    if (frame->state != FRAME_READY)
        frame_stop(run, frame, AFTER_FAIL);
}

/* What was waited for, and how it stood. */
static void until_timed_out(struct frame *frame, const char *after)
{
    struct text expected autotext = {0};
    const char *until = frame->step->until->text, *more = "";
    int looks = frame->attempt;

    brief_line(&expected, until, strlen(until), EXPRESSION_SHOWN);
    if (frame->state == FRAME_BODY) {
        looks--;
        more = "; another look was under way";
    }
    if (looks == 0 || !frame->look)
        failure_set(frame, FAIL_TIMEOUT, "timed out after %s: the first look for `%s` had not ended", after,
            text_str(&expected));
    else
        failure_set(frame, FAIL_TIMEOUT, "timed out after %s: `%s` was not true in %d %s; the last one: %s%s",
            after, text_str(&expected), looks, looks == 1 ? "look" : "looks", frame->look, more);
}

static void timed_out(struct run *run, struct frame *frame)
{
    char text[DURATION_TEXT_SIZE];
    int64_t us = run->mono_us - frame->attempt_mono_us;

    duration_exact(us / 1000, text);
    if (frame->step->until && frame->layer != LAYER_ITERATION && !frame->ops->loop)
        until_timed_out(frame, text);
    else
        failure_set(frame, FAIL_TIMEOUT, "timed out after %s", text);
    frame_stop(run, frame, AFTER_FAIL);
}

void frame_on_timer(struct run *run, struct frame *frame, int purpose)
{
    if (purpose == TIMER_ATTEMPT)
        timed_out(run, frame);
    else if (purpose == TIMER_REPEAT)
        frame_attempt(run, frame);
    else if (purpose == TIMER_DEADLINE)
        missed(run, frame);
    else
        frame->ops->timer(run, frame, purpose);
}
