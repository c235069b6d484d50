/* redact: take away what an event tells, where it must not be kept; that there was something stays provable.
 */
#include "base/clock.h"
#include "cli/verb.h"
#include "journal/audit.h"

struct redact_options {
    const char *reason;
};

static int redact(struct cli *cli, struct journal *journal, uint64_t seq)
{
    const struct redact_options *options = cli->options;
    struct redaction redaction = {
        .seq = seq, .by = cli_principal(cli), .reason = options->reason, .wall_us = clock_wall_us()};
    char run_id[RUN_ID_SIZE];
    struct err err = {0};
    int status = cli_find_run(cli, journal, 0, run_id);

    if (status != EXIT_OK)
        return status;
    redaction.run_id = run_id;
    if (audit_redact(journal, &redaction, &err) < 0)
        return cli_fail(&err);
    printf("event %llu of run %.6s was redacted; its hash stays\n", (unsigned long long)seq, run_id);
    return EXIT_OK;
}

static int run(struct cli *cli)
{
    const struct redact_options *options = cli->options;
    struct journal *journal;
    char *end;
    unsigned long long seq = strtoull(cli->args[1], &end, 10);
    int status;

    if (!seq || *end)
        return cli_usage(
            cli, "\"%s\" is not the number of an event; runbook timeline RUN --json has them", cli->args[1]);
    if (!options->reason || !*options->reason)
        return cli_usage(cli, "a redaction wants a --reason, which is kept in its place");
    status = cli_open_journal(cli, false, &journal);
    if (status != EXIT_OK)
        return status;
    status = redact(cli, journal, seq);
    journal_close(journal);
    return status;
}

static const struct option options[] = {
    {"reason", 0, OPTION_TEXT, offsetof(struct redact_options, reason), "TEXT",
        "Why; it stays in the journal", NULL},
    {0},
};

const struct verb verb_redact = {
    .name = "redact",
    .usage = "RUN EVENT",
    .summary = "Take away what an event tells, and leave its hash",
    .help =
        "For what should never have been written: an event's data, and with the end of a step the output of "
        "that\n"
        "attempt. Type, step, time and person stay, and so does the hash, so that the journal can still be\n"
        "verified. A note says who did it and why. The run must have ended; replay says what it "
        "could not\nlook at any more, and what was taken away cannot be had back. Copies of the journal are "
        "not changed.",
    .examples = "  runbook redact last 14 --reason \"a customer's name was printed\"",
    .options = options,
    .options_size = sizeof(struct redact_options),
    .min_args = 2,
    .max_args = 2,
    .takes = TAKES_JOURNAL,
    .argument = ARGUMENT_RUN,
    .run = run,
};
