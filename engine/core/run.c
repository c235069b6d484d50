/* run: a run's beginning and its end. */
#include "core/escalation_inside.h"
#include "core/notice.h"
#include "core/ops.h"

#include <string.h>

static const int64_t cancel_ms = 300000; /* cancel_timeout where none is given */
static const int64_t closing_ms = 30000; /* how long the run's end waits for messages that are being sent */

struct run *core_new(const struct book *book, struct script *script)
{
    struct run *run = mem_alloc(sizeof(*run));

    run->book = book;
    run->script = script;
    run->entries = book_entries_new(book);
    run->status = RUN_QUEUED;
    run->verdict = RUN_QUEUED;
    run->clock.type = NODE_RUN;
    run->signals = json_object();
    run->nothing = json_object();
    run->follows_clocks = book_follows_clocks(book);
    for (size_t i = 0; i < book->document_count; i++) {
        run->has_secrets |= book->documents[i]->secrets.len > 0;
        run->has_secret_params |= document_has_secret_params(book->documents[i]);
    }
    return run;
}

static void free_tree(struct run *run, struct frame *frame)
{
    while (frame->first_child) {
        struct frame *child = frame->first_child;

        frame_detach(child);
        free_tree(run, child);
    }
    frame->state = FRAME_ENDED; /* the run is given up, whatever the frame was doing */
    frame_free(run, frame);
}

void core_free(struct run *run)
{
    if (!run)
        return;
    if (run->root)
        free_tree(run, run->root);
    notice_free_all(run);
    free(run->gates);
    escalation_free_all(run);
    timer_forget_all(&run->clock);
    frame_pool_fini(run);
    shelf_unref(run->shelf);
    free(run->table);
    book_entries_free(run->entries, run->book->document_count);
    failure_clear(&run->failure);
    json_decref(run->nothing);
    json_decref(run->start);
    json_decref(run->outputs);
    json_decref(run->signals);
    for (size_t i = 0; i < TIMER_FACTS; i++)
        json_decref(run->timer_facts[i]);
    free(run->verdict_message);
    free(run->cancel_reason);
    free((char *)run->initiator.user);
    free(run);
}

void run_warn(struct run *run)
{
    run->warnings++;
}

/* --- the beginning --- */

static const struct step *step_named(const struct document *document, const char *id)
{
    return id ? document_find(document, id) : NULL;
}

static void read_start(struct run *run, const struct input *input)
{
    const char *nonce;

    run->start = json_incref(input->data);
    run->about = json_object_get(run->start, "run");
    run->event = json_object_get(run->start, "event");
    run->tags = json_object_get(run->start, "tags");
    run->skip_tags = json_object_get(run->start, "skip_tags");
    run->mocked = json_object_get(run->start, "mocked");
    run->is_rolling = json_is_true(json_object_get(run->start, "rollback"));
    run->is_stepping = json_is_true(json_object_get(run->start, "step"));
    run->from = step_named(run->book->documents[0], value_get_string(run->start, "from"));
    run->seed = (uint64_t)json_integer_value(json_object_get(run->start, "seed"));
    nonce = value_get_string(run->start, "nonce");
    run->nonce = nonce ? nonce : "";
    run->initiator.user = mem_strdup(input->by.user ? input->by.user : "");
}

/* One that cannot be worked out fails the run. */
static void arm_deadline(struct run *run, const struct amount *deadline)
{
    int64_t ms;

    if (deadline->given && scope_duration(run, run->root, deadline, 0, &ms) == 0)
        timer_set(run, &run->clock, TIMER_DEADLINE, ms);
}

static void check_group(struct run *run)
{
    struct group group;
    struct err err = {0};

    if (core_group(run->book, run->script, run->start, run->wall_us, &group, &err) < 0)
        failure_set(run->root, FAIL_EXPRESSION, "%s", err.text);
    free(group.name);
}

void run_begin(struct run *run, const struct input *input)
{
    const struct document *document = run->book->documents[0];
    struct shelf *shelf;
    struct event *event;

    read_start(run, input);
    event = turn_event(run, EVENT_RUN_STARTED, "");
    event->status = RUN_RUNNING;
    turn_by(run, event, &input->by);
    turn_data(run, event, json_incref(run->start));
    run->status = RUN_RUNNING;
    shelf = shelf_new_document(&run->entries[0], json_object_get(run->start, "params"));
    run->root = frame_new(run, NULL, LAYER_DOCUMENT, NULL, shelf);
    run->shelf = shelf;
    check_group(run);
    if (document->escalation)
        escalation_of_run(run, document->escalation);
    arm_deadline(run, &document->deadline);
}

/* --- being stopped --- */

/* It waited for its turn, and nothing of it was done. */
static void end_unbegun(struct run *run)
{
    run->final = RUN_CANCELLED;
    run->is_closing = true;
    run_check_finished(run);
}

void run_cancel(struct run *run, const struct input *input)
{
    struct event *event = turn_event(run, EVENT_RUN_CANCEL_REQUESTED, "");
    const struct amount *bound = &run->book->documents[0]->cancel_timeout;

    turn_by(run, event, &input->by);
    if (input->name && *input->name)
        turn_data(run, event, json_pack("{s:s}", "reason", input->name));
    run->is_cancelled = true;
    free(run->cancel_reason);
    run->cancel_reason = mem_strdup(input->name ? input->name : "");
    if (run->status == RUN_QUEUED)
        end_unbegun(run);
    if (!run->root)
        return;
    if (timer_due(&run->clock, TIMER_CANCEL) < 0)
        timer_set(run, &run->clock, TIMER_CANCEL, scope_root_duration(run, bound, cancel_ms));
    frame_stop(run, run->root, AFTER_CANCEL);
}

void run_kill(struct run *run, const char *reason)
{
    run->is_killed = run->is_cancelled = true;
    free(run->cancel_reason);
    run->cancel_reason = mem_strdup(reason && *reason ? reason : "killed");
    timer_clear(run, &run->clock, TIMER_CANCEL);
    notice_stop_all(run, true);
    if (run->root)
        frame_stop(run, run->root, AFTER_CANCEL);
    else if (run->status == RUN_QUEUED)
        end_unbegun(run);
    else
        run_check_finished(run);
}

static void deadline_missed(struct run *run)
{
    turn_event(run, EVENT_DEADLINE_MISSED, "");
    if (run->root)
        frame_miss_deadline(run, run->root, "the run");
}

static void cancel_timed_out(struct run *run)
{
    char *reason autofree =
        mem_printf("%s%scancelling took too long", run->cancel_reason, *run->cancel_reason ? "; " : "");

    run_kill(run, reason);
}

void run_on_timer(struct run *run, int purpose)
{
    if (purpose == TIMER_DEADLINE)
        deadline_missed(run);
    else if (purpose == TIMER_CANCEL)
        cancel_timed_out(run);
    else
        notice_stop_all(run, false);
}

/* --- the end --- */

static enum run_status final_status(const struct run *run, const struct frame *root)
{
    if (root->result->status == STEP_CANCELLED || (run->is_cancelled && root->is_cancelled))
        return RUN_CANCELLED;
    return root->failure.class_ == FAIL_NONE ? RUN_SUCCEEDED : RUN_FAILED;
}

/* The frame is freed by its own frame_end. */
void run_root_ended(struct run *run)
{
    struct frame *root = run->root;

    run->final = final_status(run, root);
    run->failure = root->failure;
    run->failure.message = root->failure.message ? mem_strdup(root->failure.message) : NULL;
    run->failure.path = NULL;
    run->outputs = json_incref(root->result->outputs);
    run->is_rescued = root->is_rescued && run->final == RUN_SUCCEEDED;
    run->root = NULL;
    run->is_closing = true;
    escalation_close_all(run, run->final == RUN_SUCCEEDED);
    timer_clear_all(run, &run->clock);
    notice_flush(run);
    if (run->notices && !run->is_killed)
        timer_set(run, &run->clock, TIMER_CLOSING, closing_ms);
    run_check_finished(run);
}

static const char *final_message(const struct run *run)
{
    if (run->final == RUN_CANCELLED)
        return run->cancel_reason;
    if (run->verdict_message && run->verdict == run->final)
        return run->verdict_message;
    return run->failure.message;
}

void run_check_finished(struct run *run)
{
    const char *message;
    struct event *event;
    json_t *data;

    if (!run->is_closing || run->notices || core_is_finished(run))
        return;
    timer_clear_all(run, &run->clock);
    run->status = run->final;
    data = json_pack("{s:I}", "warnings", (json_int_t)run->warnings);
    message = final_message(run);
    if (message && *message)
        json_object_set_new(data, "message", json_string(message));
    if (run->failure.step && *run->failure.step && run->final == RUN_FAILED)
        json_object_set_new(data, "step", json_string(run->failure.step));
    if (run->is_rescued)
        json_object_set_new(data, "rescued", json_true());
    if (run->outputs)
        json_object_set(data, "outputs", run->outputs);
    event = turn_event(run, EVENT_RUN_FINISHED, "");
    event->status = (int)run->status;
    event->class_ = run->final == RUN_FAILED ? run->failure.class_ : FAIL_NONE;
    turn_data(run, event, data);
    turn_effect(run, EFFECT_FINISHED, &run->clock);
}

/* --- asking --- */

bool core_is_finished(const struct run *run)
{
    return run->status == RUN_SUCCEEDED || run->status == RUN_FAILED || run->status == RUN_CANCELLED;
}

enum run_status core_status(const struct run *run)
{
    if (run->status == RUN_RUNNING && run->effects_open == 0 && !run->ready_first)
        return RUN_WAITING;
    return run->status;
}

size_t core_warnings(const struct run *run)
{
    return run->warnings;
}

json_t *core_outputs(const struct run *run)
{
    return run->outputs;
}
