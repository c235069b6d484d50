/* test: the scenarios beside the runbooks. */
#include "base/duration.h"
#include "cli/grid.h"
#include "cli/test_find.h"
#include "cli/trial.h"
#include "cli/workers.h"
#include "report/failure.h"
#include "report/tap.h"

#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <unistd.h>

enum format { FORMAT_AUTO, FORMAT_TEXT, FORMAT_TAP, FORMAT_JUNIT };

struct test_options {
    struct texts filter;
    int format; /* enum format */
    int64_t jobs;
    bool coverage;
    const char *coverage_html, *coverage_json;
    int64_t coverage_min;
};

/* One scenario to be played. */
struct piece {
    const struct suite *suite;
    const struct scenario *scenario;
};

struct test {
    struct cli *cli;
    const struct test_options *options;
    struct paint paint;
    struct paths paths;
    struct suite *suites; /* one for each path */
    struct piece *pieces;
    size_t piece_count, piece_cap;
    struct verdict *verdict;
    json_t *results; /* of the pieces, after those of files that could not be loaded */
    size_t invalid;  /* files that could not be loaded, paths that mean nothing */
    size_t failed;
};

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

    return trial(test->pieces[index].suite, test->pieces[index].scenario, test->verdict);
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
enum { WORTH_A_PROCESS = 16 };

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

/* --- telling --- */

static void tell_coverage(const struct coverage_sheet *sheet, const struct paint *paint, const char *prefix)
{
    struct text text autotext = {0}, all autotext = {0};

    coverage_text(sheet, paint, &all);
    for (const char *line = text_str(&all); *line;) {
        size_t len = strcspn(line, "\n") + 1;

        text_printf(&text, "%s%.*s", prefix, (int)len, line);
        line += len;
    }
    cli_print(&text);
}

static void print_tap(const struct test *test)
{
    struct text text autotext = {0};
    json_t *result;
    size_t i;

    tap_head(&text, json_array_size(test->results));
    json_array_foreach(test->results, i, result) tap_point(&text, i + 1, result);
    cli_print(&text);
}

static void print_junit(const struct test *test)
{
    struct text text autotext = {0};

    junit_document(&text, test->results);
    cli_print(&text);
}

static void print_lines(const struct test *test)
{
    json_t *result;
    size_t i;

    json_array_foreach(test->results, i, result) cli_print_json(json_incref(result));
}

/* The scenarios, and the runbook with all it reaches: its invariants may be what was broken. */
static void put_failures(
    const struct test *test, const struct suite *suite, const json_t *result, struct text *text)
{
    const struct book *book = suite->program.book;
    const struct source **items autofree = mem_alloc((book->source_count + 1) * sizeof(*items));
    struct sources sources = {items, book->source_count + 1};

    items[0] = suite->file->source;
    for (size_t i = 0; i < book->source_count; i++)
        items[i + 1] = book->sources[i];
    failures_tell(result, &sources, &test->paint, text);
}

/* A scenario of hours is over in no time: what is shown is its own time. */
static void put_result(const struct test *test, size_t index, struct text *text)
{
    const json_t *result = json_array_get(test->results, index);
    const struct piece *piece = &test->pieces[index - (json_array_size(test->results) - test->piece_count)];
    bool is_good = !json_array_size(json_object_get(result, "failures"));
    char took[DURATION_TEXT_SIZE];
    struct text name autotext = {0};

    safe_line(&name, piece->scenario->name, strlen(piece->scenario->name));
    paint_printf(&test->paint, text, is_good ? INK_GOOD : INK_BAD, "  %s ",
        sign_of_step(&test->paint, is_good ? STEP_SUCCEEDED : STEP_FAILED));
    text_puts(text, text_str(&name));
    paint_printf(&test->paint, text, INK_DIM, " (%s)\n",
        duration_short((int64_t)(json_number_value(json_object_get(result, "seconds")) * 1000), took));
    if (!is_good)
        put_failures(test, piece->suite, result, text);
}

static void put_summary(const struct test *test, struct text *text)
{
    bool is_good = !test->failed && !test->invalid;

    paint_printf(&test->paint, text, is_good ? INK_GOOD : INK_BAD, "\n%zu of %zu scenario%s passed",
        test->piece_count - test->failed, test->piece_count, test->piece_count == 1 ? "" : "s");
    if (test->invalid)
        paint_printf(&test->paint, text, INK_BAD, ", %zu file%s could not be loaded", test->invalid,
            test->invalid == 1 ? "" : "s");
    text_puts(text, "\n");
    if (test->failed)
        text_puts(
            text, "Play one alone with --filter NAME. When what the run did is right, correct `expect`.\n");
}

static void print_text(const struct test *test)
{
    size_t before = json_array_size(test->results) - test->piece_count;
    const struct suite *suite = NULL;
    struct text text autotext = {0};

    for (size_t i = 0; i < test->piece_count; i++) {
        if (test->pieces[i].suite != suite)
            paint_printf(&test->paint, &text, INK_BOLD, "%s\n", test->pieces[i].suite->file->source->path);
        suite = test->pieces[i].suite;
        put_result(test, before + i, &text);
    }
    put_summary(test, &text);
    cli_print(&text);
}

static int write_file(const char *path, const struct text *text)
{
    FILE *file = fopen(path, "we");
    bool is_written = file && fwrite(text_str(text), 1, text->len, file) == text->len;
    struct err err;

    if (file && fclose(file) != 0)
        is_written = false;
    if (is_written)
        return EXIT_OK;
    err_errno(&err, errno, "cannot write %s", path);
    return cli_fail(&err);
}

static int write_html(const struct coverage_sheet *sheet, const char *path)
{
    struct text text autotext = {0};

    coverage_html(sheet, &text);
    return write_file(path, &text);
}

static int write_json(const struct coverage_sheet *sheet, const char *path)
{
    json_t *json autovalue = coverage_json(sheet);
    char *dump autofree = json_dumps(json, JSON_INDENT(2));
    struct text text autotext = {0};

    text_printf(&text, "%s\n", dump);
    return write_file(path, &text);
}

/* Steps and branches, each for itself: the one must not make up for the other. */
static bool is_enough(const struct coverage_sheet *sheet, int64_t wanted)
{
    struct coverage_figure steps, branches;

    coverage_totals(sheet, &steps, &branches);
    if (coverage_percent(&steps) >= wanted && coverage_percent(&branches) >= wanted)
        return true;
    fprintf(stderr,
        "runbook: %d %% of the steps and %d %% of the branches were reached, and --coverage-min wants %lld "
        "%%; "
        "--coverage says which are missing\n",
        coverage_percent(&steps), coverage_percent(&branches), (long long)wanted);
    return false;
}

static int tell_covered(const struct test *test, enum format format)
{
    const struct test_options *options = test->options;
    const struct coverage **coverages autofree = mem_alloc((test->paths.len + 1) * sizeof(*coverages));
    struct coverage_sheet *sheet;
    int status = EXIT_OK;
    size_t count = 0;

    for (size_t i = 0; i < test->paths.len; i++)
        if (test->suites[i].coverage)
            coverages[count++] = test->suites[i].coverage;
    sheet = coverage_sheet_new((struct coverage *const *)coverages, count);
    if (options->coverage && test->cli->common.json)
        cli_print_json(json_pack("{s:o}", "coverage", coverage_json(sheet)));
    else if (options->coverage && format != FORMAT_JUNIT)
        tell_coverage(sheet, &test->paint, format == FORMAT_TAP ? "# " : "");
    if (options->coverage_html)
        status = write_html(sheet, options->coverage_html);
    if (options->coverage_json && status == EXIT_OK)
        status = write_json(sheet, options->coverage_json);
    if (status == EXIT_OK && !is_enough(sheet, options->coverage_min))
        status = EXIT_FAILED;
    coverage_sheet_free(sheet);
    return status;
}

static int tell(struct test *test)
{
    static void (*const prints[])(const struct test *) = {
        [FORMAT_TEXT] = print_text, [FORMAT_TAP] = print_tap, [FORMAT_JUNIT] = print_junit};
    enum format format = (enum format)test->options->format;

    if (format == FORMAT_AUTO)
        format = isatty(STDOUT_FILENO) ? FORMAT_TEXT : FORMAT_TAP;
    if (test->cli->common.json)
        print_lines(test);
    else
        prints[format](test);
    return tell_covered(test, format);
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
        status = tell(&test);
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
                "  runbook test runbooks --format junit >results.xml\n"
                "  runbook test --coverage",
    .options = options,
    .options_size = sizeof(struct test_options),
    .max_args = SIZE_MAX,
    .takes = TAKES_JSON,
    .argument = ARGUMENT_FILE,
    .run = run,
};
