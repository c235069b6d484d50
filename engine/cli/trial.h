/* trial: one scenario played in virtual time and judged. */
#ifndef CLI_TRIAL_H
#define CLI_TRIAL_H

#include "drive/scene.h"
#include "report/coverage.h"
#include "report/verdict.h"

/* A file of scenarios and the runbook they are about. */
struct suite {
    struct scenario_file *file;
    struct program program;
    struct coverage *coverage; /* or NULL */
    bool is_sound;             /* both could be loaded, and fit each other */
};

/* Problems go to `diags`. Fini in every case. */
void suite_open(const char *path, struct suite *ret_suite, struct diags *diags);
void suite_fini(struct suite *suite);

/* {file, scenario, line, status: "passed" or "failed", run, seconds, failures, timeline?, actual?}; see
 * report/verdict.h for a failure. `wants_actual`: where the expectations alone are wrong, or there are none,
 * what they should be. New reference. */
json_t *trial(
    const struct suite *suite, const struct scenario *scenario, struct verdict *verdict, bool wants_actual);

#endif
