/* audit: does the journal hold together, and how can that be shown to somebody else? */
#include "cli/audit_inside.h"

#include <string.h>

static const struct {
    const char *name, *usage;
    size_t args; /* after the name */
    int (*run)(struct cli *cli);
} acts[] = {
    {"verify", "verify [--checkpoint FILE]", 0, audit_cli_verify},
    {"keygen", "keygen [--name NAME] [--key FILE]", 0, audit_cli_keygen},
    {"checkpoint", "checkpoint", 0, audit_cli_checkpoint},
    {"prove", "prove RUN", 1, audit_cli_prove},
    {"check", "check FILE [--key KEY]", 1, audit_cli_check},
};

static int run(struct cli *cli)
{
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        if (strcmp(acts[i].name, cli->args[0]) != 0)
            continue;
        if (cli->arg_count != 1 + acts[i].args)
            return cli_usage(cli, "usage: runbook audit %s", acts[i].usage);
        return acts[i].run(cli);
    }
    return cli_usage(
        cli, "there is no audit \"%s\"; there are verify, keygen, checkpoint, prove and check", cli->args[0]);
}

#define AT(field) offsetof(struct audit_verb_options, field)
static const struct option options[] = {
    {"checkpoint", 0, OPTION_FILE, AT(checkpoint), "FILE",
        "With verify: a checkpoint that was kept elsewhere (- reads it from stdin)", NULL},
    {"key", 0, OPTION_FILE, AT(key), "KEY",
        "The key, or the file that holds it (~/.config/runbook/audit.key)", NULL},
    {"name", 0, OPTION_TEXT, AT(name), "NAME", "With keygen: the key's name (this host's)", NULL},
    {0},
};

const struct verb verb_audit = {
    .name = "audit",
    .usage = "verify|keygen|checkpoint|prove RUN|check FILE",
    .summary = "Verify the journal, sign what it holds, and prove single runs",
    .help = "verify      recompute everything; say what it shows, and what it cannot show\n"
            "keygen      make an Ed25519 key; prints the half that others check with\n"
            "checkpoint  sign how the journal stands now; keep what it prints where the journal's writers "
            "cannot reach\n"
            "prove RUN   one run with proofs that it is part of the journal, as JSON\n"
            "check FILE  check such a file; needs no journal\n\n"
            "Exit status: 0 when all fits, 5 when something does not.",
    .examples = "  runbook audit verify\n  runbook audit keygen >journal.pub\n"
                "  runbook audit checkpoint | ssh vault 'cat >journal.checkpoint'\n"
                "  ssh vault cat journal.checkpoint | runbook audit verify --checkpoint -\n"
                "  runbook audit prove last >run.json && runbook audit check run.json --key journal.pub",
    .options = options,
    .options_size = sizeof(struct audit_verb_options),
    .min_args = 1,
    .max_args = 2,
    .takes = TAKES_JOURNAL | TAKES_JSON,
    .run = run,
};
