/* coverage: which steps and branches of a runbook its scenarios have reached. What counts as a branch is the
 * table in coverage_points.h. */
#ifndef REPORT_COVERAGE_H
#define REPORT_COVERAGE_H

#include "base/err.h"
#include "model/document.h"
#include "model/event.h"
#include "report/paint.h"

/* Of one book: the runbook, those it calls, and the policies they page. */
struct coverage;

/* Keeps the book's pointers for coverage_add only: once the last event is in, the book may go, and everything
 * below works without it. */
struct coverage *coverage_new(const struct book *book);
void coverage_free(struct coverage *coverage);
/* One event of a run of that book, in order; `run.started` begins another run. */
void coverage_add(struct coverage *coverage, const struct event *event);

/* How often each point was reached, for a pipe between processes that have loaded the same book. Borrowed. */
const uint64_t *coverage_hits(const struct coverage *coverage, size_t *ret_count);
/* Add what another process has counted. ERR_CORRUPT when it is not of the same book. */
int coverage_merge(struct coverage *coverage, const uint64_t *hits, size_t count, struct err *err);

struct coverage_figure {
    size_t covered, total;
};

/* 0 … 100, rounded down, so that only what is whole says 100; what has no points is whole. */
int coverage_percent(const struct coverage_figure *figure);

/* Several books in one account. A file that more than one of them reaches is one file, with the hits of all.
 */
struct coverage_sheet;

struct coverage_sheet *coverage_sheet_new(struct coverage *const *coverages, size_t count); /* copies */
void coverage_sheet_free(struct coverage_sheet *sheet);
void coverage_totals(const struct coverage_sheet *sheet, struct coverage_figure *ret_steps,
    struct coverage_figure *ret_branches);

/* One line per file, then what was missed, with file, line and words. */
void coverage_text(const struct coverage_sheet *sheet, const struct paint *paint, struct text *text);
/* {files: [{file, steps: {covered, total, percent}, branches, points: [{line, of, what, runs, missed?}]}],
 * steps, branches}: `of` a step or a policy, `runs` how many reached it. New reference. */
json_t *coverage_json(const struct coverage_sheet *sheet);
/* One page that needs nothing else: the files with line numbers, and at each line what was missed. */
void coverage_html(const struct coverage_sheet *sheet, struct text *text);

#endif
