/* calls: what the code of an attempt asks of the world, as calls.c keeps it and telling.c answers. */
#ifndef CORE_CALLS_H
#define CORE_CALLS_H

#include "core/turn.h"

/* INPUT_CALL and INPUT_RETURN */
int calls_ask(struct run *run, struct frame *frame, const struct input *input, struct err *err);
int calls_return(struct run *run, struct frame *frame, const struct input *input, struct err *err);
/* The core itself has done what was asked: the open call's result, taken. */
void calls_answer(struct run *run, struct frame *frame, json_t *result);
void calls_forget(struct frame *frame);

/* telling.c: the call `notify`. */
void telling_begin(struct run *run, struct frame *frame, const json_t *args);
/* One of its messages has arrived, or never will. */
void telling_told(struct run *run, struct frame *frame, bool is_reached);

#endif
