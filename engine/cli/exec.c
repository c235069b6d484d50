/* exec: validate, create, run. */
#include "base/mem.h"
#include "cli/carry.h"
#include "cli/detach.h"
#include "cli/given.h"
#include "cli/params.h"
#include "cli/prompt.h"
#include "drive/answers.h"
#include "drive/live.h"
#include "drive/program.h"
#include "drive/secrets.h"

#include <string.h>
#include <unistd.h>

struct exec_options {
    struct given_options given;
    struct texts answers;
    bool yes, no_input, detach, step;
    int64_t timeout_ms;
};

/* One invocation, from the file to the exit status. */
struct exec {
    struct cli *cli;
    const struct exec_options *options;
    struct program program;
    struct carry carry;
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

    if (exec->carry.may_ask && !diags.errors)
        prompt_params(exec->cli, document, given);
    exec->carry.params = params_check(&document->params, given, true, &diags);
    exec->carry.answers = answers_gather(&options->answers, &diags);
    exec->carry.extra = given_selection(&options->given, exec->program.book, &diags);
    if (options->step)
        json_object_set_new(exec->carry.extra, "step", json_true());
    answers_check_given(exec->program.book, exec->carry.answers, false, &diags);
    if (!exec->carry.may_ask && !options->detach)
        answers_check(exec->program.book, exec->carry.answers, options->yes, &diags);
    secrets_check(exec->program.book, &diags);
    status = report(exec, &diags);
    diags_fini(&diags);
    json_decref(given);
    return status;
}

/* --- the whole --- */

/* Everything that can be known before the run; with --detach, another process goes on from here. */
static int prepare(struct exec *exec, bool *ret_goes_on)
{
    int status = load(exec);

    if (status == EXIT_OK)
        status = check_given(exec);
    *ret_goes_on = status == EXIT_OK;
    if (*ret_goes_on && exec->options->detach && exec->carry.ready_fd < 0) {
        *ret_goes_on = false;
        return detach_start(exec->cli->argv, exec->cli->common.json);
    }
    if (*ret_goes_on)
        status = cli_open_journal(exec->cli, false, &exec->carry.journal);
    *ret_goes_on = *ret_goes_on && status == EXIT_OK;
    return status;
}

static int run(struct cli *cli)
{
    const struct exec_options *options = cli->options;
    struct exec exec = {.cli = cli, .options = options};
    bool goes_on;
    int status;

    carry_ignore_signals();
    exec.carry = (struct carry){.cli = cli,
        .program = &exec.program,
        .yes = options->yes,
        .may_ask = cli_may_ask(cli, options->no_input) && !options->detach,
        .is_detached = options->detach,
        .ready_fd = detach_inherited(),
        .timeout_ms = options->timeout_ms,
        .me = cli_principal(cli)};
    if (options->step && !exec.carry.may_ask)
        return cli_usage(
            cli, "--step asks before each piece of work: it needs a terminal, and somebody at it");
    status = prepare(&exec, &goes_on);
    if (goes_on)
        status = carry_out(&exec.carry);
    carry_fini(&exec.carry);
    program_fini(&exec.program);
    return status;
}

#define AT(field) offsetof(struct exec_options, field)
static const struct option options[] = {
    GIVEN_PARAMS(struct exec_options, given),
    {"answer", 0, OPTION_TEXTS, AT(answers), "STEP=VALUE",
        "Answer a step's question, by its id or path, beforehand (done, approve, deny, a value, or fields as "
        "JSON)",
        NULL},
    {"yes", 'y', OPTION_FLAG, AT(yes), NULL, "Confirm every manual step and every approval that names nobody",
        NULL},
    {"no-input", 0, OPTION_FLAG, AT(no_input), NULL, "Never ask; refuse to start when a step would have to",
        NULL},
    {"detach", 'd', OPTION_FLAG, AT(detach), NULL,
        "Go on in the background and print the run's id; people answer from anywhere", NULL},
    GIVEN_SELECTION(struct exec_options, given),
    {"step", 0, OPTION_FLAG, AT(step), NULL, "Ask before each piece of work: run it, skip it, or quit", NULL},
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
