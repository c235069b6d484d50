/* timer: what shall come due for a frame, an escalation or the run. */
#ifndef CORE_TIMER_H
#define CORE_TIMER_H

#include "core/run.h"

/* Names are in journals. The third says whether setting one is an event of its own: the others follow from
 * what the journal says anyway. */
#define TIMER_PURPOSES(X)                                                                                    \
    X(ATTEMPT, "timeout", false)                                                                             \
    X(REPEAT, "repeat", false)                                                                               \
    X(WAIT, "wait", true)                                                                                    \
    X(DEADLINE, "deadline", true)                                                                            \
    X(REMIND, "remind", false)                                                                               \
    X(ASK, "ask", true)                                                                                      \
    X(LEVEL, "escalate_after", true)                                                                         \
    X(RESPOND, "respond_within", true)                                                                       \
    X(ACK, "ack_timeout", true)                                                                              \
    X(NOTIFY, "notify", false)                                                                               \
    X(SLOW, "notify_timeout", false)                                                                         \
    X(HELD, "limit", false)                                                                                  \
    X(CALLEE, "callee_deadline", true) X(CANCEL, "cancel_timeout", true) X(CLOSING, "closing", true)

#define X(name, text, is_told) TIMER_##name,
enum timer_purpose { TIMER_PURPOSES(X) TIMER_PURPOSE_COUNT };
#undef X

struct timer {
    uint32_t id;
    enum timer_purpose purpose;
    int64_t due_us;
    struct timer *next;
};

/* Due `delay_ms` after the input being handled, or at an instant of the run. */
void timer_set(struct run *run, struct node *node, enum timer_purpose purpose, int64_t delay_ms);
void timer_set_at(struct run *run, struct node *node, enum timer_purpose purpose, int64_t due_us);
/* The same for an instant that may be past: it comes at once, and late. */
void timer_set_due(struct run *run, struct node *node, enum timer_purpose purpose, int64_t due_us);
void timer_clear(struct run *run, struct node *node, enum timer_purpose purpose);
/* All but those of one purpose. */
void timer_clear_but(struct run *run, struct node *node, enum timer_purpose kept);
void timer_clear_all(struct run *run, struct node *node);
/* Without telling anybody: the run is being freed. */
void timer_forget_all(struct node *node);
/* The same timers for the node of a copy, with the same ids. */
struct timer *timer_copy_all(const struct node *node);
/* The data of an event about such a timer. New reference; not to be changed. */
json_t *timer_fact(struct run *run, enum timer_purpose purpose);
/* By id, or by purpose when the id is 0. */
struct timer *timer_find(const struct node *node, uint32_t id, const char *purpose);
/* It came due: the driver holds it no longer. */
enum timer_purpose timer_take(struct node *node, struct timer *timer);
int64_t timer_due(const struct node *node, enum timer_purpose purpose); /* -1: not set */
const char *timer_purpose_name(enum timer_purpose purpose);

#endif
