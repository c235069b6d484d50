/* test: the scenarios beside the runbooks. */
#include "cli/grid.h"
#include "cli/trial.h"
#include "report/tap.h"

#include <fnmatch.h>
#include <string.h>
#include <unistd.h>

enum format { FORMAT_AUTO, FORMAT_TEXT, FORMAT_TAP, FORMAT_JUNIT };

struct test_options {
    struct texts filter;
    int format;
    int64_t jobs;
};

struct test {
    struct cli *cli;
    const struct test_options *options;
    struct suite *suites;
    size_t suite_count;
    json_t *results;
    bool has_errors;
};

static void open_suites(struct test *test)
{
    test->suites = mem_alloc((test->cli->arg_count + 1) * sizeof(*test->suites));
    for (size_t i = 0; i < test->cli->arg_count; i++) {
        struct diags diags = {0};
        struct text text autotext = {0};

        suite_open(test->cli->args[i], &test->suites[test->suite_count++], &diags);
        test->has_errors |= diags.errors > 0;
        diags_render(&diags, &text, cli_color(test->cli, stderr));
        fputs(text_str(&text), stderr);
        diags_fini(&diags);
    }
}

static bool is_chosen(const struct test *test, const struct scenario *scenario)
{
    const struct texts *filter = &test->options->filter;

    for (size_t i = 0; i < filter->len; i++)
        if (fnmatch(filter->items[i], scenario->name, 0) == 0)
            return true;
    return filter->len == 0;
}

static void play(struct test *test)
{
    struct verdict *verdict = verdict_new();

    test->results = json_array();
    for (size_t i = 0; i < test->suite_count; i++) {
        const struct suite *suite = &test->suites[i];

        for (size_t j = 0; suite->is_sound && j < suite->file->scenarios.len; j++)
            if (is_chosen(test, suite->file->scenarios.items[j]))
                json_array_append_new(test->results, trial(suite, suite->file->scenarios.items[j], verdict));
    }
    verdict_free(verdict);
}

static bool has_failed(const json_t *result)
{
    return json_array_size(json_object_get(result, "failures")) > 0;
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

static int exit_status(const struct test *test)
{
    json_t *result;
    size_t i;

    if (test->has_errors)
        return EXIT_USAGE;
    json_array_foreach(test->results, i, result) if (has_failed(result)) return EXIT_FAILED;
    return EXIT_OK;
}

static int run(struct cli *cli)
{
    struct test test = {.cli = cli, .options = cli->options};
    int status;

    open_suites(&test);
    play(&test);
    print_tap(&test);
    status = exit_status(&test);
    for (size_t i = 0; i < test.suite_count; i++)
        suite_fini(&test.suites[i]);
    free(test.suites);
    json_decref(test.results);
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
    {0},
};
#undef AT

const struct verb verb_test = {
    .name = "test",
    .usage = "[PATH…]",
    .summary = "Play the scenarios of runbooks in virtual time, and check what comes of them",
    .help = "A PATH is a scenario file (deploy.test.yaml), a runbook (its deploy.test.yaml beside it) or a "
            "folder.",
    .examples = "  runbook test\n  runbook test deploy.yaml --filter '*rolled back*'",
    .options = options,
    .options_size = sizeof(struct test_options),
    .max_args = SIZE_MAX,
    .takes = TAKES_JSON,
    .argument = ARGUMENT_FILE,
    .run = run,
};
