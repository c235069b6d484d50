/* select: which steps are left out. */
#ifndef CORE_SELECT_H
#define CORE_SELECT_H

#include "core/frame.h"

/* Why the frame's step is skipped, or NULL. A `when` that cannot be evaluated becomes the frame's failure. */
const char *skip_reason(struct run *run, struct frame *frame);

#endif
