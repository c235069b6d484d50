/* runs: the runs that the journal knows, newest first. */
#include "base/clock.h"
#include "base/duration.h"
#include "cli/grid.h"
#include "report/formats.h"

#include <string.h>

struct runs_options {
    const char *status, *runbook;
    int64_t since_ms, limit;
};

struct listing {
    struct cli *cli;
    struct journal *journal;
    struct grid grid;
    int64_t now_us;
    size_t count, interrupted;
};

static bool is_over(enum run_status status)
{
    return status == RUN_SUCCEEDED || status == RUN_FAILED || status == RUN_CANCELLED;
}

static const char *took(const struct listing *list, const struct run_row *run, char ret[DURATION_TEXT_SIZE])
{
    int64_t end = run->finished_us ? run->finished_us : list->now_us;

    ret[0] = '\0';
    if (run->started_us && (run->finished_us || !is_over(run->status)))
        duration_short((end - run->started_us) / 1000, ret);
    return ret;
}

/* "queued for deploy-production" */
static const char *status_words(struct listing *list, const struct run_row *run)
{
    if (run->status != RUN_QUEUED || !*run->group)
        return run_status_name(run->status);
    return arena_printf(&list->grid.arena, "queued for %s", run->group);
}

/* "ana", "bo, retry of k3vq7a", "ana; then qx4kd7" */
static const char *by_words(struct listing *list, const struct run_row *run)
{
    char parent[RUN_ID_SIZE], successor[RUN_ID_SIZE];

    if (*run->parent)
        journal_short_id(list->journal, run->parent, parent);
    if (*run->successor)
        journal_short_id(list->journal, run->successor, successor);
    return arena_printf(&list->grid.arena, "%s%s%s%s%s%s%s", run->initiator.user, *run->parent ? ", " : "",
        *run->parent ? run->trigger : "", *run->parent ? " of " : "", *run->parent ? parent : "",
        *run->successor ? "; then " : "", *run->successor ? successor : "");
}

static void add_row(struct listing *list, const struct run_row *run)
{
    char id[RUN_ID_SIZE], when[INSTANT_TEXT_SIZE], length[DURATION_TEXT_SIZE], warnings[24] = "";

    journal_short_id(list->journal, run->id, id);
    if (run->warnings)
        snprintf(warnings, sizeof(warnings), "%zu", run->warnings);
    grid_add(&list->grid, INK_BOLD, id);
    grid_add(&list->grid, INK_PLAIN, run->runbook);
    grid_add(&list->grid, ink_of_run(run->status), status_words(list, run));
    grid_add(&list->grid, INK_PLAIN,
        cli_ago(run->started_us ? run->started_us : run->created_us, list->now_us, when, sizeof(when)));
    grid_add(&list->grid, INK_PLAIN, took(list, run, length));
    grid_add(&list->grid, INK_PLAIN, by_words(list, run));
    grid_add(&list->grid, INK_WARN, warnings);
}

static bool on_run(void *context, const struct run_row *run)
{
    struct listing *list = context;

    list->count++;
    list->interrupted += run->status == RUN_INTERRUPTED;
    if (list->cli->common.json)
        cli_print_json(run_json(run));
    else
        add_row(list, run);
    return true;
}

static int check(const struct cli *cli, const struct runs_options *options)
{
    struct text all autotext = {0};

    if (!options->status || run_status_parse(options->status) >= 0)
        return EXIT_OK;
    for (int s = 0; s < RUN_STATUS_COUNT; s++)
        text_printf(&all, "%s%s", s ? ", " : "", run_status_name((enum run_status)s));
    return cli_usage(cli, "--status: \"%s\" is not one of %s", options->status, text_str(&all));
}

/* Before the first run there is no journal, and that is no failure of who asks what has run. */
static int open_if_any(const struct cli *cli, struct journal **ret_journal)
{
    const struct journal_options options = {.path = cli->common.journal, .read_only = true};
    struct err err = {0};
    int code = journal_open(&options, ret_journal, &err);

    if (code == ERR_NOT_FOUND)
        fprintf(stderr, "runbook: no runs yet: %s\n", err.text);
    if (code == 0 || code == ERR_NOT_FOUND)
        return code;
    cli_fail(&err);
    return EXIT_JOURNAL;
}

static int list_runs(struct listing *list, const struct runs_options *options)
{
    static const struct column columns[] = {{"RUN", false, 0}, {"RUNBOOK", false, 10}, {"STATUS", false, 0},
        {"STARTED", false, 8}, {"TOOK", true, 0}, {"BY", false, 4}, {"WARN", true, 0}};
    const struct run_filter filter = {.status = options->status,
        .runbook = options->runbook,
        .since_us = options->since_ms ? list->now_us - options->since_ms * 1000 : 0,
        .limit = (size_t)options->limit};
    struct paint paint = cli_paint(list->cli);
    struct err err = {0};

    grid_init(&list->grid, columns, sizeof(columns) / sizeof(columns[0]));
    int code = journal_runs(list->journal, &filter, on_run, list, &err);
    if (code == 0 && list->count && !list->cli->common.json)
        grid_print(&list->grid, &paint, cli_width(stdout, 0), stdout);
    if (code == 0 && list->interrupted && !list->cli->common.json)
        fputs(
            "runbook: runbook resume RUN goes on with an interrupted run, resume --all with each\n", stderr);
    if (code == 0 && !list->count)
        fprintf(stderr, "runbook: no runs%s in %s\n",
            options->status || options->runbook || options->since_ms ? " of that kind" : " yet",
            journal_path(list->journal));
    grid_fini(&list->grid);
    return code == 0 ? EXIT_OK : cli_fail(&err);
}

static int run(struct cli *cli)
{
    struct runs_options *options = cli->options;
    struct listing list = {.cli = cli, .now_us = clock_wall_us()};
    int status = check(cli, options);

    if (status != EXIT_OK)
        return status;
    status = open_if_any(cli, &list.journal);
    if (status == ERR_NOT_FOUND)
        return EXIT_OK;
    if (status != EXIT_OK)
        return status;
    status = list_runs(&list, options);
    journal_close(list.journal);
    return status;
}

#define AT(field) offsetof(struct runs_options, field)
static const struct option options[] = {
    {"status", 's', OPTION_TEXT, AT(status), "STATUS", "Only runs that are failed, running, waiting, …",
        NULL},
    {"runbook", 0, OPTION_TEXT, AT(runbook), "NAME", "Only runs of this runbook", NULL},
    {"since", 0, OPTION_DURATION, AT(since_ms), "DURATION", "Only runs that began at most this long ago",
        NULL},
    {"limit", 'n', OPTION_INTEGER, AT(limit), "COUNT", "At most this many (50)", NULL},
    {0},
};

const struct verb verb_runs = {
    .name = "runs",
    .usage = "",
    .summary = "List the runs in the journal, newest first",
    .help = "The id in the first column is as short as it can be; every verb that takes a RUN takes it, a "
            "runbook's\n"
            "name (its newest run) or \"last\".",
    .examples =
        "  runbook runs\n  runbook runs --status failed --since 7d\n  runbook runs --json | jq -r .id",
    .options = options,
    .options_size = sizeof(struct runs_options),
    .takes = TAKES_JOURNAL | TAKES_JSON,
    .run = run,
};
