/* hook: what a runbook has called at certain moments. Each call is a frame of its own below the frame it is
 * called for, which stands in `before` or `after` meanwhile; below the run's, in whatever state that is,
 * where a level is paged. */
#ifndef CORE_HOOK_H
#define CORE_HOOK_H

#include "core/turn.h"

/* Before the first attempt; false: nothing is called, begin. */
bool hook_before(struct run *run, struct frame *frame);
/* The frame has ended for everybody; false: nothing is called, leave. */
bool hook_after(struct run *run, struct frame *frame);
/* A call below the frame is over. */
void hook_ended(struct run *run, struct frame *frame, struct frame *child);
/* The frame stands in `after`, and is told to stop. */
void hook_stop(struct run *run, struct frame *frame);
/* A level is paged: takes what is told of it. */
void hook_paged(struct run *run, json_t *escalation);

#endif
