#include "cli/carry.h"
#include "base/mem.h"
#include "cli/detach.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { LOOK_US = 1000000, SOON_US = 50000, PATIENCE_LOOKS = 10 };

static void say(const struct carry *carry, const char *line)
{
    if (carry->view.say)
        carry->view.say(carry->view.watcher.context, line);
}

/* A cancel takes effect when the journal has it. If that does not come to be, and nobody presses Ctrl-C again
 * because the terminal is gone, the run is parked. */
static void on_patience(void *context)
{
    struct carry *carry = context;

    carry->patience = NULL;
    carry->looks = journal_trouble(carry->journal, NULL) < 0 ? carry->looks + 1 : 0;
    if (carry->looks < PATIENCE_LOOKS) {
        carry->patience =
            loop_timer_start(carry->loop, loop_now_us(carry->loop) + LOOK_US, on_patience, carry);
        return;
    }
    say(carry, "the journal cannot take the cancel in: parking the run");
    live_park(carry->live);
}

static void cancel(struct carry *carry, const char *reason)
{
    struct input input = {.type = INPUT_CANCEL, .path = "", .name = reason, .by = carry->me};

    if (journal_trouble(carry->journal, NULL) < 0)
        say(carry, "the cancel waits for the journal; unless that is over within 10s, the run is parked");
    live_say(carry->live, &input, NULL);
    if (!carry->patience)
        carry->patience =
            loop_timer_start(carry->loop, loop_now_us(carry->loop) + LOOK_US, on_patience, carry);
}

/* Ctrl-C, TERM, HUP: first cancel, then park. */
static void interrupt(void *context)
{
    struct carry *carry = context;

    carry->interrupts++;
    if (carry->interrupts == 1) {
        say(carry, "cancelling; press Ctrl-C again to park the run at once");
        cancel(carry, "interrupted");
    } else if (carry->interrupts == 2) {
        live_park(carry->live);
    }
}

static void on_signal(void *context, int signum)
{
    (void)signum;
    interrupt(context);
}

static void on_timeout(void *context)
{
    struct carry *carry = context;

    carry->timeout = NULL;
    say(carry, "the time given with --timeout is over: cancelling");
    cancel(carry, "timeout");
}

static void on_event(void *context, const struct event *event)
{
    struct carry *carry = context;
    const struct live_watcher *to = &carry->view.watcher;

    carry->is_killed = carry->is_killed || event->type == EVENT_RUN_KILL_REQUESTED;
    if (event->type == EVENT_RUN_FINISHED)
        carry->is_denied = event->class_ == FAIL_DENIED;
    if (to->on_event)
        to->on_event(to->context, event);
}

static void on_output(void *context, const char *path, int stream, const char *bytes, size_t len)
{
    const struct live_watcher *to = &((struct carry *)context)->view.watcher;

    if (to->on_output)
        to->on_output(to->context, path, stream, bytes, len);
}

/* Nobody is to be asked, and there is nothing else to do: leave the run to be taken up with an answer. */
static void on_unanswered(void *context)
{
    struct carry *carry = context;

    carry->unanswered = NULL;
    if (carry->questions == 0)
        return;
    if (core_status(live_run(carry->live)) == RUN_WAITING)
        live_park(carry->live);
    else
        carry->unanswered =
            loop_timer_start(carry->loop, loop_now_us(carry->loop) + LOOK_US, on_unanswered, carry);
}

static void on_effect(void *context, const struct effect *effect)
{
    struct carry *carry = context;
    const struct live_watcher *to = &carry->view.watcher;

    carry->questions += effect->type == EFFECT_ASK;
    carry->questions -= effect->type == EFFECT_ASK_CLOSE;
    if (carry->leaves_questions && carry->questions && !carry->unanswered)
        carry->unanswered =
            loop_timer_start(carry->loop, loop_now_us(carry->loop) + SOON_US, on_unanswered, carry);
    if (to->on_effect)
        to->on_effect(to->context, effect);
}

/* A journal that fails before anything has begun is the end; later, the run waits for it. */
static bool on_bell(void *context, const char *line)
{
    const struct live_watcher *to = &((struct carry *)context)->view.watcher;

    return to->on_bell && to->on_bell(to->context, line);
}

static void on_queued(void *context, const char *why)
{
    struct carry *carry = context;
    char *line autofree = why ? mem_printf("%s; this run begins when there is room", why) : NULL;

    say(carry, line ? line : "there is room in the group now");
}

static void on_trouble(void *context, const struct err *trouble)
{
    struct carry *carry = context;
    const struct live_watcher *to = &carry->view.watcher;

    if (to->on_trouble)
        to->on_trouble(to->context, trouble);
    if (trouble && !live_has_begun(carry->live)) {
        carry->is_stuck = true;
        live_park(carry->live);
    }
}

static void on_finished(void *context, enum run_status status, const char *message)
{
    struct carry *carry = context;
    const struct live_watcher *to = &carry->view.watcher;

    carry->status = status;
    if (to->on_finished)
        to->on_finished(to->context, status, message);
    loop_stop(carry->loop);
}

/* After the summary: what the journal does not know, and how to go on. */
static void tell_unwritten(const struct carry *carry)
{
    const char *id = live_run_id(carry->live);
    struct err trouble = {0};

    if (journal_trouble(carry->journal, &trouble) == 0)
        return;
    fflush(stdout);
    fprintf(stderr, "runbook: %s\n", trouble.text);
    if (live_has_begun(carry->live))
        fprintf(stderr,
            "runbook: the last of run %.6s is not in the journal, where it is left interrupted; once that is "
            "mended,\n         `runbook timeline %.6s` tells how far it came, `runbook resume %.6s` goes "
            "on\n",
            id, id, id);
    else
        fputs("runbook: nothing was begun\n", stderr);
}

/* Who has it now. */
static void tell_fenced(const struct carry *carry)
{
    struct run_row *row = journal_get_run(carry->journal, live_run_id(carry->live), NULL);

    if (!row)
        return;
    fflush(stdout);
    if (row->engine_pid == getpid())
        fprintf(stderr,
            "runbook: run %.6s lost its place in the group \"%s\" while this process stood still: nothing "
            "more "
            "of it was\n         written, and what it ran was stopped; `runbook resume %.6s` goes on when "
            "there "
            "is room\n",
            row->id, row->group, row->id);
    else
        fprintf(stderr,
            "runbook: run %.6s was taken over by process %lld on %s while this one stood still: nothing more "
            "of "
            "it "
            "was written\n         here, and what it ran was stopped; see `runbook show %.6s`\n",
            row->id, (long long)row->engine_pid, row->engine_host, row->id);
    run_row_free(row);
}

static int exit_status(const struct carry *carry)
{
    if (carry->is_stuck || live_is_fenced(carry->live) || journal_trouble(carry->journal, NULL) < 0)
        return EXIT_JOURNAL;
    if (carry->status == RUN_SUCCEEDED)
        return EXIT_OK;
    if (carry->status == RUN_INTERRUPTED)
        return EXIT_WAITING;
    if (carry->is_killed)
        return EXIT_KILLED;
    return carry->status == RUN_CANCELLED || carry->is_denied ? EXIT_DENIED : EXIT_FAILED;
}

/* --- the whole --- */

/* A terminal that cannot gets lines; its person answers from another. */
static bool can_draw(void)
{
    const char *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

static struct view choose_view(struct carry *carry)
{
    const struct view_options options = {
        .cli = carry->cli,
        .loop = carry->loop,
        .journal = carry->journal,
        .book = carry->program->book,
        .may_ask = carry->may_ask,
    };

    if (carry->is_detached)
        return (struct view){0};
    if (carry->cli->common.json)
        return ndjson_view(&options);
    return can_draw() ? tree_view(&options) : plain_view(&options);
}

static void listen(struct carry *carry)
{
    static const int signums[] = {SIGINT, SIGTERM, SIGHUP};

    for (size_t i = 0; i < sizeof(signums) / sizeof(signums[0]); i++)
        carry->signals[i] = loop_signal_start(carry->loop, signums[i], on_signal, carry);
    if (carry->timeout_ms)
        carry->timeout = loop_timer_start(
            carry->loop, loop_now_us(carry->loop) + carry->timeout_ms * 1000, on_timeout, carry);
}

static void stop_listening(struct carry *carry)
{
    for (size_t i = 0; i < sizeof(carry->signals) / sizeof(carry->signals[0]); i++)
        loop_signal_free(carry->signals[i]);
    loop_timer_stop(carry->loop, carry->timeout);
    loop_timer_stop(carry->loop, carry->patience);
    loop_timer_stop(carry->loop, carry->unanswered);
}

/* Exit status, EXIT_OK when it is under way. */
static int begin(struct carry *carry)
{
    struct err err = {0};
    int code = carry->fork   ? live_fork(carry->live, carry->fork, &err)
               : carry->past ? live_resume(carry->live, carry->past, &err)
                             : live_begin(carry->live, &err);

    if (code == 0)
        return EXIT_OK;
    cli_fail(&err);
    return code == ERR_USAGE || code == ERR_BUSY || code == ERR_CONFLICT || code == ERR_EXPRESSION
               ? EXIT_USAGE
               : EXIT_JOURNAL;
}

/* What has not ended yet belongs to the picture. */
static void show_past(const struct carry *carry)
{
    const struct live_watcher *to = &carry->view.watcher;
    size_t count = carry->fork ? carry->fork->refold.agreed : carry->past ? carry->past->event_count : 0;

    for (size_t i = 0; carry->view.history && i < count; i++)
        to->on_event(to->context, &carry->past->events[i]);
}

static struct live_options options_of(struct carry *carry)
{
    return (struct live_options){
        .loop = carry->loop,
        .journal = carry->journal,
        .book = carry->program->book,
        .script = carry->program->script,
        .params = carry->params,
        .start_extra = carry->extra,
        .answers = carry->answers,
        .yes = carry->yes,
        .initiator = carry->me,
        .watcher = {on_event, on_output, on_effect, on_bell, on_queued, on_trouble, on_finished, carry},
    };
}

int carry_out(struct carry *carry)
{
    struct live_options options;
    int status;

    carry->loop = loop_new();
    carry->status = RUN_QUEUED;
    options = options_of(carry);
    carry->live = live_new(&options);
    carry->view = choose_view(carry);
    if (carry->view.attach)
        carry->view.attach(carry->view.watcher.context, carry->live);
    listen(carry);
    show_past(carry);
    status = begin(carry);
    if (status == EXIT_OK) {
        if (carry->ready_fd >= 0)
            detach_ready(carry->ready_fd, live_run_id(carry->live));
        loop_run(carry->loop);
        status = exit_status(carry);
        if (carry->view.close)
            carry->view.close(carry->view.watcher.context);
        if (live_is_fenced(carry->live))
            tell_fenced(carry);
        else
            tell_unwritten(carry);
    }
    stop_listening(carry);
    if (carry->view.free)
        carry->view.free(carry->view.watcher.context);
    return status;
}

/* A reader that has gone away and a file that may not grow are errors of a call, not the end of the run. */
void carry_ignore_signals(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

void carry_fini(struct carry *carry)
{
    journal_close(carry->journal);
    live_free(carry->live);
    if (carry->loop)
        loop_free(carry->loop);
    json_decref(carry->params);
    json_decref(carry->answers);
    json_decref(carry->extra);
}
