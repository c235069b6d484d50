/* work: the list of the kinds, and the way from a step to its kind. */
#include "step/kinds.h"

const struct kind *const step_kinds[] = {&step_run, &step_exec, &step_http, &step_lua, NULL};

static const struct step_ops *ops_of(const struct step *step)
{
    return step->kind->ops;
}

void work_preview(const struct step *step, const json_t *args, struct text *text)
{
    ops_of(step)->preview(step, args, text);
}
