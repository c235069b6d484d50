/* shape: how an attempt ends in a world that makes it up, word for word as a real one would have. */
#ifndef DRIVE_SHAPE_H
#define DRIVE_SHAPE_H

#include "core/core.h"
#include "model/scenario.h"

/* What an attempt or a notification leaves that ends as `answer` says. Where nothing is said of what it
 * prints, that nothing does not parse is no failure. */
void shape_end(const struct effect *effect, const struct answer *answer, struct outcome *ret_outcome);
/* Lua in the sandbox touches nothing: it is carried out. False when the step is of another kind. */
bool shape_evaluate(
    struct run *run, struct script *script, const struct effect *effect, struct outcome *outcome);

#endif
