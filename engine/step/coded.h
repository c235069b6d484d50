/* coded: an attempt that is carried out by code: `lua` and `uses`. */
#ifndef STEP_CODED_H
#define STEP_CODED_H

#include "script/coroutine.h"
#include "step/kinds.h"

struct performance; /* what the code asked for, under way: perform.c */

/* Begin to carry out the code, which is looked at during the call only. */
struct work *coded_start(const struct work_options *options, const struct code *code);

/* The ops of both kinds are these, with their own start and preview. */
void coded_stop(struct work *work, bool at_once);
void coded_perform(struct work *work, json_t *args);
void coded_answer(struct work *work, json_t *result);
void coded_give_up(struct work *work, enum fail_class class_, const char *message);

/* perform.c: `done` is called once, later, with the result, which it takes. */
struct performance *perform_start(const struct work_options *options, const char *name, json_t *args,
    void (*done)(void *context, json_t *result), void *context);
void perform_stop(struct performance *performance, bool at_once); /* `done` still comes */

/* glance.c */
json_t *coded_glance(struct work *work, const char *name, const json_t *args);

#endif
