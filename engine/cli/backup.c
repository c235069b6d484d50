/* backup: a copy of the journal, while runs go on. */
#include "cli/verb.h"

static int backup(const struct cli *cli, struct journal *journal)
{
    struct err err = {0};

    if (journal_backup(journal, cli->args[0], &err) < 0)
        return cli_fail(&err);
    printf("%s is a copy of %s as it stands now\n", cli->args[0], journal_path(journal));
    return EXIT_OK;
}

static int run(struct cli *cli)
{
    struct journal *journal;
    int status = cli_open_journal(cli, true, &journal);

    if (status != EXIT_OK)
        return status;
    status = backup(cli, journal);
    journal_close(journal);
    return status;
}

const struct verb verb_backup = {
    .name = "backup",
    .usage = "FILE",
    .summary = "Copy the journal, while runs go on",
    .help = "The copy is one file, whole, as of one moment, and a journal itself: name it with --journal. A "
            "file that\n"
            "is there already is left as it is.",
    .examples = "  runbook backup /mnt/safe/journal-$(date +%F).db\n"
                "  runbook audit verify --journal /mnt/safe/journal-2026-11-21.db",
    .min_args = 1,
    .max_args = 1,
    .takes = TAKES_JOURNAL,
    .argument = ARGUMENT_FILE,
    .run = run,
};
