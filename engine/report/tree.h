/* tree: the steps of a run as an indented list, with what came of each. */
#ifndef REPORT_TREE_H
#define REPORT_TREE_H

#include "report/facts.h"
#include "report/paint.h"

struct tree_options {
    struct paint paint;
    size_t width;
    bool all; /* every row, however many */
};

void tree_draw(const struct facts *facts, const struct tree_options *options, struct text *text);

#endif
