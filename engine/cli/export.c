/* export: whole runs as lines of JSON, with the proof that they were part of this journal. */
#include "cli/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { ALL_MAX = 10000000 };

struct export_options {
    bool all;
    const char *output;
};

struct exporting {
    struct cli *cli;
    struct journal *journal;
    FILE *to;
    size_t count, left_out, unsigned_count;
    char (*ids)[RUN_ID_SIZE]; /* of all that have ended, the newest first */
    size_t id_count, id_cap;
    int status;
};

static bool export_one(struct exporting *exporting, const char *run_id)
{
    struct err err = {0};
    bool is_signed = true;

    if (bundle_write(exporting->journal, run_id, exporting->to, &is_signed, &err) < 0) {
        exporting->status = cli_fail(&err);
        return false;
    }
    exporting->count++;
    exporting->unsigned_count += !is_signed;
    return true;
}

static bool on_run(void *context, const struct run_row *run)
{
    struct exporting *exporting = context;

    if (!run->finished_us) {
        exporting->left_out++;
        return true;
    }
    exporting->ids =
        mem_grow(exporting->ids, exporting->id_count, &exporting->id_cap, sizeof(*exporting->ids));
    memcpy(exporting->ids[exporting->id_count++], run->id, RUN_ID_SIZE);
    return true;
}

static void export_named(struct exporting *exporting)
{
    for (size_t i = 0; i < exporting->cli->arg_count && exporting->status == EXIT_OK; i++) {
        char id[RUN_ID_SIZE];

        exporting->status = cli_find_run(exporting->cli, exporting->journal, i, id);
        if (exporting->status == EXIT_OK)
            export_one(exporting, id);
    }
}

static void export_all(struct exporting *exporting)
{
    struct err err = {0};

    if (journal_runs(exporting->journal, &(struct run_filter){.limit = ALL_MAX}, on_run, exporting, &err) < 0)
        exporting->status = cli_fail(&err);
    for (size_t i = exporting->id_count; i-- > 0 && exporting->status == EXIT_OK;)
        export_one(exporting, exporting->ids[i]);
    free(exporting->ids);
}

static void tell(const struct exporting *exporting)
{
    fprintf(stderr, "runbook: %zu %s exported", exporting->count, exporting->count == 1 ? "run" : "runs");
    if (exporting->left_out)
        fprintf(stderr, ", %zu left out that have not ended", exporting->left_out);
    fputc('\n', stderr);
    if (exporting->unsigned_count)
        fprintf(stderr,
            "runbook: %zu of them no checkpoint covers, so that nobody has signed for them; runbook audit "
            "checkpoint "
            "makes one\n",
            exporting->unsigned_count);
}

static FILE *open_output(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    return fd < 0 ? NULL : fdopen(fd, "w");
}

static int run(struct cli *cli)
{
    const struct export_options *options = cli->options;
    struct exporting exporting = {.cli = cli, .to = stdout};
    struct err err = {0};

    if (options->all == (cli->arg_count > 0))
        return cli_usage(cli, "which runs? name them, or --all");
    exporting.status = cli_open_journal(cli, true, &exporting.journal);
    if (exporting.status != EXIT_OK)
        return exporting.status;
    if (options->output && !(exporting.to = open_output(options->output))) {
        err_errno(&err, errno, "cannot create %s", options->output);
        exporting.status = cli_fail(&err);
    } else {
        options->all ? export_all(&exporting) : export_named(&exporting);
    }
    if (options->output && exporting.to && fclose(exporting.to) != 0 && exporting.status == EXIT_OK) {
        err_errno(&err, errno, "cannot write %s", options->output);
        exporting.status = cli_fail(&err);
    }
    if (options->output && exporting.to && exporting.status != EXIT_OK)
        unlink(options->output);
    if (exporting.status == EXIT_OK)
        tell(&exporting);
    journal_close(exporting.journal);
    return exporting.status;
}

#define AT(field) offsetof(struct export_options, field)
static const struct option options[] = {
    {"all", 0, OPTION_FLAG, AT(all), NULL, "Every run that has ended", NULL},
    {"output", 'o', OPTION_FILE, AT(output), "FILE", "Into a new file instead of standard output", NULL},
    {0},
};

const struct verb verb_export = {
    .name = "export",
    .usage = "RUN…",
    .summary = "Write whole runs as lines of JSON, for another journal or for keeping",
    .help = "Events, sources and output of runs that have ended; with each event the proof that it is part "
            "of this "
            "journal,\nunder the newest checkpoint that covers it. runbook import-runs checks all of that.",
    .examples = "  runbook export last -o last.ndjson\n  runbook export --all | zstd >runs.ndjson.zst",
    .options = options,
    .options_size = sizeof(struct export_options),
    .max_args = 1000,
    .takes = TAKES_JOURNAL,
    .argument = ARGUMENT_RUN,
    .run = run,
};
