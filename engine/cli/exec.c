/* exec: validate, create, run. */
#include "cli/verb.h"

static int run(struct cli *cli)
{
    return cli_usage(cli, "not there yet");
}

const struct verb verb_exec = {
    .name = "exec",
    .usage = "FILE",
    .summary = "Validate a runbook and carry it out",
    .min_args = 1,
    .max_args = 1,
    .takes = TAKES_JOURNAL | TAKES_SYNC | TAKES_JSON,
    .argument = ARGUMENT_FILE,
    .run = run,
};
