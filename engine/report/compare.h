/* compare: what was expected beside what there is. */
#ifndef REPORT_COMPARE_H
#define REPORT_COMPARE_H

#include "model/field.h"
#include "model/value.h"

/* A growing list of lines that live elsewhere. Zero-initialise. */
struct lines {
    const char **items;
    int64_t *at_us; /* when each was said */
    size_t len, cap, at_cap;
};

typedef bool (*line_fits)(const char *wanted, const char *line);

void lines_add(struct lines *lines, const char *line, int64_t at_us);
void lines_fini(struct lines *lines);
/* How many of `wanted` are there in this order; others may stand between. */
size_t lines_in_order(const struct strings *wanted, const struct lines *lines, line_fits is_fit);
/* When what is missing was said out of turn, else when the last was found; -1: neither ever was. */
int64_t lines_missed_at(const struct strings *wanted, const struct lines *lines, line_fits is_fit);
/* All lists of lines that begin with "- ", "+ " or "  ". New references. What was not asked for is shown only
 * near what was. */
json_t *diff_lines(const struct strings *wanted, const struct lines *lines, line_fits is_fit);
json_t *diff_maps(const json_t *wanted, const json_t *actual);

/* Equal; a text may be a glob when `is_glob`; of a map, the keys that are wanted. */
bool value_fits(const json_t *wanted, const json_t *actual, bool is_glob);
json_t *strings_json(const struct strings *strings);

#endif
