/* import-runs: runs of another journal, after everything that can be checked of them was. */
#include "cli/bundle.h"
#include "cli/grid.h"

#include <string.h>

struct import_options {
    struct audit_verb_options audit; /* first: the key is looked for there */
    bool unchecked, dry_run;
};

static void tell(const struct cli *cli, const struct bundle *bundle)
{
    const struct import_options *options = cli->options;

    for (size_t i = 0; i < bundle_count(bundle); i++)
        printf("%s  %s\n", bundle_run_id(bundle, i), options->dry_run ? "holds together" : "imported");
}

static int import(struct cli *cli, struct bundle *bundle)
{
    const struct import_options *options = cli->options;
    struct journal *journal;
    struct err err = {0};
    int status;

    if (options->dry_run) {
        tell(cli, bundle);
        return EXIT_OK;
    }
    status = cli_open_journal(cli, false, &journal);
    if (status != EXIT_OK)
        return status;
    if (bundle_import(bundle, journal, cli_principal(cli), &err) < 0)
        status = cli_fail(&err);
    else
        tell(cli, bundle);
    journal_close(journal);
    return status;
}

static int run(struct cli *cli)
{
    const struct import_options *options = cli->options;
    struct bundle *bundle = NULL;
    struct note_key key;
    struct err err = {0};
    int status, code = audit_key(cli, false, &key, &err);
    char *text autofree = code < 0 ? NULL : audit_read_file(cli->args[0], &err);
    const struct bundle_trust trust = {
        .key = code == 0 ? &key : NULL, .is_named = options->audit.key, .is_unchecked = options->unchecked};

    if (!text)
        return cli_fail(&err);
    if (bundle_read(cli->args[0], text, &trust, &bundle, &err) < 0) {
        cli_fail(&err);
        fputs("runbook: nothing was imported\n", stderr);
        return EXIT_JOURNAL;
    }
    status = import(cli, bundle);
    bundle_free(bundle);
    return status;
}

#define AT(field) offsetof(struct import_options, field)
static const struct option options[] = {
    {"key", 0, OPTION_FILE, AT(audit.key), "KEY",
        "Who must have signed, or the file that says so (~/.config/runbook/audit.key)", NULL},
    {"unchecked", 0, OPTION_FLAG, AT(unchecked), NULL, "Also what nobody has signed whose key is known here",
        NULL},
    {"dry-run", 'n', OPTION_FLAG, AT(dry_run), NULL, "Only check", NULL},
    {0},
};

const struct verb verb_import_runs = {
    .name = "import-runs",
    .usage = "FILE",
    .summary = "Bring runs of another journal into this one",
    .help = "Every event is held against the root of the journal that it was part of, that root's signature "
            "against a "
            "key,\nsources and output against their hashes. All of the file comes in, or nothing. A note in "
            "each run "
            "says where\nit comes from. FILE - reads standard input.\n\nExit status: 0, or 5 when something "
            "does not "
            "hold together, and which part; 2 when a run is here already.",
    .examples = "  runbook import-runs last.ndjson --key journal.pub\n"
                "  zstd -dc runs.ndjson.zst | runbook import-runs - --dry-run",
    .options = options,
    .options_size = sizeof(struct import_options),
    .min_args = 1,
    .max_args = 1,
    .takes = TAKES_JOURNAL | TAKES_SYNC,
    .argument = ARGUMENT_FILE,
    .run = run,
};
