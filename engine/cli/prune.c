/* prune: old runs go from the journal into bundles, and their hashes stay. */
#include "base/clock.h"
#include "cli/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ALL_MAX = 10000000 };

struct prune_options {
    int64_t older_ms, keep;
    const char *before, *to;
    bool dry_run, yes, unsigned_;
};

struct doomed {
    char id[RUN_ID_SIZE];
    uint64_t last_seq;
};

struct pruner {
    struct cli *cli;
    const struct prune_options *options;
    struct journal *journal;
    int64_t before_us;
    size_t seen; /* runs that have ended, newest first */
    struct doomed *runs;
    size_t count, cap;
    char *folder;
};

/* --- which --- */

static bool choose(void *context, const struct run_row *run)
{
    struct pruner *pruner = context;

    if (!run->finished_us || (int64_t)pruner->seen++ < pruner->options->keep)
        return true;
    if (pruner->before_us && run->finished_us >= pruner->before_us)
        return true;
    pruner->runs = mem_grow(pruner->runs, pruner->count, &pruner->cap, sizeof(*pruner->runs));
    memcpy(pruner->runs[pruner->count++].id, run->id, RUN_ID_SIZE);
    return true;
}

static int read_when(struct pruner *pruner)
{
    const struct prune_options *options = pruner->options;
    char *full autofree = NULL;

    if (!options->older_ms && !options->before && !options->keep)
        return cli_usage(pruner->cli,
            "which runs? --older-than 400d, --before 2025-01-01, --keep 1000, or several of these");
    if (options->older_ms && options->before)
        return cli_usage(pruner->cli, "either --older-than or --before");
    if (options->older_ms)
        pruner->before_us = clock_wall_us() - options->older_ms * 1000;
    if (!options->before)
        return EXIT_OK;
    full = strlen(options->before) == 10 ? mem_printf("%sT00:00:00Z", options->before)
                                         : mem_strdup(options->before);
    if (instant_parse(full, &pruner->before_us, NULL) < 0)
        return cli_usage(pruner->cli, "--before: \"%s\" is neither 2025-01-31 nor an instant with its offset",
            options->before);
    return EXIT_OK;
}

/* --- one run --- */

static bool keep_last(void *context, const struct event *event)
{
    *(uint64_t *)context = event->seq;
    return true;
}

static int write_file(struct pruner *pruner, const char *path, const char *run_id, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), code;
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    bool is_signed = true;

    if (!file)
        return err_errno(err, errno, "cannot create %s", path);
    code = bundle_write(pruner->journal, run_id, file, &is_signed, err);
    if (code == 0 && !is_signed && !pruner->options->unsigned_)
        code = err_set(err, ERR_DENIED,
            "no checkpoint covers run %.6s, so that its bundle would prove nothing to anybody else: make one "
            "with "
            "runbook audit checkpoint, or prune it --unsigned",
            run_id);
    if (code == 0 && (fsync(fileno(file)) < 0 || ferror(file)))
        code = err_errno(err, errno, "cannot write %s", path);
    fclose(file);
    return code;
}

/* What was written is read again: after this there is nothing else. */
static int check_file(const char *path, const char *run_id, char ret_hex[SHA256_HEX_SIZE], struct err *err)
{
    const struct bundle_trust trust = {.is_unchecked = true};
    char *text autofree = audit_read_file(path, err);
    struct bundle *bundle = NULL;
    struct sha256 hash;
    int code;

    if (!text)
        return err->code;
    code = bundle_read(path, text, &trust, &bundle, err);
    if (code < 0)
        return code;
    if (bundle_count(bundle) != 1 || strcmp(bundle_run_id(bundle, 0), run_id) != 0)
        code = err_set(err, ERR_CORRUPT, "%s does not hold what was written into it", path);
    hash = sha256_of(text, strlen(text));
    sha256_hex(&hash, ret_hex);
    bundle_free(bundle);
    return code;
}

static void sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

static int archive(
    struct pruner *pruner, const char *run_id, char *path, char hex[SHA256_HEX_SIZE], struct err *err)
{
    char *temporary autofree = mem_printf("%s.part", path);
    int code = write_file(pruner, temporary, run_id, err);

    if (code == 0)
        code = check_file(temporary, run_id, hex, err);
    if (code == 0 && rename(temporary, path) < 0)
        code = err_errno(err, errno, "cannot create %s", path);
    if (code < 0)
        unlink(temporary);
    else
        sync_folder(pruner->folder);
    return code;
}

static int prune_one(struct pruner *pruner, struct doomed *run, struct err *err)
{
    char *path autofree = mem_printf("%s/%s.ndjson", pruner->folder, run->id);
    char hex[SHA256_HEX_SIZE];
    struct pruning pruning = {.run_id = run->id,
        .bundle = path,
        .sha256 = hex,
        .by = cli_principal(pruner->cli),
        .wall_us = clock_wall_us()};
    int code = journal_events(pruner->journal, run->id, 1, false, keep_last, &run->last_seq, err);

    if (code == 0)
        code = archive(pruner, run->id, path, hex, err);
    pruning.last_seq = run->last_seq;
    return code < 0 ? code : audit_prune(pruner->journal, &pruning, err);
}

/* --- the whole --- */

static int make_folder(struct pruner *pruner)
{
    const char *wanted = pruner->options->to;
    char *path autofree =
        wanted ? mem_strdup(wanted) : mem_printf("%s.pruned", journal_path(pruner->journal));
    struct err err = {0};

    if (mkdir(path, 0700) < 0 && errno != EEXIST) {
        err_errno(&err, errno, "cannot create the folder %s", path);
        return cli_fail(&err);
    }
    pruner->folder = realpath(path, NULL);
    return pruner->folder ? EXIT_OK : cli_usage(pruner->cli, "--to: %s is no folder", path);
}

static bool is_agreed(const struct pruner *pruner)
{
    char line[16] = "";

    fprintf(stderr, "%zu %s leave the journal for %s. Carry this out? [y/N] ", pruner->count,
        pruner->count == 1 ? "run will" : "runs will", pruner->folder);
    return fgets(line, sizeof(line), stdin) && (*line == 'y' || *line == 'Y');
}

static int prune_all(struct pruner *pruner)
{
    struct err err = {0};

    for (size_t i = pruner->count; i-- > 0;) { /* the oldest first */
        if (prune_one(pruner, &pruner->runs[i], &err) == 0)
            continue;
        fprintf(stderr, "runbook: %zu of %zu runs were pruned\n", pruner->count - 1 - i, pruner->count);
        return cli_fail(&err);
    }
    printf("%zu %s pruned into %s; the journal still verifies, and import-runs brings them into another\n",
        pruner->count, pruner->count == 1 ? "run was" : "runs were", pruner->folder);
    return EXIT_OK;
}

static int prune(struct pruner *pruner)
{
    struct err err = {0};
    int status = EXIT_OK;

    if (journal_runs(pruner->journal, &(struct run_filter){.limit = ALL_MAX}, choose, pruner, &err) < 0)
        return cli_fail(&err);
    if (pruner->options->dry_run || !pruner->count) {
        for (size_t i = pruner->count; i-- > 0;)
            puts(pruner->runs[i].id);
        fprintf(stderr, "runbook: %zu of %zu runs that have ended would be pruned\n", pruner->count,
            pruner->seen);
        return EXIT_OK;
    }
    status = make_folder(pruner);
    if (status == EXIT_OK && !pruner->options->yes && !cli_may_ask(pruner->cli, false))
        status = cli_usage(
            pruner->cli, "nobody is there to agree to that: --yes carries it out, --dry-run only lists it");
    else if (status == EXIT_OK && !pruner->options->yes && !is_agreed(pruner))
        status = EXIT_DENIED;
    return status == EXIT_OK ? prune_all(pruner) : status;
}

static int run(struct cli *cli)
{
    struct pruner pruner = {.cli = cli, .options = cli->options};
    int status = read_when(&pruner);

    if (status == EXIT_OK)
        status = cli_open_journal(cli, pruner.options->dry_run, &pruner.journal);
    if (status != EXIT_OK)
        return status;
    status = prune(&pruner);
    journal_close(pruner.journal);
    free(pruner.runs);
    free(pruner.folder);
    return status;
}

#define AT(field) offsetof(struct prune_options, field)
static const struct option options[] = {
    {"older-than", 0, OPTION_DURATION, AT(older_ms), "DURATION", "Runs that ended at least this long ago",
        NULL},
    {"before", 0, OPTION_TEXT, AT(before), "DATE", "Runs that ended before this day or instant", NULL},
    {"keep", 0, OPTION_INTEGER, AT(keep), "COUNT", "But for the newest so many", NULL},
    {"to", 0, OPTION_FILE, AT(to), "FOLDER", "Where the bundles go (beside the journal, .pruned)", NULL},
    {"unsigned", 0, OPTION_FLAG, AT(unsigned_), NULL, "Also runs that no signed checkpoint covers", NULL},
    {"dry-run", 'n', OPTION_FLAG, AT(dry_run), NULL, "Only list them", NULL},
    {"yes", 'y', OPTION_FLAG, AT(yes), NULL, "Do not ask first", NULL},
    {0},
};

const struct verb verb_prune = {
    .name = "prune",
    .usage = "",
    .summary = "Move old runs out of the journal into bundles that prove them",
    .help = "Each run goes into a file of its own, which is read again and checked before the run is "
            "dropped. The "
            "hashes of\nits events stay, so that audit verify and every other proof hold as before; the "
            "bundle shows "
            "by itself that\nits run was part of the journal. Runs that have not ended stay.",
    .examples = "  runbook prune --older-than 400d --dry-run\n  runbook prune --before 2025-01-01 --keep 100 "
                "--to /archive --yes",
    .options = options,
    .options_size = sizeof(struct prune_options),
    .takes = TAKES_JOURNAL | TAKES_SYNC,
    .run = run,
};
