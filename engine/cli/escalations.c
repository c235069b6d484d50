/* escalations: what is open in all runs: who has been paged, who is next and when, and how to answer. */
#include "base/clock.h"
#include "base/duration.h"
#include "cli/grid.h"
#include "report/facts.h"

#include <string.h>

enum { RUNS_MAX = 1000 };

struct escalations_options {
    int64_t since_ms;
    bool all;
};

struct listing {
    struct cli *cli;
    struct journal *journal;
    const struct escalations_options *options;
    struct grid grid;
    struct text commands; /* for people, below the list */
    int64_t now_us;
    char (*ids)[RUN_ID_SIZE];
    size_t id_count, id_cap, shown;
};

static const char *state_of(const struct row *row)
{
    if (!row->is_open)
        return "resolved";
    if (row->is_acknowledged)
        return "acknowledged";
    return row->is_exhausted ? "exhausted" : "triggered";
}

static enum ink ink_of(const struct row *row)
{
    if (!row->is_open)
        return INK_DIM;
    return row->is_acknowledged ? INK_GOOD : INK_BAD;
}

/* Wall time of what is due next; 0 = nothing: nobody is paged for a run that has ended. */
static int64_t next_us(const struct facts *facts, const struct row *row)
{
    return row->is_open && row->due_us >= 0 && !facts_is_over(facts) ? facts->start_wall_us + row->due_us : 0;
}

static const char *in_words(int64_t wall_us, int64_t now_us, char *ret, size_t size)
{
    char length[DURATION_TEXT_SIZE], at[INSTANT_TEXT_SIZE];

    if (!wall_us)
        snprintf(ret, size, "never");
    else if (wall_us <= now_us)
        snprintf(ret, size, "due");
    else
        snprintf(ret, size, "in %s (%.8s)", duration_short((wall_us - now_us) / 1000, length),
            instant_local(wall_us, false, at));
    return ret;
}

static void add_row(struct listing *list, const struct facts *facts, const struct row *row, const char *id)
{
    char level[24], since[DURATION_TEXT_SIZE], next[64];
    int64_t began_us = facts->start_wall_us + row->started_us;

    snprintf(level, sizeof(level), "%d", row->level);
    grid_add(&list->grid, INK_BOLD, id);
    grid_add(&list->grid, INK_PLAIN, facts->run.runbook);
    grid_add(&list->grid, INK_PLAIN, row->path);
    grid_add(&list->grid, ink_of(row), state_of(row));
    grid_add(&list->grid, INK_PLAIN, row->is_acknowledged ? row->by : row->paged);
    grid_add(&list->grid, INK_PLAIN, level);
    grid_add(&list->grid, INK_PLAIN, duration_short((list->now_us - began_us) / 1000, since));
    grid_add(&list->grid, INK_PLAIN, in_words(next_us(facts, row), list->now_us, next, sizeof(next)));
    if (row->is_open)
        text_printf(&list->commands, "  runbook %s %s %s\n",
            facts_is_over(facts) || row->is_acknowledged ? "resolve" : "ack", id, row->path);
}

static void put_instant(json_t *json, const char *name, int64_t wall_us)
{
    char text[INSTANT_TEXT_SIZE];

    if (wall_us)
        json_object_set_new(json, name, json_string(instant_utc(wall_us, text)));
}

static void print_row(const struct facts *facts, const struct row *row)
{
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:i, s:s, s:s, s:s}", "run", facts->run.id, "runbook",
        facts->run.runbook, "escalation", row->path, "state", state_of(row), "level", row->level, "paged",
        row->paged, "by", row->by, "message", row->message);

    put_instant(json, "since", facts->start_wall_us + row->started_us);
    put_instant(json, "next", next_us(facts, row));
    cli_print_json(json);
}

static void show_run(struct listing *list, const struct facts *facts)
{
    char id[RUN_ID_SIZE];

    journal_short_id(list->journal, facts->run.id, id);
    for (size_t i = 0; i < facts->row_count; i++) {
        const struct row *row = &facts->rows[i];

        if (row->type != ROW_ESCALATION || (!row->is_open && !list->options->all))
            continue;
        list->shown++;
        if (list->cli->common.json)
            print_row(facts, row);
        else
            add_row(list, facts, row, id);
    }
}

/* What a run that succeeded had open was resolved with it. */
static bool on_run(void *context, const struct run_row *run)
{
    struct listing *list = context;

    if (run->status == RUN_SUCCEEDED && !list->options->all)
        return true;
    list->ids = mem_grow(list->ids, list->id_count, &list->id_cap, sizeof(*list->ids));
    memcpy(list->ids[list->id_count++], run->id, RUN_ID_SIZE);
    return true;
}

static int find_runs(struct listing *list, struct err *err)
{
    const struct run_filter filter = {
        .since_us = list->options->since_ms ? list->now_us - list->options->since_ms * 1000 : 0,
        .limit = RUNS_MAX};

    return journal_runs(list->journal, &filter, on_run, list, err);
}

static int show_all(struct listing *list)
{
    struct err err = {0};
    int code = list->cli->arg_count ? 0 : find_runs(list, &err);

    for (size_t i = 0; i < list->id_count && code == 0; i++) {
        struct facts facts = {.only_news = true};

        code = facts_read(list->journal, list->ids[i], list->now_us, &facts, &err);
        if (code == 0)
            show_run(list, &facts);
        facts_fini(&facts);
    }
    return code == 0 ? EXIT_OK : cli_fail(&err);
}

static void print_list(struct listing *list)
{
    struct paint paint = cli_paint(list->cli);

    if (list->cli->common.json)
        return;
    if (!list->shown) {
        fprintf(stderr, "runbook: no escalation is open\n");
        return;
    }
    grid_print(&list->grid, &paint, cli_width(stdout, 0), stdout);
    if (list->commands.len)
        putchar('\n');
    cli_print(&list->commands);
}

static int run(struct cli *cli)
{
    static const struct column columns[] = {{"RUN", false, 0}, {"RUNBOOK", false, 10},
        {"ESCALATION", false, 8}, {"STATE", false, 0}, {"WHO", false, 6}, {"LEVEL", true, 0},
        {"SINCE", true, 0}, {"NEXT PAGE", false, 8}};
    struct listing list = {.cli = cli, .options = cli->options, .now_us = clock_wall_us()};
    int status = cli_open_journal(cli, true, &list.journal);

    if (status != EXIT_OK)
        return status;
    grid_init(&list.grid, columns, sizeof(columns) / sizeof(columns[0]));
    if (cli->arg_count) {
        list.ids = mem_grow(NULL, 0, &list.id_cap, sizeof(*list.ids));
        list.id_count = 1;
        status = cli_find_run(cli, list.journal, 0, list.ids[0]);
    }
    if (status == EXIT_OK)
        status = show_all(&list);
    if (status == EXIT_OK)
        print_list(&list);
    grid_fini(&list.grid);
    text_fini(&list.commands);
    free(list.ids);
    journal_close(list.journal);
    return status;
}

#define AT(field) offsetof(struct escalations_options, field)
static const struct option options[] = {
    {"all", 'a', OPTION_FLAG, AT(all), NULL, "Also those that have been resolved", NULL},
    {"since", 0, OPTION_DURATION, AT(since_ms), "DURATION", "Only of runs that began at most this long ago",
        NULL},
    {0},
};

const struct verb verb_escalations = {
    .name = "escalations",
    .usage = "[RUN]",
    .summary = "List open escalations: who was paged, who is next and when",
    .help = "Without RUN, those of the last thousand runs. What a failed run leaves open stays open until\n"
            "somebody resolves it; nobody is paged for it any more.",
    .examples = "  runbook escalations\n  runbook escalations last --all",
    .options = options,
    .options_size = sizeof(struct escalations_options),
    .max_args = 1,
    .takes = TAKES_JOURNAL | TAKES_JSON,
    .argument = ARGUMENT_RUN,
    .run = run,
};
