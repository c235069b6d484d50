/* compare: what was expected beside what there is. */
#ifndef REPORT_COMPARE_H
#define REPORT_COMPARE_H

#include "model/field.h"
#include "model/value.h"

/* A growing list of lines that live elsewhere. Zero-initialise; free(items). */
struct lines {
    const char **items;
    size_t len, cap;
};

typedef bool (*line_fits)(const char *wanted, const char *line);

void lines_add(struct lines *lines, const char *line);
/* How many of `wanted` are there in this order; others may stand between. */
size_t lines_in_order(const struct strings *wanted, const struct lines *lines, line_fits is_fit);
/* All lists of lines that begin with "- ", "+ " or "  ". New references. What was not asked for is shown only
 * near what was. */
json_t *diff_lines(const struct strings *wanted, const struct lines *lines, line_fits is_fit);
json_t *diff_maps(const json_t *wanted, const json_t *actual);

/* Equal; a text may be a glob when `is_glob`; of a map, the keys that are wanted. */
bool value_fits(const json_t *wanted, const json_t *actual, bool is_glob);
json_t *strings_json(const struct strings *strings);

#endif
