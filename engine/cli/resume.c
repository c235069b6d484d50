/* resume: take up a run that its engine has left. */
#include "base/mem.h"
#include "cli/carry.h"
#include "cli/detach.h"
#include "cli/regiven.h"
#include "model/document.h"

#include <string.h>

enum { ALL_MAX = 10000 };

struct resume_options {
    struct regiven_options given;
    bool all;
};

/* --- by the daemon --- */

/* It has nothing but the journal: what is given along goes to a process of its own. */
static bool is_for_daemon(const struct regiven_options *options, struct journal *journal)
{
    return !options->params.len && !options->answers.len && !options->yes && !options->no_input &&
           journal_keeper(journal) != 0;
}

/* False when a process of its own has to take it up; else `ret_status` is set. */
static bool hand_over(struct cli *cli, struct journal *journal, const char *id, int *ret_status)
{
    struct past past = {0};
    struct err err = {0};
    bool is_for_it = past_open(journal, id, &past, &err) == 0 && !*past.row->group &&
                     !document_has_secret_params(past.program.book->documents[0]);

    if (is_for_it)
        regiven_tell_changed(&past);
    past_fini(&past);
    if (!is_for_it)
        return false;
    if (journal_hand_over(journal, id, &err) < 0) {
        *ret_status = cli_fail(&err);
        return true;
    }
    printf(cli->common.json ? "{\"run\":\"%s\"}\n" : "%s\n", id);
    *ret_status = EXIT_WAITING;
    return true;
}

static int hand_over_one(struct cli *cli)
{
    const struct resume_options *options = cli->options;
    struct journal *journal = NULL;
    char id[RUN_ID_SIZE];
    int status = cli_open_journal(cli, false, &journal);

    if (status != EXIT_OK)
        return status;
    status = cli_find_run(cli, journal, 0, id);
    if (status == EXIT_OK &&
        (!is_for_daemon(&options->given, journal) || !hand_over(cli, journal, id, &status))) {
        journal_close(journal);
        return detach_start(cli->argv, cli->common.json);
    }
    journal_close(journal);
    return status;
}

/* --- here --- */

static int resume_one(struct cli *cli)
{
    const struct regiven_options *options = &((const struct resume_options *)cli->options)->given;
    struct past past = {0};
    struct carry carry = regiven_carry(cli, options, &past, NULL);
    int status;

    if (options->detach && carry.ready_fd < 0)
        return hand_over_one(cli);
    status = regiven_open(&carry, false);
    if (status == EXIT_OK)
        status = regiven_check(&carry, options);
    if (status == EXIT_OK) {
        regiven_tell_changed(&past);
        status = carry_out(&carry);
    }
    carry_fini(&carry);
    past_fini(&past);
    return status;
}

/* --- all of them --- */

struct ids {
    char (*items)[RUN_ID_SIZE];
    size_t len, cap;
};

static bool add_id(void *context, const struct run_row *row)
{
    struct ids *ids = context;

    ids->items = mem_grow(ids->items, ids->len, &ids->cap, sizeof(*ids->items));
    memcpy(ids->items[ids->len++], row->id, RUN_ID_SIZE);
    return true;
}

/* Our own arguments, with the run's id and --detach in the place of --all. */
static int start_process(const struct cli *cli, const char *id)
{
    size_t count = 0;
    char **argv autofree = NULL;

    while (cli->argv[count])
        count++;
    argv = mem_alloc((count + 2) * sizeof(*argv));
    for (size_t i = 0, at = 0; i < count; i++)
        argv[at++] = strcmp(cli->argv[i], "--all") == 0 ? "--detach" : cli->argv[i];
    argv[count] = (char *)id;
    return detach_start(argv, cli->common.json);
}

static int start_one(struct cli *cli, struct journal *journal, const char *id)
{
    const struct resume_options *options = cli->options;
    int status;

    if (is_for_daemon(&options->given, journal) && hand_over(cli, journal, id, &status))
        return status;
    return start_process(cli, id);
}

static int resume_all(struct cli *cli)
{
    struct journal *journal = NULL;
    struct ids ids = {0};
    struct err err = {0};
    int status = cli_open_journal(cli, false, &journal), worst = EXIT_OK;

    if (status != EXIT_OK)
        return status;
    if (journal_runs(
            journal, &(struct run_filter){.status = "interrupted", .limit = ALL_MAX}, add_id, &ids, &err) < 0)
        worst = cli_fail(&err);
    for (size_t i = 0; i < ids.len; i++) {
        status = start_one(cli, journal, ids.items[i]);
        if (worst == EXIT_OK || worst == EXIT_WAITING)
            worst = status;
    }
    journal_close(journal);
    if (!ids.len && worst == EXIT_OK)
        fputs("runbook: no run is interrupted\n", stderr);
    free(ids.items);
    return worst;
}

static int run(struct cli *cli)
{
    const struct resume_options *options = cli->options;

    carry_ignore_signals();
    if (options->all && cli->arg_count)
        return cli_usage(cli, "either one run or --all");
    if (!options->all && !cli->arg_count)
        return cli_usage(
            cli, "which run? `runbook runs --status interrupted` lists them; --all takes up each");
    return options->all ? resume_all(cli) : resume_one(cli);
}

#define AT(field) offsetof(struct resume_options, field)
static const struct option options[] = {
    {"all", 0, OPTION_FLAG, AT(all), NULL, "Take up every interrupted run, each in the background", NULL},
    REGIVEN_OPTIONS(struct resume_options, given,
        "Confirm every manual step and every approval that names nobody; not what became of a lost step"),
    {0},
};
#undef AT

const struct verb verb_resume = {
    .name = "resume",
    .usage = "RUN | --all",
    .summary = "Go on with a run that its engine has left",
    .help =
        "The run goes on where its journal says it stood, with the files it was begun with. Of a step that "
        "was "
        "under\n"
        "way nobody knows whether it finished: its `on_interrupt` decides; as delivered somebody is asked, "
        "unless\n"
        "the step is idempotent or only looks. What was left of it is ended first. Timers and escalations "
        "are where\n"
        "they would be by now, what was said to the run meanwhile is taken in, and the journal says what was "
        "late.\n\n"
        "Exit status: as of exec; 2 also when another process carries the run out, or it has ended; 4 when "
        "it "
        "waits\n"
        "for an answer.",
    .examples = "  runbook resume last\n"
                "  runbook resume k3vq7a --answer migrate=skip --no-input\n"
                "  runbook resume --all",
    .options = options,
    .options_size = sizeof(struct resume_options),
    .max_args = 1,
    .takes = TAKES_JOURNAL | TAKES_SYNC | TAKES_JSON,
    .argument = ARGUMENT_RUN,
    .run = run,
};
