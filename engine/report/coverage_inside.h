/* coverage_inside: what the files of the coverage know of one another. */
#ifndef REPORT_COVERAGE_INSIDE_H
#define REPORT_COVERAGE_INSIDE_H

#include "report/coverage.h"
#include "report/coverage_points.h"

struct coverage {
    struct arena arena;
    const struct book *book;
    struct points points;
    uint64_t *hits;      /* in how many runs each point was reached */
    uint32_t *last_runs; /* the last of them, counted from 1 */
    uint32_t run;
    struct arena run_arena; /* of the present run: */
    struct map taken;       /* paths of switches of which a case was taken */
    struct map policies;    /* escalation -> policy */
};

/* One thing to be reached in a file, by all the books that hold it. */
struct sheet_point {
    struct point point;
    uint64_t hits;  /* in how many runs */
    size_t implied; /* of a step that never ran: its branches, which need no words of their own */
    bool is_implied;
};

/* In the order of its lines. */
struct sheet_file {
    const char *path, *text;
    size_t len;
    struct sheet_point *points;
    size_t count, cap;
    struct coverage_figure steps, branches;
};

struct coverage_sheet {
    struct arena arena;
    struct sheet_file *files;
    size_t count, cap;
    struct coverage_figure steps, branches;
};

/* Missed, and worth saying. */
bool sheet_is_news(const struct sheet_point *each);
/* The id of the step it is about, or "". */
const char *sheet_step(const struct sheet_point *each);
/* "`when` was never false", with what it speaks of before it. */
void sheet_words(const struct sheet_point *each, struct text *text);

#endif
