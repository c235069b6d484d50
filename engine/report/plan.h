/* plan: what a run would do, as an indented list, for whoever is about to start it. */
#ifndef REPORT_PLAN_H
#define REPORT_PLAN_H

#include "model/value.h"
#include "report/paint.h"

struct plan_drawing {
    struct paint paint;
    size_t width;
    bool all; /* whole scripts and texts, however long */
};

/* `plan` is what drive/plan.h makes. */
void plan_draw(const json_t *plan, const struct plan_drawing *options, struct text *text);

#endif
