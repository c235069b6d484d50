/* retry: a new run with what came before a step taken over from a run that has ended. */
#include "cli/carry.h"
#include "cli/detach.h"
#include "cli/regiven.h"

#include <string.h>

struct retry_options {
    struct regiven_options given;
    const char *from;
    bool edited;
};

/* One invocation. */
struct retrying {
    struct cli *cli;
    const struct retry_options *options;
    struct past past;
    struct program edited; /* the files as they are now, with --edited */
    struct fork fork;
    struct carry carry;
};

static int open_past(struct retrying *retry)
{
    struct err err = {0};
    int status = regiven_open(&retry->carry, false);

    if (status == EXIT_OK && fork_check(&retry->past, false, &err) < 0)
        status = cli_fail(&err);
    return status;
}

/* Which runbook carries out the rest. */
static int choose_program(struct retrying *retry)
{
    struct text problems autotext = {0};
    struct diags diags = {0};
    int status = EXIT_OK;

    retry->fork.program = &retry->past.program;
    if (!retry->options->edited) {
        regiven_tell_changed(&retry->past);
        return EXIT_OK;
    }
    if (program_open(retry->past.row->file, &retry->edited, &diags) < 0)
        status = EXIT_USAGE;
    diags_render(&diags, &problems, cli_color(retry->cli, stderr));
    fputs(text_str(&problems), stderr);
    diags_fini(&diags);
    retry->fork.program = &retry->edited;
    return status;
}

/* Where nobody said where to begin, what has to be begun before the step that failed will do, too. */
static int prepare_there(struct retrying *retry, struct err *err)
{
    int code = fork_prepare(&retry->fork, retry->carry.params, err);

    while (code == ERR_CONFLICT && !retry->options->from) {
        if (!retry->fork.instead)
            return code;
        fprintf(stderr, "runbook: %s\n", err->text);
        fork_fini(&retry->fork);
        retry->fork.from = retry->fork.instead;
        code = fork_prepare(&retry->fork, retry->carry.params, err);
    }
    return code;
}

static int prepare(struct retrying *retry)
{
    struct err err = {0};
    int code = fork_find(&retry->past, retry->options->from, &retry->fork.from, &err);

    if (code == 0)
        code = prepare_there(retry, &err);
    if (code == ERR_CORRUPT && retry->options->edited) {
        err_wrap(&err, "%s as it is now would have gone another way before that", retry->past.row->file);
        err.code = ERR_USAGE;
    }
    if (code < 0)
        return cli_fail(&err);
    fprintf(stderr, "runbook: run %.6s is retried from %s; what came before is taken over\n", retry->past.id,
        retry->fork.from);
    return EXIT_OK;
}

static int retry_run(struct retrying *retry)
{
    int status = open_past(retry);

    if (status == EXIT_OK)
        status = choose_program(retry);
    if (status == EXIT_OK)
        status = regiven_check(&retry->carry, &retry->options->given);
    if (status == EXIT_OK)
        status = prepare(retry);
    retry->carry.program = retry->fork.program;
    return status == EXIT_OK ? carry_out(&retry->carry) : status;
}

static int run(struct cli *cli)
{
    const struct retry_options *options = cli->options;
    struct retrying retry = {.cli = cli, .options = options};
    int status;

    carry_ignore_signals();
    retry.fork = (struct fork){.past = &retry.past, .how = "retry"};
    retry.carry = regiven_carry(cli, &options->given, &retry.past, &retry.fork);
    if (options->given.detach && retry.carry.ready_fd < 0)
        return detach_start(cli->argv, cli->common.json);
    status = retry_run(&retry);
    carry_fini(&retry.carry);
    fork_fini(&retry.fork);
    program_fini(&retry.edited);
    past_fini(&retry.past);
    return status;
}

#define AT(field) offsetof(struct retry_options, field)
static const struct option options[] = {
    {"from", 0, OPTION_TEXT, AT(from), "STEP",
        "Begin with this step, by its id or path (the one that failed)", NULL},
    {"edited", 0, OPTION_FLAG, AT(edited), NULL,
        "With the runbook's files as they are now, not as they were when the run began", NULL},
    REGIVEN_OPTIONS(
        struct retry_options, given, "Confirm every manual step and every approval that names nobody"),
    {0},
};
#undef AT

const struct verb verb_retry = {
    .name = "retry",
    .usage = "RUN",
    .summary = "Begin a new run at a step of one that has ended",
    .help =
        "What came before the step is taken over, with its results and what can be undone of it: its events "
        "are\ncopied, and nothing of it is carried out again. The clock of the new run goes on from there, "
        "and `run.id` in\nexpressions stays that of the run in which the first steps ran. Both runs say of "
        "each other.\n\nA step beside which others were under way cannot be begun again by itself: the block "
        "around it can.\n\nExit status: as of exec; 2 also when the run has not ended.",
    .examples = "  runbook retry last\n  runbook retry last --from migrate\n"
                "  runbook retry k3vq7a --from 'deploy[2]/verify' --edited",
    .options = options,
    .options_size = sizeof(struct retry_options),
    .min_args = 1,
    .max_args = 1,
    .takes = TAKES_JOURNAL | TAKES_SYNC | TAKES_JSON,
    .argument = ARGUMENT_RUN,
    .run = run,
};
