/* hook: what an author has done at certain moments of every run: one step of work for each. */
#ifndef MODEL_HOOK_H
#define MODEL_HOOK_H

#include "model/step.h"

/* After a step they are called in this order. */
#define HOOKS(X)                                                                                             \
    X(BEFORE_STEP, "before_step")                                                                            \
    X(ON_FAILURE, "on_failure")                                                                              \
    X(AFTER_STEP, "after_step") X(ON_FINISH, "on_finish") X(ON_ESCALATION, "on_escalation")

#define X(name, text) HOOK_##name,
enum hook_type { HOOK_NONE, HOOKS(X) HOOK_COUNT };
#undef X

struct hooks {
    struct pos pos;
    struct block *of[HOOK_COUNT]; /* each of one step; NULL: none */
};

#endif
