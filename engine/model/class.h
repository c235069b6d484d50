/* class: the closed lists of the language, each written once. Text is the stable form; numbers are never
 * stored. */
#ifndef MODEL_CLASS_H
#define MODEL_CLASS_H

/* clang-format off */
#define FAIL_CLASSES(X)                                                                                     \
    X(NONE, "") X(EXIT, "exit") X(SIGNAL, "signal") X(TIMEOUT, "timeout") X(DEADLINE, "deadline")           \
    X(SPAWN, "spawn") X(HTTP, "http") X(NETWORK, "network") X(PARSE, "parse") X(EXPRESSION, "expression")   \
    X(ASSERTION, "assertion") X(DENIED, "denied") X(UNANSWERED, "unanswered") X(CANCELLED, "cancelled")     \
    X(LOST, "lost") X(VALIDATION, "validation") X(ACTION, "action") X(INTERNAL, "internal")

/* Of a step. PENDING: has not come to an end (or has not begun). */
#define STEP_STATUSES(X)                                                                                    \
    X(PENDING, "pending") X(SUCCEEDED, "succeeded") X(FAILED, "failed") X(SKIPPED, "skipped")               \
    X(CANCELLED, "cancelled")

#define RUN_STATUSES(X)                                                                                     \
    X(QUEUED, "queued") X(RUNNING, "running") X(WAITING, "waiting") X(PAUSED, "paused")                     \
    X(SUCCEEDED, "succeeded") X(FAILED, "failed") X(CANCELLED, "cancelled") X(INTERRUPTED, "interrupted")

/* Names are stable: they are in journals. */
#define EVENT_TYPES(X)                                                                                      \
    X(RUN_CREATED, "run.created") X(RUN_STARTED, "run.started") X(RUN_WAITING, "run.waiting")               \
    X(RUN_RESUMED, "run.resumed") X(RUN_PAUSED, "run.paused")                                               \
    X(RUN_CANCEL_REQUESTED, "run.cancel_requested") X(RUN_KILL_REQUESTED, "run.kill_requested")             \
    X(RUN_FINISHED, "run.finished") X(RUN_FORKED, "run.forked") X(RUN_CONTINUED, "run.continued")           \
    X(STEP_STARTED, "step.started") X(STEP_FINISHED, "step.finished")       \
    X(STEP_SKIPPED, "step.skipped") X(STEP_RETRYING, "step.retrying") X(STEP_LOST, "step.lost")             \
    X(STEP_UNDO_REGISTERED, "step.undo_registered") X(TIMER_SET, "timer.set")                               \
    X(TIMER_FIRED, "timer.fired") X(TIMER_LATE, "timer.late") X(DEADLINE_MISSED, "deadline.missed")         \
    X(ASK_OPENED, "ask.opened") X(ASK_REMINDED, "ask.reminded") X(ASK_ANSWERED, "ask.answered")             \
    X(ASK_EXPIRED, "ask.expired") X(ASK_REFUSED, "ask.refused") X(ASK_CHECKED, "ask.checked")                                             \
    X(ESCALATION_STARTED, "escalation.started") X(ESCALATION_LEVEL, "escalation.level")                     \
    X(ESCALATION_SKIPPED, "escalation.skipped") X(ESCALATION_ACKNOWLEDGED, "escalation.acknowledged")       \
    X(ESCALATION_ACK_EXPIRED, "escalation.ack_expired") X(ESCALATION_EXHAUSTED, "escalation.exhausted")     \
    X(ESCALATION_SNOOZED, "escalation.snoozed") X(ESCALATION_HURRIED, "escalation.hurried")                  \
    X(ESCALATION_OVERDUE, "escalation.overdue")                                                             \
    X(ESCALATION_RESOLVED, "escalation.resolved") X(NOTIFY_HELD, "notify.held") X(NOTIFY_STARTED, "notify.started")                       \
    X(NOTIFY_SENT, "notify.sent") X(NOTIFY_FAILED, "notify.failed") X(EFFECT_CALLED, "effect.called")       \
    X(EFFECT_RETURNED, "effect.returned") X(VAR_SET, "var.set") X(SIGNAL_RECEIVED, "signal.received")       \
    X(NOTE_ADDED, "note.added") X(CORRECTION_ADDED, "correction.added") X(HOOK_RAN, "hook.ran")             \
    X(SCHEDULE_FIRED, "schedule.fired") X(SCHEDULE_MISSED, "schedule.missed")
/* clang-format on */

#define X(name, text) FAIL_##name,
enum fail_class { FAIL_CLASSES(X) FAIL_COUNT };
#undef X
#define X(name, text) STEP_##name,
enum step_status { STEP_STATUSES(X) STEP_STATUS_COUNT };
#undef X
#define X(name, text) RUN_##name,
enum run_status { RUN_STATUSES(X) RUN_STATUS_COUNT };
#undef X
#define X(name, text) EVENT_##name,
enum event_type { EVENT_TYPES(X) EVENT_COUNT };
#undef X

const char *fail_class_name(enum fail_class class_);
const char *step_status_name(enum step_status status);
const char *run_status_name(enum run_status status);
const char *event_type_name(enum event_type type);
/* The number behind the text, or -1. */
int fail_class_parse(const char *text);
int step_status_parse(const char *text);
int run_status_parse(const char *text);
int event_type_parse(const char *text);

#endif
