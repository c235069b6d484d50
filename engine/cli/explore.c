/* explore: every way a runbook can go, and what is wrong on one of them. Nothing is performed. */
#include "cli/explore.h"
#include "base/clock.h"
#include "base/duration.h"
#include "cli/given.h"
#include "cli/grid.h"
#include "cli/params.h"
#include "cli/test_find.h"
#include "load/scenario.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { STATES = 250 * 1000, MEMORY_MB = 1024, FINDINGS = 100 };

struct explore_verb_options {
    struct given_options given;
    const char *at, *scenario, *what_matters;
    int64_t states, memory_mb;
    bool no_mocks;
};

/* --- before it begins --- */

static int report(const struct exploring *exploring, struct diags *diags)
{
    struct text text autotext = {0};
    int status = diags->errors ? EXIT_USAGE : EXIT_OK;

    diags_render(diags, &text, cli_color(exploring->cli, stderr));
    fputs(text_str(&text), stderr);
    diags_fini(diags);
    return status;
}

static int load(struct exploring *exploring)
{
    const struct explore_verb_options *options = exploring->cli->options;
    const char *file = exploring->cli->args[0];
    char *scenarios autofree = paths_beside(file);
    struct diags diags = {0};

    program_open(file, &exploring->program, &diags);
    if (!options->no_mocks && !diags.errors && access(scenarios, F_OK) == 0)
        exploring->mocks = load_scenarios(scenarios, &diags);
    return report(exploring, &diags);
}

/* NULL: every one. */
static const char *step_wanted(const char *what_matters)
{
    return what_matters && strcmp(what_matters, "all") == 0 ? NULL : what_matters;
}

static void check_step(const struct exploring *exploring, const char *id, struct diags *diags)
{
    const struct document *document = exploring->program.book->documents[0];
    const char **names;
    struct diag *diag;

    if (!id || document_find_any(document, id))
        return;
    diag = diag_error(diags, (struct pos){0}, "option", "--what-matters: there is no step \"%s\"", id);
    names = mem_alloc((document->step_count + 1) * sizeof(*names));
    for (size_t i = 0; i < document->step_count; i++)
        names[i] = document->steps[i]->id;
    diag_did_you_mean(diags, diag, id, names, document->step_count);
    free(names);
}

/* As a scenario begins where it does not say otherwise. */
static const char *const usual_start = "2026-01-01T00:00:00Z";

static bool wants_params(const struct items *params)
{
    for (size_t i = 0; i < params->len; i++)
        if (!((const struct param *)params->items[i])->fallback)
            return true;
    return false;
}

/* Where some are wanted and none are given, those of the first scenario will do. New reference. */
static json_t *gather_params(const struct exploring *exploring, struct diags *diags)
{
    const struct explore_verb_options *options = exploring->cli->options;
    const struct given_options *given = &options->given;
    const struct scenario *first =
        exploring->mocks && exploring->mocks->scenarios.len ? exploring->mocks->scenarios.items[0] : NULL;
    struct text line autotext = {0};

    if (given->params.len || given->params_file || !first || !first->params ||
        !wants_params(&exploring->program.book->documents[0]->params))
        return params_gather(&given->params, given->params_file, diags);
    safe_line(&line, first->name, strlen(first->name));
    fprintf(
        stderr, "runbook: with the parameters of the scenario \"%s\", as none are given\n", text_str(&line));
    return json_incref(first->params);
}

static int check_given(struct exploring *exploring)
{
    const struct explore_verb_options *options = exploring->cli->options;
    struct diags diags = {0};
    struct err err;
    json_t *params autovalue = gather_params(exploring, &diags);

    exploring->params = params_check(&exploring->program.book->documents[0]->params, params, true, &diags);
    if (instant_parse(options->at ? options->at : usual_start, &exploring->wall_us, &err) < 0)
        diag_error(&diags, (struct pos){0}, "option", "--at: %s", err.text);
    exploring->wants_matters = options->what_matters;
    exploring->step = step_wanted(options->what_matters);
    check_step(exploring, exploring->step, &diags);
    return report(exploring, &diags);
}

/* --- while it goes on --- */

/* Interrupted is noticed between two steps of the search, so what was found is told all the same. */
static bool is_interrupted(void)
{
    sigset_t pending;

    return sigpending(&pending) == 0 &&
           (sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1);
}

/* True: hold back what would interrupt; false: let it through again, but for what has come. */
static void hold_interrupts(bool hold)
{
    const struct timespec at_once = {0};
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    if (hold) {
        sigprocmask(SIG_BLOCK, &signals, NULL);
        return;
    }
    while (sigtimedwait(&signals, NULL, &at_once) > 0)
        continue;
    sigprocmask(SIG_UNBLOCK, &signals, NULL);
}

static void show_progress(struct exploring *exploring, const struct explored *so_far)
{
    int64_t now_us = clock_mono_us();

    if (!exploring->shows_progress || now_us - exploring->shown_us < 100000)
        return;
    exploring->shown_us = now_us;
    exploring->has_shown = true;
    fprintf(stderr, "\r\033[K%zu states, %zu ways to go on, %zu finding%s, %zu MB", so_far->states,
        so_far->waiting, so_far->finding_count, so_far->finding_count == 1 ? "" : "s", so_far->memory >> 20);
}

static bool on_progress(void *context, const struct explored *so_far)
{
    show_progress(context, so_far);
    return !is_interrupted();
}

static void clear_progress(const struct exploring *exploring)
{
    if (exploring->has_shown)
        fputs("\r\033[K", stderr);
}

/* --- afterwards --- */

static int write_scenario(struct exploring *exploring)
{
    const struct explore_verb_options *options = exploring->cli->options;
    struct err err;
    FILE *file;
    bool is_written;

    if (!options->scenario || !exploring->explored.finding_count)
        return EXIT_OK;
    file = fopen(options->scenario, "we");
    is_written = file && fputs(exploring->explored.findings[0].scenario, file) >= 0;
    if (file && fclose(file) != 0)
        is_written = false;
    if (is_written)
        return EXIT_OK;
    err_set(&err, ERR_IO, "cannot write '%s': %s", options->scenario, strerror(errno));
    return cli_fail(&err);
}

static int exit_status(const struct exploring *exploring)
{
    if (exploring->explored.finding_count)
        return EXIT_FAILED;
    return exploring->explored.bound ? EXIT_WAITING : EXIT_OK;
}

static size_t folder_len(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? (size_t)(slash - path) : 0;
}

/* How a scenario names the runbook: beside it by its name alone. */
static char *runbook_name(const char *file, const char *scenario)
{
    size_t len = folder_len(file);
    bool is_beside = !scenario || (folder_len(scenario) == len && strncmp(scenario, file, len) == 0);
    char *whole = is_beside ? NULL : realpath(file, NULL);

    return whole ? whole : mem_strdup(file + len + (file[len] == '/'));
}

static int carry_out(struct exploring *exploring)
{
    const struct explore_verb_options *options = exploring->cli->options;
    struct cli *cli = exploring->cli;
    char *name autofree = runbook_name(cli->args[0], options->scenario);
    int status;

    exploring->shows_progress = isatty(STDERR_FILENO) && !cli->common.json;
    exploring->scenario_path = options->scenario;
    hold_interrupts(true);
    exploring->explored = explore(&(struct explore_options){.program = &exploring->program,
        .mocks = exploring->mocks,
        .file = name,
        .params = exploring->params,
        .wall_us = exploring->wall_us,
        .initiator = "tester",
        .max_states = options->states ? (size_t)options->states : STATES,
        .max_memory = (size_t)(options->memory_mb ? options->memory_mb : MEMORY_MB) << 20,
        .max_findings = FINDINGS,
        .wants_matters = exploring->wants_matters,
        .on_progress = on_progress,
        .context = exploring});
    hold_interrupts(false);
    clear_progress(exploring);
    if (cli->common.json)
        explore_put_json(exploring);
    else
        explore_put_text(exploring);
    status = write_scenario(exploring);
    return status == EXIT_OK ? exit_status(exploring) : status;
}

static int run(struct cli *cli)
{
    struct exploring exploring = {.cli = cli};
    int status = load(&exploring);

    if (status == EXIT_OK)
        status = check_given(&exploring);
    if (status == EXIT_OK)
        status = carry_out(&exploring);
    explored_fini(&exploring.explored);
    json_decref(exploring.params);
    scenario_file_free(exploring.mocks);
    program_fini(&exploring.program);
    return status;
}

#define AT(field) offsetof(struct explore_verb_options, field)
static const struct option options[] = {
    GIVEN_PARAMS(struct explore_verb_options, given),
    {"at", 0, OPTION_TEXT, AT(at), "INSTANT", "When runs begin (2026-01-01T00:00:00Z)", NULL},
    {"scenario", 0, OPTION_FILE, AT(scenario), "FILE",
        "Write the way to the first finding as a scenario for runbook test", NULL},
    {"what-matters", 0, OPTION_TEXT, AT(what_matters), "STEP",
        "Show which outcomes of the step, or of all, change the end of the run", NULL},
    {"no-mocks", 0, OPTION_FLAG, AT(no_mocks), NULL,
        "Do not take outcomes from the scenarios beside the runbook", NULL},
    {"states", 0, OPTION_INTEGER, AT(states), "N", "Stop after this many distinct states (250000)", NULL},
    {"memory", 0, OPTION_INTEGER, AT(memory_mb), "MB", "Stop at this much memory (1024)", NULL},
    {0},
};
#undef AT

const struct verb verb_explore = {
    .name = "explore",
    .usage = "FILE",
    .summary = "Look for what can go wrong on every way a runbook can go",
    .help =
        "Every combination of outcomes: each effect succeeds, fails, or hangs where a timeout would end it; "
        "each question\n"
        "gets each answer or none; signals come or do not; pages arrive or not and are acknowledged or not. "
        "States with\n"
        "the same future are gone on from once. Checked are the runbook's `invariants`, and without being "
        "asked that\n"
        "every way ends, that every question can be answered or times out, that no undo is lost, and that "
        "paging goes\n"
        "on while nobody acknowledges. What scenarios in FILE.test.yaml say a step prints is taken as an "
        "outcome,\n"
        "and the parameters of the first stand for those that are wanted when none are given.\n\n"
        "Exit status: 0 when nothing was found, 1 when something was, 4 when nothing was found but not "
        "everything explored.",
    .examples = "  runbook explore p1-system-down.yaml\n"
                "  runbook explore deploy.yaml --scenario deploy-finding.test.yaml\n"
                "  runbook explore deploy.yaml --what-matters all",
    .options = options,
    .options_size = sizeof(struct explore_verb_options),
    .min_args = 1,
    .max_args = 1,
    .takes = TAKES_JSON,
    .argument = ARGUMENT_FILE,
    .run = run,
};
