/* test_inside: one invocation of `runbook test`, as its files share it. */
#ifndef CLI_TEST_INSIDE_H
#define CLI_TEST_INSIDE_H

#include "cli/grid.h"
#include "cli/test_find.h"
#include "cli/trial.h"

enum format { FORMAT_AUTO, FORMAT_TEXT, FORMAT_TAP, FORMAT_JUNIT };

struct test_options {
    struct texts filter;
    int format; /* enum format */
    int64_t jobs;
    bool coverage, update;
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

/* test_tell.c: the results, as was asked for. Returns an exit status. */
int test_tell(struct test *test);
/* test_update.c: write what came of the runs where expectations alone were wrong, and show the difference.
 * Returns an exit status. */
int test_update(struct test *test);

#endif
