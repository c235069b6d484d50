/* stepping: whether a piece of work is to be done is asked before each. */
#ifndef CORE_STEPPING_H
#define CORE_STEPPING_H

#include "core/run.h"

/* Is it asked before this attempt? */
bool stepping_asks(const struct run *run, const struct frame *frame);
/* With the arguments as they are now; they are worked out again when it is done. */
void stepping_ask(struct run *run, struct frame *frame, json_t *args);
void stepping_close(struct run *run, struct frame *frame);
int stepping_check(const struct frame *frame, const struct input *input, struct err *err);
void stepping_answer(struct run *run, struct frame *frame, const struct input *input);

#endif
