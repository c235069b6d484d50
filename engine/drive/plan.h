/* plan: what a run would do, as far as it can be known before it: a walk over the book in the order of the
 * run. Nothing is performed. What one step does with its arguments is evaluated by the run's own script;
 * what depends on the course of the run is named as such, and both ways of a condition are shown. */
#ifndef DRIVE_PLAN_H
#define DRIVE_PLAN_H

#include "drive/program.h"

struct plan_options {
    const struct program *program;
    json_t *params;        /* checked */
    json_t *selection;     /* {tags?, skip_tags?, from?}, as INPUT_START has it */
    const char *initiator; /* who would start it */
};

/* What `plan --json` prints; see docs/operations.md. New reference. */
json_t *plan_make(const struct plan_options *options);

#endif
