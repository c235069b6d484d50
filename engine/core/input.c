/* input: the facts that come in. Each is checked against the state first (nothing has changed when it does
 * not fit), then written down as the turn's cause, then followed. */
#include "core/asked.h"
#include "core/calls.h"
#include "core/escalation.h"
#include "core/notice.h"
#include "core/ops.h"

#include "base/duration.h"

#include <assert.h>
#include <string.h>

static struct node *find_node(struct run *run, const struct input *input)
{
    if (input->frame)
        return node_find(run, input->frame);
    return input->path ? node_find_path(run, input->path) : NULL;
}

static int no_such(struct err *err, const struct input *input)
{
    if (input->path)
        return err_set(err, ERR_NOT_FOUND, "there is nothing at '%s' now", input->path);
    return err_set(err, ERR_NOT_FOUND, "there is no frame %u", input->frame);
}

/* What stays open when a run fails is closed by a person, whenever that is; and afterwards one knows more. */
static int check_running(const struct run *run, enum input_type type, struct err *err)
{
    if (run->status == RUN_QUEUED && type != INPUT_CANCEL && type != INPUT_KILL)
        return err_set(err, ERR_USAGE, "the run has not started");
    if (core_is_finished(run) && type != INPUT_RESOLVE && type != INPUT_NOTE && type != INPUT_CONTINUED)
        return err_set(err, ERR_USAGE, "the run has ended");
    return 0;
}

static int on_start(struct run *run, const struct input *input, struct err *err)
{
    if (run->status != RUN_QUEUED)
        return err_set(err, ERR_USAGE, "the run has started already");
    run_begin(run, input);
    return 0;
}

static int on_result(struct run *run, const struct input *input, struct err *err)
{
    struct node *node = find_node(run, input);
    struct frame *frame = (struct frame *)node;

    if (!node || !input->outcome)
        return no_such(err, input);
    if (node->type == NODE_NOTICE) {
        notice_answered(run, (struct notice *)node, input->outcome);
        return 0;
    }
    if (node->type != NODE_FRAME || frame->ops != &leaf_ops || !frame->outstanding)
        return err_set(err, ERR_USAGE, "nothing is under way there");
    if (input->outcome->class_ == FAIL_LOST)
        leaf_lost(run, frame, input->outcome->message ? input->outcome->message : "lost", false);
    else
        leaf_answered(run, frame, input->outcome);
    return 0;
}

/* The frame whose attempt is under way there, or NULL. */
static struct frame *find_leaf(struct run *run, const struct input *input)
{
    struct node *node = find_node(run, input);
    struct frame *frame = (struct frame *)node;

    return node && node->type == NODE_FRAME && frame->ops == &leaf_ops && frame->outstanding ? frame : NULL;
}

static int on_call(struct run *run, const struct input *input, struct err *err)
{
    struct frame *frame = find_leaf(run, input);

    return frame ? calls_ask(run, frame, input, err) : no_such(err, input);
}

static int on_return(struct run *run, const struct input *input, struct err *err)
{
    struct frame *frame = find_leaf(run, input);

    return frame ? calls_return(run, frame, input, err) : no_such(err, input);
}

/* A notification that was lost is sent again: to it, it is an answer like others. */
static int on_lost(struct run *run, const struct input *input, struct err *err)
{
    struct node *node = find_node(run, input);
    struct frame *frame = find_leaf(run, input);
    const char *message = input->name ? input->name : "";

    if (frame) {
        leaf_lost(run, frame, message, json_is_true(json_object_get(input->data, "read")));
        return 0;
    }
    if (!node || node->type != NODE_NOTICE || !notice_is_awaited((struct notice *)node))
        return no_such(err, input);
    notice_answered(run, (struct notice *)node,
        &(struct outcome){.class_ = FAIL_LOST, .exit_code = -1, .message = (char *)message});
    return 0;
}

static int on_resumed(struct run *run, const struct input *input, struct err *err)
{
    struct event *event = turn_event(run, EVENT_RUN_RESUMED, "");

    (void)err;
    event->status = RUN_RUNNING;
    turn_by(run, event, &input->by);
    turn_data(run, event, json_incref(input->data));
    return 0;
}

static int on_forked(struct run *run, const struct input *input, struct err *err)
{
    struct event *event = turn_event(run, EVENT_RUN_FORKED, "");

    (void)err;
    event->status = RUN_RUNNING;
    turn_by(run, event, &input->by);
    turn_data(run, event, json_incref(input->data));
    if (!run->is_held) /* it was taken over, too */
        return 0;
    if (run->is_at_hold)
        run->hold = NULL;
    run->is_held = run->is_at_hold = false;
    if (run->is_rolling && !run->is_unwinding)
        rollback_run(run);
    return 0;
}

static int on_continued(struct run *run, const struct input *input, struct err *err)
{
    struct event *event;

    if (!core_is_finished(run))
        return err_set(err, ERR_USAGE, "the run has not ended");
    event = turn_event(run, EVENT_RUN_CONTINUED, "");
    turn_by(run, event, &input->by);
    turn_data(run, event, json_incref(input->data));
    return 0;
}

static void tell_fired(struct run *run, struct node *node, const struct timer *timer)
{
    struct event *event = turn_event(run, EVENT_TIMER_FIRED, node_path(run, node));

    event->due_us = timer->due_us;
    turn_data(run, event, timer_fact(run, timer->purpose));
}

/* Below this a busy machine is all there is to it. */
static const int64_t late_us = 1000000;

static void tell_late(struct run *run, struct node *node, enum timer_purpose purpose, int64_t due_us)
{
    struct event *event = turn_event(run, EVENT_TIMER_LATE, node_path(run, node));
    char text[DURATION_TEXT_SIZE];
    int64_t ms = (run->mono_us - due_us) / 1000;

    event->due_us = due_us;
    turn_data(run, event,
        json_pack("{s:s, s:s, s:f}", "timer", timer_purpose_name(purpose), "message",
            duration_short(ms, text), "seconds", (double)ms / 1e3));
}

static int on_timer(struct run *run, const struct input *input, struct err *err)
{
    struct node *node = find_node(run, input);
    struct timer *timer = node ? timer_find(node, input->timer, input->name ? input->name : "") : NULL;
    enum timer_purpose purpose;
    int64_t due_us;

    if (!timer)
        return err_set(err, ERR_NOT_FOUND, "there is no such timer now");
    due_us = timer->due_us;
    tell_fired(run, node, timer);
    purpose = timer_take(node, timer);
    if (run->mono_us - due_us >= late_us)
        tell_late(run, node, purpose, due_us);
    if (node->type == NODE_RUN)
        run_on_timer(run, purpose);
    else if (node->type == NODE_ESCALATION)
        escalation_on_timer(run, (struct escalating *)node, purpose, due_us);
    else if (node->type == NODE_NOTICE)
        notice_on_timer(run, (struct notice *)node, purpose);
    else
        frame_on_timer(run, (struct frame *)node, purpose);
    return 0;
}

static int check_person(const struct input *input, struct err *err)
{
    if (!input->by.user || !*input->by.user)
        return err_set(err, ERR_DENIED, "it must be known who says so");
    return 0;
}

/* A person may name the question by its frame's path, or by the step's id alone where that is clear. */
static int find_question(
    struct run *run, const struct input *input, struct frame **ret_frame, struct err *err)
{
    struct node *node = find_node(run, input);
    struct frame *frame = (struct frame *)node;

    *ret_frame = frame;
    if (node && node->type == NODE_FRAME && ask_is_open(frame))
        return 0;
    return asked_find(run, input->path ? input->path : "", ret_frame, err);
}

static int on_answer(struct run *run, const struct input *input, struct err *err)
{
    struct frame *frame;
    int rc = check_person(input, err);

    if (rc == 0)
        rc = find_question(run, input, &frame, err);
    if (rc)
        return rc;
    rc = ask_check(run, frame, input, err);
    if (rc < 0)
        return rc;
    ask_answer(run, frame, input);
    return 0;
}

/* Which escalations a person means. */
static int check_meant(struct run *run, const struct input *input, const char **ret_name, struct err *err)
{
    const char *name = input->name ? input->name : "";
    int rc = check_person(input, err);

    *ret_name = name;
    if (rc < 0 || escalation_is_open(run, name))
        return rc;
    return *name ? err_set(err, ERR_USAGE, "no escalation %s is open", name)
                 : err_set(err, ERR_USAGE, "no escalation is open");
}

static int on_ack(struct run *run, const struct input *input, struct err *err)
{
    const char *name;
    int rc = check_meant(run, input, &name, err);

    if (rc == 0)
        escalation_acknowledge(run, name, "", &(struct said){input->by, input->data});
    return rc;
}

static int on_resolve(struct run *run, const struct input *input, struct err *err)
{
    const char *name;
    int rc = check_meant(run, input, &name, err);

    if (rc == 0)
        escalation_resolve(run, name, "", &(struct said){input->by, input->data});
    return rc;
}

static int on_press(struct run *run, const struct input *input, struct err *err)
{
    const char *name;
    int rc = check_meant(run, input, &name, err);

    if (rc < 0)
        return rc;
    if (!escalation_has_next(run, name))
        return err_set(
            err, ERR_USAGE, "there is no next level: everybody has been paged; acknowledge or resolve it");
    escalation_press(run, name, &(struct said){input->by, input->data});
    return 0;
}

static int on_snooze(struct run *run, const struct input *input, struct err *err)
{
    const char *name, *text = value_get_string(input->data, "for");
    int64_t ms;
    int rc = check_meant(run, input, &name, err);

    if (rc < 0)
        return rc;
    if (!text || duration_parse(text, &ms, err) < 0)
        return text ? ERR_USAGE : err_set(err, ERR_USAGE, "it must be said for how long, such as 2h");
    if (ms <= 0)
        return err_set(err, ERR_USAGE, "it cannot be put off for no time at all");
    escalation_snooze(run, name, ms, &(struct said){input->by, input->data});
    return 0;
}

static int on_signal(struct run *run, const struct input *input, struct err *err)
{
    struct event *event;

    if (!input->name || !*input->name)
        return err_set(err, ERR_USAGE, "a signal needs a name");
    event = turn_event(run, EVENT_SIGNAL_RECEIVED, "");
    turn_by(run, event, &input->by);
    turn_data(run, event, json_pack("{s:s, s:O*}", "name", input->name, "data", input->data));
    wait_signal(run, input->name, input->data);
    return 0;
}

static int on_note(struct run *run, const struct input *input, struct err *err)
{
    json_t *corrected = input->data ? json_object_get(input->data, "event") : NULL;
    struct event *event;
    int rc = check_person(input, err);

    if (rc < 0)
        return rc;
    if (!input->name || !*input->name)
        return err_set(err, ERR_USAGE, "a note needs a text");
    event = turn_event(run, corrected ? EVENT_CORRECTION_ADDED : EVENT_NOTE_ADDED,
        arena_strdup(&run->turn->arena, input->path ? input->path : ""));
    turn_by(run, event, &input->by);
    turn_data(run, event, json_pack("{s:s, s:O*}", "text", input->name, "event", corrected));
    return 0;
}

static int on_cancel(struct run *run, const struct input *input, struct err *err)
{
    if (run->is_cancelled)
        return err_set(err, ERR_USAGE, "the run is being cancelled already");
    run_cancel(run, input);
    return 0;
}

static int on_kill(struct run *run, const struct input *input, struct err *err)
{
    struct event *event;

    if (run->is_killed)
        return err_set(err, ERR_USAGE, "the run is being killed already");
    event = turn_event(run, EVENT_RUN_KILL_REQUESTED, "");
    turn_by(run, event, &input->by);
    if (input->name && *input->name)
        turn_data(run, event, json_pack("{s:s}", "reason", input->name));
    run_kill(run, input->name);
    return 0;
}

static int (*const handlers[])(struct run *, const struct input *, struct err *) = {
    [INPUT_START] = on_start,
    [INPUT_RESULT] = on_result,
    [INPUT_TIMER] = on_timer,
    [INPUT_ANSWER] = on_answer,
    [INPUT_ACK] = on_ack,
    [INPUT_RESOLVE] = on_resolve,
    [INPUT_PRESS] = on_press,
    [INPUT_SNOOZE] = on_snooze,
    [INPUT_SIGNAL] = on_signal,
    [INPUT_NOTE] = on_note,
    [INPUT_CANCEL] = on_cancel,
    [INPUT_KILL] = on_kill,
    [INPUT_RESUMED] = on_resumed,
    [INPUT_FORKED] = on_forked,
    [INPUT_CONTINUED] = on_continued,
    [INPUT_LOST] = on_lost,
    [INPUT_CALL] = on_call,
    [INPUT_RETURN] = on_return,
};

void core_hold(struct run *run, const char *path)
{
    run->hold = path;
}

bool core_is_held(const struct run *run)
{
    return run->is_held;
}

bool core_is_at_hold(const struct run *run)
{
    return run->is_at_hold;
}

void core_stop_at(struct run *run, uint64_t moves)
{
    run->stop_at = moves;
}

static bool has_stopped(const struct run *run)
{
    return run->stop_at && run->moves >= run->stop_at;
}

bool core_may_go_on(const struct run *run)
{
    return run->ready_first && !run->is_held && !has_stopped(run);
}

static bool is_next(struct run *run, const char *path)
{
    const struct frame *next = run->ready_first;

    while (next && next->state == FRAME_FREE)
        next = next->ready_next;
    return next && next->state == FRAME_READY && next->parent && strcmp(frame_path(run, next), path) == 0;
}

static bool is_held_here(struct run *run)
{
    if (run->hold && !run->is_held)
        run->is_held = run->is_at_hold = is_next(run, run->hold);
    return (run->is_held && run->hold) || has_stopped(run);
}

static void pump(struct run *run)
{
    struct frame *frame;
    int moves = 0;

    while (moves++ < MOVES_PER_TURN && !is_held_here(run) && (frame = frame_pop_ready(run))) {
        run->moves++;
        frame_run(run, frame);
    }
    run->turn->more = run->ready_first != NULL;
}

/* An input that came between two pumps says where, so that it can be put there again. */
static void mark_moves(struct event *cause, uint64_t moves)
{
    json_t *data = cause->data ? json_copy(cause->data) : json_object();

    json_object_set_new(data, "moves", json_integer((json_int_t)moves));
    json_decref(cause->data);
    cause->data = data;
}

uint64_t core_moves(const struct run *run)
{
    return run->moves;
}

int core_apply(struct run *run, const struct input *input, struct turn *turn, struct err *err)
{
    int64_t wall_us = run->wall_us, mono_us = run->mono_us;
    bool is_between = run->ready_first != NULL;
    int rc = input->type == INPUT_START ? 0 : check_running(run, input->type, err);

    turn_clear(turn);
    if (rc < 0)
        return rc;
    run->turn = turn;
    run->wall_us = input->wall_us;
    run->mono_us = input->mono_us;
    run->is_cause_due = true;
    rc = handlers[input->type](run, input, err);
    if (rc < 0) {
        run->wall_us = wall_us;
        run->mono_us = mono_us;
        assert(turn->event_count == 0 && turn->effect_count == 0);
        run->turn = NULL;
        return rc;
    }
    if (is_between)
        mark_moves(&turn->events[0], run->moves);
    pump(run);
    run->turn = NULL;
    return 0;
}

void core_pump(struct run *run, struct turn *turn)
{
    turn_clear(turn);
    run->turn = turn;
    run->is_cause_due = false;
    pump(run);
    run->turn = NULL;
}
