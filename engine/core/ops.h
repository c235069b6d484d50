/* ops: what the kinds do, one constant each, named by core_kinds and by frames; and what else the files of
 * the kinds offer to each other. */
#ifndef CORE_OPS_H
#define CORE_OPS_H

#include "core/kinds.h"
#include "core/turn.h"

/* leaf.c: every kind of step/ */
extern const struct ops leaf_ops;
/* The question whether it is to be done has been answered. */
void leaf_go(struct run *run, struct frame *frame);
/* The answer to EFFECT_START. */
void leaf_answered(struct run *run, struct frame *frame, const struct outcome *outcome);
/* There will be none: the engine that ordered it died. */
void leaf_lost(struct run *run, struct frame *frame, const char *message, bool is_read);

/* lost.c: an attempt whose end nobody knows; `is_read`: it only looked. */
void lost_begin(struct run *run, struct frame *frame, const char *message, bool is_read);
/* Its question is not open any more. */
void lost_close(struct run *run, struct frame *frame);
int lost_check(const struct frame *frame, const struct input *input, struct err *err);
void lost_answer(struct run *run, struct frame *frame, const struct input *input);

/* list.c: one step after another */
extern const struct ops document_ops, steps_ops, switch_ops;
void list_begin(struct run *run, struct frame *frame, const struct block *block, struct shelf *shelf);
void list_advance(struct run *run, struct frame *frame);
void list_child_ended(struct run *run, struct frame *frame, struct frame *child);

/* loop.c: no kinds, but what stands on any kind */
extern const struct ops foreach_ops, while_ops;

extern const struct ops parallel_ops, call_ops, rollback_ops;
/* call.c: is the call one effect? Its parameters; a failure becomes the frame's. */
bool call_is_mocked(struct run *run, const struct frame *frame);
int call_params(struct run *run, struct frame *frame, json_t **ret_params);
extern const struct ops set_ops, assert_ops, note_ops, fail_ops, succeed_ops; /* pure.c */
extern const struct ops escalate_ops, acknowledge_ops, resolve_ops;           /* escalate.c */
extern const struct ops notify_ops;

/* wait.c */
extern const struct ops wait_ops;
/* Whoever waits for it goes on; when nobody does, it is kept for the first who will. */
void wait_signal(struct run *run, const char *name, json_t *data);
/* The signal this step waits for; NULL when it is no step that does. */
const char *wait_awaits(const struct frame *frame);

/* ask.c */
extern const struct ops ask_ops;
bool ask_is_open(const struct frame *frame);
/* May this person answer so? A negative code with the reason when not. */
int ask_check(struct run *run, struct frame *frame, const struct input *input, struct err *err);
void ask_answer(struct run *run, struct frame *frame, const struct input *input);

/* kinds_people.c */
extern const struct kind kind_manual, kind_approve, kind_input, kind_escalate, kind_acknowledge, kind_resolve,
    kind_notify;

#endif
