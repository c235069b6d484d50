/* undo: the stack of what reverses the steps that succeeded. */
#ifndef CORE_UNDO_H
#define CORE_UNDO_H

#include "core/frame.h"

/* A frame ends: hand its stack up, and put its own step's undo on top. */
void undo_settle(struct run *run, struct frame *frame);
/* Begin the newest of the stack as the frame's list; false when there is none left. */
bool undo_next(struct run *run, struct frame *frame);
void undo_free_all(struct frame *frame);
/* What is registered, newest first. */
void undo_each(const struct frame *frame,
    void (*each)(void *context, const struct step *step, struct shelf *shelf, int64_t index), void *context);
/* The stack, and what is being undone, for the frame's twin. */
void undo_copy_all(struct shelf_copier *shelves, const struct frame *from, struct frame *to);

#endif
