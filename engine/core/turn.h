/* turn: writing down what one input brings about. */
#ifndef CORE_TURN_H
#define CORE_TURN_H

#include "core/run.h"
#include "core/timer.h"

/* A new event of the turn; the first one is the cause. Fill it at once: the next one may move it. */
struct event *turn_event(struct run *run, enum event_type type, const char *path);
/* The event's data: takes the reference; secrets are shown by name. */
void turn_data(struct run *run, struct event *event, json_t *data);
/* The usual data: one name and its text. New reference. */
json_t *turn_fact(const char *name, const char *text);
/* Copies the names into the turn. */
void turn_by(struct run *run, struct event *event, const struct principal *by);
struct effect *turn_effect(struct run *run, enum effect_type type, struct node *node);
void turn_clear(struct turn *turn);

/* The events of a frame's life. */
void turn_step_started(struct run *run, const struct frame *frame, json_t *data);
void turn_step_finished(struct run *run, const struct frame *frame);
void turn_step_retrying(struct run *run, const struct frame *frame, int64_t due_us, const char *why);
void turn_step_skipped(struct run *run, const struct frame *frame, const char *reason);

/* The result map with long texts replaced by their lengths. New reference. */
json_t *result_kept(json_t *result);
/* Of a sensitive step: numbers, and the lengths of texts. New reference. */
json_t *result_shown(const json_t *result);

#endif
