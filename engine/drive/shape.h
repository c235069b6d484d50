/* shape: what a kind of work leaves behind, for worlds that must make it up: one line of a table each. */
#ifndef DRIVE_SHAPE_H
#define DRIVE_SHAPE_H

#include "core/core.h"

/* How an attempt of a step of this kind looks when it works, and when it does not. */
struct shape {
    const char *kind; /* NULL: any other */
    enum fail_class failure;
    int exit_code, failed_exit_code, status_code, failed_status_code;
    const char *text; /* where what it prints stands */
};

const struct shape *shape_of(const struct step *step);
/* `result` of an attempt that printed `printed` (NULL: nothing). New reference. */
json_t *shape_result(const struct shape *shape, const char *printed, bool fails);
/* `parse` of the step, on what was made up. When nothing was said of what it prints (`is_given` false), that
 * nothing does not parse is no failure of the step. */
void shape_parse(const struct step *step, bool is_given, struct outcome *outcome);
/* Lua in the sandbox touches nothing: it is carried out. False when the step is of another kind. */
bool shape_evaluate(
    struct run *run, struct script *script, const struct effect *effect, struct outcome *outcome);

#endif
