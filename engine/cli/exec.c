/* exec: validate, create, run. */
#include "base/mem.h"
#include "cli/detach.h"
#include "cli/given.h"
#include "cli/params.h"
#include "cli/prompt.h"
#include "cli/view.h"
#include "drive/answers.h"
#include "drive/live.h"
#include "drive/program.h"
#include "drive/secrets.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

enum { LOOK_US = 1000000, PATIENCE_LOOKS = 10 };

struct exec_options {
    struct given_options given;
    struct texts answers;
    bool yes, no_input, detach;
    int64_t timeout_ms;
};

/* One invocation, from the file to the exit status. */
struct exec {
    struct cli *cli;
    const struct exec_options *options;
    struct program program;
    json_t *params, *answers, *extra;
    struct loop *loop;
    struct journal *journal;
    struct view view;
    struct live *live;
    struct principal me;
    struct loop_signal *signals[3];
    struct loop_timer *timeout, *patience;
    int looks;    /* in a row that found the journal in trouble, since the run was to end */
    int ready_fd; /* with --detach: where our parent waits; -1 = we are that parent, or there is none */
    bool may_ask; /* somebody is there */
    int interrupts;
    enum run_status status;
    bool is_denied, is_killed, is_stuck; /* stuck: the journal gave out before anything began */
};

/* --- before it begins --- */

/* Print the problems; errors among them are the end of it, warnings are not. */
static int report(const struct exec *exec, struct diags *diags)
{
    struct text text autotext = {0};

    if (diags->len) {
        diags_render(diags, &text, cli_color(exec->cli, stderr));
        fputs(text_str(&text), stderr);
    }
    return diags->errors ? EXIT_USAGE : EXIT_OK;
}

static int load(struct exec *exec)
{
    struct diags diags = {0};
    int status;

    program_open(exec->cli->args[0], &exec->program, &diags);
    status = report(exec, &diags);
    diags_fini(&diags);
    return status;
}

/* Everything that was given, all mistakes at once. */
static int check_given(struct exec *exec)
{
    const struct exec_options *options = exec->options;
    const struct document *document = exec->program.book->documents[0];
    struct diags diags = {0};
    json_t *given = params_gather(&options->given.params, options->given.params_file, &diags);
    int status;

    if (exec->may_ask && !diags.errors)
        prompt_params(exec->cli, document, given);
    exec->params = params_check(&document->params, given, true, &diags);
    exec->answers = answers_gather(&options->answers, &diags);
    exec->extra = given_selection(&options->given, exec->program.book, &diags);
    answers_check_names(exec->program.book, exec->answers, &diags);
    if (!exec->may_ask && !options->detach)
        answers_check(exec->program.book, exec->answers, options->yes, &diags);
    secrets_check(exec->program.book, &diags);
    status = report(exec, &diags);
    diags_fini(&diags);
    json_decref(given);
    return status;
}

/* --- while it runs --- */

static void say(const struct exec *exec, const char *line)
{
    if (exec->view.say)
        exec->view.say(exec->view.watcher.context, line);
}

/* A cancel takes effect when the journal has it. If that does not come to be, and nobody presses Ctrl-C again
 * because the terminal is gone, the run is parked. */
static void on_patience(void *context)
{
    struct exec *exec = context;

    exec->patience = NULL;
    exec->looks = journal_trouble(exec->journal, NULL) < 0 ? exec->looks + 1 : 0;
    if (exec->looks < PATIENCE_LOOKS) {
        exec->patience = loop_timer_start(exec->loop, loop_now_us(exec->loop) + LOOK_US, on_patience, exec);
        return;
    }
    say(exec, "the journal cannot take the cancel in: parking the run");
    live_park(exec->live);
}

static void cancel(struct exec *exec, const char *reason)
{
    struct input input = {.type = INPUT_CANCEL, .path = "", .name = reason, .by = exec->me};

    if (journal_trouble(exec->journal, NULL) < 0)
        say(exec, "the cancel waits for the journal; unless that is over within 10s, the run is parked");
    live_say(exec->live, &input, NULL);
    if (!exec->patience)
        exec->patience = loop_timer_start(exec->loop, loop_now_us(exec->loop) + LOOK_US, on_patience, exec);
}

/* Ctrl-C, TERM, HUP: first cancel, then park. */
static void interrupt(void *context)
{
    struct exec *exec = context;

    exec->interrupts++;
    if (exec->interrupts == 1) {
        say(exec, "cancelling; press Ctrl-C again to park the run at once");
        cancel(exec, "interrupted");
    } else if (exec->interrupts == 2) {
        live_park(exec->live);
    }
}

static void on_signal(void *context, int signum)
{
    (void)signum;
    interrupt(context);
}

static void on_timeout(void *context)
{
    struct exec *exec = context;

    exec->timeout = NULL;
    say(exec, "the time given with --timeout is over: cancelling");
    cancel(exec, "timeout");
}

static void on_event(void *context, const struct event *event)
{
    struct exec *exec = context;
    const struct live_watcher *to = &exec->view.watcher;

    exec->is_killed = exec->is_killed || event->type == EVENT_RUN_KILL_REQUESTED;
    if (event->type == EVENT_RUN_FINISHED)
        exec->is_denied = event->class_ == FAIL_DENIED;
    if (to->on_event)
        to->on_event(to->context, event);
}

static void on_output(void *context, const char *path, int stream, const char *bytes, size_t len)
{
    const struct live_watcher *to = &((struct exec *)context)->view.watcher;

    if (to->on_output)
        to->on_output(to->context, path, stream, bytes, len);
}

static void on_effect(void *context, const struct effect *effect)
{
    const struct live_watcher *to = &((struct exec *)context)->view.watcher;

    if (to->on_effect)
        to->on_effect(to->context, effect);
}

/* A journal that fails before anything has begun is the end; later, the run waits for it. */
static void on_trouble(void *context, const struct err *trouble)
{
    struct exec *exec = context;
    const struct live_watcher *to = &exec->view.watcher;

    if (to->on_trouble)
        to->on_trouble(to->context, trouble);
    if (trouble && !live_has_begun(exec->live)) {
        exec->is_stuck = true;
        live_park(exec->live);
    }
}

static void on_finished(void *context, enum run_status status, const char *message)
{
    struct exec *exec = context;
    const struct live_watcher *to = &exec->view.watcher;

    exec->status = status;
    if (to->on_finished)
        to->on_finished(to->context, status, message);
    loop_stop(exec->loop);
}

/* After the summary: what the journal does not know, and how to go on. */
static void tell_unwritten(const struct exec *exec)
{
    const char *id = live_run_id(exec->live);
    struct err trouble = {0};

    if (journal_trouble(exec->journal, &trouble) == 0)
        return;
    fflush(stdout);
    fprintf(stderr, "runbook: %s\n", trouble.text);
    if (live_has_begun(exec->live))
        fprintf(stderr,
            "runbook: the last of run %.6s is not in the journal, where it is left interrupted; once that is "
            "mended,\n         `runbook timeline %.6s` tells how far it came, `runbook exec` begins anew\n",
            id, id);
    else
        fputs("runbook: nothing was begun\n", stderr);
}

static int exit_status(const struct exec *exec)
{
    if (exec->is_stuck || journal_trouble(exec->journal, NULL) < 0)
        return EXIT_JOURNAL;
    if (exec->status == RUN_SUCCEEDED)
        return EXIT_OK;
    if (exec->status == RUN_INTERRUPTED)
        return EXIT_WAITING;
    if (exec->is_killed)
        return EXIT_KILLED;
    return exec->status == RUN_CANCELLED || exec->is_denied ? EXIT_DENIED : EXIT_FAILED;
}

/* --- the whole --- */

/* A terminal that cannot gets lines; its person answers from another. */
static bool can_draw(void)
{
    const char *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

static struct view choose_view(struct exec *exec)
{
    const struct view_options options = {
        .cli = exec->cli,
        .loop = exec->loop,
        .journal = exec->journal,
        .book = exec->program.book,
        .may_ask = exec->may_ask,
    };

    if (exec->options->detach)
        return (struct view){0};
    if (exec->cli->common.json)
        return ndjson_view(&options);
    return can_draw() ? tree_view(&options) : plain_view(&options);
}

static void listen(struct exec *exec)
{
    static const int signums[] = {SIGINT, SIGTERM, SIGHUP};

    for (size_t i = 0; i < sizeof(signums) / sizeof(signums[0]); i++)
        exec->signals[i] = loop_signal_start(exec->loop, signums[i], on_signal, exec);
    if (exec->options->timeout_ms)
        exec->timeout = loop_timer_start(
            exec->loop, loop_now_us(exec->loop) + exec->options->timeout_ms * 1000, on_timeout, exec);
}

static void stop_listening(struct exec *exec)
{
    for (size_t i = 0; i < sizeof(exec->signals) / sizeof(exec->signals[0]); i++)
        loop_signal_free(exec->signals[i]);
    loop_timer_stop(exec->loop, exec->timeout);
    loop_timer_stop(exec->loop, exec->patience);
}

static int carry_out(struct exec *exec)
{
    const struct live_options options = {
        .loop = exec->loop,
        .journal = exec->journal,
        .book = exec->program.book,
        .script = exec->program.script,
        .params = exec->params,
        .start_extra = exec->extra,
        .answers = exec->answers,
        .yes = exec->options->yes,
        .initiator = exec->me,
        .watcher = {on_event, on_output, on_effect, on_trouble, on_finished, exec},
    };
    struct err err = {0};
    int status;

    exec->live = live_new(&options);
    exec->view = choose_view(exec);
    if (exec->view.attach)
        exec->view.attach(exec->view.watcher.context, exec->live);
    listen(exec);
    if (live_begin(exec->live, &err) < 0) {
        cli_fail(&err);
        status = EXIT_JOURNAL;
    } else {
        if (exec->ready_fd >= 0)
            detach_ready(exec->ready_fd, live_run_id(exec->live));
        loop_run(exec->loop);
        status = exit_status(exec);
        if (exec->view.close)
            exec->view.close(exec->view.watcher.context);
        tell_unwritten(exec);
    }
    stop_listening(exec);
    if (exec->view.free)
        exec->view.free(exec->view.watcher.context);
    return status;
}

/* A reader that has gone away and a file that may not grow are errors of a call, not the end of the run. */
static void ignore_signals(void)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

/* Everything that can be known before the run; with --detach, another process goes on from here. */
static int prepare(struct exec *exec, bool *ret_goes_on)
{
    int status = load(exec);

    if (status == EXIT_OK)
        status = check_given(exec);
    *ret_goes_on = status == EXIT_OK;
    if (*ret_goes_on && exec->options->detach && exec->ready_fd < 0) {
        *ret_goes_on = false;
        return detach_start(exec->cli->argv, exec->cli->common.json);
    }
    if (*ret_goes_on)
        status = cli_open_journal(exec->cli, false, &exec->journal);
    *ret_goes_on = *ret_goes_on && status == EXIT_OK;
    return status;
}

static int run(struct cli *cli)
{
    const struct exec_options *options = cli->options;
    struct exec exec = {.cli = cli, .options = options, .status = RUN_QUEUED, .ready_fd = detach_inherited()};
    bool goes_on;
    int status;

    ignore_signals();
    exec.may_ask = !options->no_input && !options->detach && !cli->common.json && isatty(STDIN_FILENO) &&
                   isatty(STDOUT_FILENO);
    exec.me = cli_principal(cli);
    status = prepare(&exec, &goes_on);
    if (goes_on) {
        exec.loop = loop_new();
        status = carry_out(&exec);
    }
    journal_close(exec.journal);
    live_free(exec.live);
    if (exec.loop)
        loop_free(exec.loop);
    json_decref(exec.params);
    json_decref(exec.answers);
    json_decref(exec.extra);
    program_fini(&exec.program);
    return status;
}

#define AT(field) offsetof(struct exec_options, field)
static const struct option options[] = {
    GIVEN_PARAMS(struct exec_options, given),
    {"answer", 0, OPTION_TEXTS, AT(answers), "STEP=VALUE",
        "Answer a step's question beforehand (done, approve, deny, a value, or fields as JSON)", NULL},
    {"yes", 'y', OPTION_FLAG, AT(yes), NULL, "Confirm every manual step and every approval that names nobody",
        NULL},
    {"no-input", 0, OPTION_FLAG, AT(no_input), NULL, "Never ask; refuse to start when a step would have to",
        NULL},
    {"detach", 'd', OPTION_FLAG, AT(detach), NULL,
        "Go on in the background and print the run's id; people answer from anywhere", NULL},
    GIVEN_SELECTION(struct exec_options, given),
    {"timeout", 0, OPTION_DURATION, AT(timeout_ms), "DURATION", "Cancel the run when it takes longer", NULL},
    {0},
};
#undef AT

const struct verb verb_exec = {
    .name = "exec",
    .usage = "FILE",
    .summary = "Validate a runbook and carry it out",
    .help = "Every mistake in the runbook and in what is given here is reported before anything is done. On "
            "a terminal\n"
            "the run is drawn as a live tree and questions are asked inline; in a pipe it is told in lines; "
            "--json\n"
            "prints one event a line. Ctrl-C cancels gracefully (what must always happen still happens), "
            "twice parks\n"
            "the run at once.\n\n"
            "Exit status: 0 succeeded, 1 failed, 2 wrong use or an invalid runbook, 3 denied or cancelled, 4 "
            "parked,\n"
            "or detached, 5 the journal could not be written, 130 killed.",
    .examples = "  runbook exec restart.yaml\n"
                "  runbook exec p1-system-down.yaml -p namespace=production -p deployment=api\n"
                "  runbook exec backup.yaml --yes --no-input --json | jq .type",
    .options = options,
    .options_size = sizeof(struct exec_options),
    .min_args = 1,
    .max_args = 1,
    .takes = TAKES_JOURNAL | TAKES_SYNC | TAKES_JSON,
    .argument = ARGUMENT_FILE,
    .run = run,
};
