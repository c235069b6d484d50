/* test_tell: results for people, for TAP, for JUnit and as JSON; and what was covered. */
#include "base/duration.h"
#include "cli/test_inside.h"
#include "report/failure.h"
#include "report/tap.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

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

int test_tell(struct test *test)
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
