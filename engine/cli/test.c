/* test: the scenarios beside the runbooks. */
#include "cli/test_inside.h"
#include "cli/workers.h"

#include <fnmatch.h>
#include <string.h>

/* --- what is to be played --- */

static bool is_chosen(const struct test *test, const struct scenario *scenario)
{
    const struct texts *filter = &test->options->filter;

    for (size_t i = 0; i < filter->len; i++)
        if (fnmatch(filter->items[i], scenario->name, 0) == 0)
            return true;
    return filter->len == 0;
}

static void choose(struct test *test, const struct suite *suite)
{
    for (size_t i = 0; i < suite->file->scenarios.len; i++) {
        if (!is_chosen(test, suite->file->scenarios.items[i]))
            continue;
        test->pieces = mem_grow(test->pieces, test->piece_count, &test->piece_cap, sizeof(*test->pieces));
        test->pieces[test->piece_count++] = (struct piece){suite, suite->file->scenarios.items[i]};
    }
}

/* A file that cannot be loaded is a result that failed. */
static void refuse(struct test *test, const char *path, const struct diags *diags)
{
    json_t *failures = json_array();

    for (size_t i = 0; i < diags->len; i++)
        if (diags->items[i].level == DIAG_ERROR)
            json_array_append_new(failures, failure_of(&diags->items[i]));
    json_array_append_new(test->results,
        json_pack("{s:s, s:s, s:i, s:s, s:n, s:f, s:o}", "file", path, "scenario", "the file can be loaded",
            "line", 1, "status", "invalid", "run", "seconds", 0.0, "failures", failures));
    test->invalid++;
}

static void report(const struct test *test, struct diags *diags)
{
    struct text text autotext = {0};

    diags_render(diags, &text, cli_color(test->cli, stderr));
    fputs(text_str(&text), stderr);
    diags_fini(diags);
}

static void find(struct test *test)
{
    const struct cli *cli = test->cli;

    for (size_t i = 0; i < cli->arg_count || i < 1; i++) {
        const char *path = cli->arg_count ? cli->args[i] : ".";
        struct diags diags = {0};

        paths_find(&test->paths, path, &diags);
        if (diags.errors)
            refuse(test, path, &diags);
        report(test, &diags);
    }
}

static void open_suites(struct test *test)
{
    const struct test_options *options = test->options;
    bool is_covered =
        options->coverage || options->coverage_html || options->coverage_json || options->coverage_min > 0;

    test->suites = mem_alloc((test->paths.len + 1) * sizeof(*test->suites));
    for (size_t i = 0; i < test->paths.len; i++) {
        struct suite *suite = &test->suites[i];
        struct diags diags = {0};

        suite_open(test->paths.items[i], suite, &diags);
        if (!suite->is_sound)
            refuse(test, test->paths.items[i], &diags);
        report(test, &diags);
        if (!suite->is_sound)
            continue;
        suite->coverage = is_covered ? coverage_new(suite->program.book) : NULL;
        choose(test, suite);
    }
}

/* --- playing --- */

static json_t *perform(void *context, size_t index)
{
    struct test *test = context;

    return trial(
        test->pieces[index].suite, test->pieces[index].scenario, test->verdict, test->options->update);
}

/* What a process has covered: of each file the counts of its points. */
static json_t *leave_coverage(void *context)
{
    const struct test *test = context;
    json_t *all = json_array();

    for (size_t i = 0; i < test->paths.len; i++) {
        json_t *counts = json_array();
        size_t count = 0;
        const uint64_t *hits =
            test->suites[i].coverage ? coverage_hits(test->suites[i].coverage, &count) : NULL;

        for (size_t j = 0; j < count; j++)
            json_array_append_new(counts, json_integer((json_int_t)hits[j]));
        json_array_append_new(all, counts);
    }
    return all;
}

static void take_coverage(struct test *test, const json_t *all)
{
    for (size_t i = 0; i < test->paths.len; i++) {
        json_t *counts = json_array_get(all, i);
        size_t count = json_array_size(counts);
        uint64_t *hits autofree = mem_alloc((count + 1) * sizeof(*hits));

        for (size_t j = 0; j < count; j++)
            hits[j] = (uint64_t)json_integer_value(json_array_get(counts, j));
        if (test->suites[i].coverage)
            coverage_merge(test->suites[i].coverage, hits, count, NULL);
    }
}

/* So few that starting processes would take longer. */
enum { WORTH_A_PROCESS = 64 };

static size_t job_count(const struct test *test)
{
    size_t wanted = test->options->jobs ? (size_t)test->options->jobs : workers_default();
    size_t most = test->piece_count / WORTH_A_PROCESS + 1;

    return wanted < most ? wanted : most;
}

/* The process died: that is a bug of ours, but it must not be lost. */
static json_t *result_of_dead(const struct piece *piece, const char *how)
{
    struct err err;
    struct diag diag = {.name = "died", .pos = piece->scenario->pos, .text = err.text};

    err_set(&err, ERR_INTERNAL, "the process that played this or one before it died: %s", how);
    diag.hint = "play it alone with --jobs 1, and report it";
    return json_pack("{s:s, s:s, s:i, s:s, s:n, s:f, s:[o]}", "file", piece->suite->file->source->path,
        "scenario", piece->scenario->name, "line", (int)piece->scenario->pos.line, "status", "failed", "run",
        "seconds", 0.0, "failures", failure_of(&diag));
}

static void play(struct test *test)
{
    struct shared_work work = {test->piece_count, perform, leave_coverage, test};
    json_t *left autovalue = json_array(), *results autovalue = NULL, *result;
    size_t i;

    test->verdict = verdict_new();
    results = workers_run(&work, job_count(test), left);
    verdict_free(test->verdict);
    json_array_foreach(left, i, result) take_coverage(test, result);
    json_array_foreach(results, i, result)
    {
        const char *died = value_get_string(result, "died");
        json_t *shown = died ? result_of_dead(&test->pieces[i], died) : json_incref(result);

        test->failed += json_array_size(json_object_get(shown, "failures")) > 0;
        json_array_append_new(test->results, shown);
    }
}

/* --- the whole --- */

static void fini(struct test *test)
{
    for (size_t i = 0; i < test->paths.len; i++)
        suite_fini(&test->suites[i]);
    free(test->suites);
    free(test->pieces);
    paths_fini(&test->paths);
    json_decref(test->results);
}

static int run(struct cli *cli)
{
    struct test test = {.cli = cli, .options = cli->options, .paint = cli_paint(cli)};
    int status;

    if (test.options->coverage_min < 0 || test.options->coverage_min > 100)
        return cli_usage(
            cli, "--coverage-min wants 0 to 100, not %lld", (long long)test.options->coverage_min);
    test.results = json_array();
    find(&test);
    open_suites(&test);
    if (test.piece_count + test.invalid == 0) {
        status =
            cli_usage(cli, test.paths.len ? "no scenario has such a name" : "there are no *.test.yaml here");
    } else {
        play(&test);
        status = test.options->update ? test_update(&test) : test_tell(&test);
        if (status == EXIT_OK)
            status = test.invalid ? EXIT_USAGE : test.failed ? EXIT_FAILED : EXIT_OK;
    }
    fini(&test);
    return status;
}

#define AT(field) offsetof(struct test_options, field)
static const char *const formats[] = {"auto", "text", "tap", "junit", NULL};
static const struct option options[] = {
    {"filter", 'f', OPTION_TEXTS, AT(filter), "GLOB", "Only the scenarios whose name fits; may be repeated",
        NULL},
    {"format", 0, OPTION_CHOICE, AT(format), NULL, "Text on a terminal, else TAP", formats},
    {"jobs", 'j', OPTION_INTEGER, AT(jobs), "N", "How many processes share the work (the number of cores)",
        NULL},
    {"update", 0, OPTION_FLAG, AT(update), NULL,
        "Write what the runs did into `expect` where it was wrong or missing, and show the difference", NULL},
    {"coverage", 0, OPTION_FLAG, AT(coverage), NULL, "Say which steps and branches were not reached", NULL},
    {"coverage-html", 0, OPTION_FILE, AT(coverage_html), "FILE", "Write the runbooks with what was missed",
        NULL},
    {"coverage-json", 0, OPTION_FILE, AT(coverage_json), "FILE", "Write the coverage as JSON", NULL},
    {"coverage-min", 0, OPTION_INTEGER, AT(coverage_min), "PERCENT",
        "Fail when less of the steps, or of the branches, is reached", NULL},
    {0},
};
#undef AT

const struct verb verb_test = {
    .name = "test",
    .usage = "[PATH…]",
    .summary = "Play the scenarios of runbooks in virtual time, and check what comes of them",
    .help = "A PATH is a scenario file (deploy.test.yaml), a runbook (its deploy.test.yaml beside it), or a "
            "folder with any\n"
            "number of them (the current one when none is given). Nothing is performed and no journal is "
            "touched.\n\n"
            "Exit status: 0 all passed; 1 a scenario failed, or --coverage-min was not reached; 2 a file "
            "could not be loaded.",
    .examples = "  runbook test\n"
                "  runbook test deploy.yaml --filter '*rolled back*'\n"
                "  runbook test deploy.yaml --update\n"
                "  runbook test runbooks --format junit >results.xml\n"
                "  runbook test --coverage",
    .options = options,
    .options_size = sizeof(struct test_options),
    .max_args = SIZE_MAX,
    .takes = TAKES_JSON,
    .argument = ARGUMENT_FILE,
    .run = run,
};
