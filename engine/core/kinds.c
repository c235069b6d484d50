/* kinds: the tables behind kinds.h, one after another. What each kind does is in the file of its noun. */
#include "core/ops.h"

#include <stddef.h>

/* --- holding other steps --- */

static const struct field steps_fields[] = {
    {"steps", FIELD_STEPS, offsetof(struct steps_args, steps), FIELD_REQUIRED,
        .help = "The steps, in order."},
    {NULL},
};

static const struct kind kind_steps = {
    .name = "steps",
    .ops = &steps_ops,
    .class_ = KIND_CONTROL,
    .help = "Carries out a list of steps, one after another.",
    .section = {.name = "steps",
        .help = "A list of steps.",
        .size = sizeof(struct steps_args),
        .fields = steps_fields,
        .shorthand = "steps"},
};

static const struct field parallel_fields[] = {
    {"steps", FIELD_STEPS, offsetof(struct steps_args, steps), FIELD_REQUIRED,
        .help = "The steps; all start together, except those that wait for their `needs`."},
    {NULL},
};

static const struct kind kind_parallel = {
    .name = "parallel",
    .ops = &parallel_ops,
    .class_ = KIND_CONTROL,
    .help = "Carries out steps at the same time.",
    .section = {.name = "parallel",
        .help = "A list of steps.",
        .size = sizeof(struct steps_args),
        .fields = parallel_fields,
        .shorthand = "steps"},
};

static const struct field case_fields[] = {
    {"when", FIELD_EXPR, offsetof(struct switch_case, when),
        .help = "The first case where this is true is taken."},
    {"steps", FIELD_STEPS, offsetof(struct switch_case, steps), .help = "What is carried out then."},
    {"else", FIELD_STEPS, offsetof(struct switch_case, otherwise),
        .help = "What is carried out when no case was true; alone, and last."},
    {NULL},
};

static const struct section case_section = {
    .name = "case",
    .help = "One way a switch can go.",
    .size = sizeof(struct switch_case),
    .fields = case_fields,
};

static const struct field switch_fields[] = {
    {"cases", FIELD_LIST, offsetof(struct switch_args, cases), FIELD_REQUIRED, .section = &case_section,
        .help = "The cases, tried in order."},
    {NULL},
};

static const struct kind kind_switch = {
    .name = "switch",
    .ops = &switch_ops,
    .class_ = KIND_CONTROL,
    .help = "Carries out the first list of steps whose condition holds.",
    .section = {.name = "switch",
        .help = "Cases, tried in order.",
        .size = sizeof(struct switch_args),
        .fields = switch_fields,
        .shorthand = "cases"},
};

static const struct field call_fields[] = {
    {"runbook", FIELD_STRING, offsetof(struct call_args, runbook), FIELD_REQUIRED,
        .help = "Path or id of the other runbook."},
    {"with", FIELD_VALUES, offsetof(struct call_args, with), .help = "Its parameters."},
    {NULL},
};

static const struct kind kind_call = {
    .name = "call",
    .ops = &call_ops,
    .class_ = KIND_CONTROL,
    .help = "Carries out another runbook inside this run.",
    .section = {.name = "call",
        .help = "Another runbook.",
        .size = sizeof(struct call_args),
        .fields = call_fields,
        .shorthand = "runbook"},
};

static const struct field rollback_fields[] = {
    {"reason", FIELD_TEXT, offsetof(struct text_args, text), .help = "Why, for the timeline."},
    {NULL},
};

static const struct kind kind_rollback = {
    .name = "rollback",
    .ops = &rollback_ops,
    .class_ = KIND_CONTROL,
    .help = "Carries out now, newest first, the `undo` of the steps of the enclosing block that succeeded.",
    .section = {.name = "rollback",
        .help = "Unwinding.",
        .size = sizeof(struct text_args),
        .fields = rollback_fields,
        .shorthand = "reason"},
};

/* --- time --- */

static const struct field wait_fields[] = {
    {"duration", FIELD_DURATION, offsetof(struct wait_args, duration), .help = "How long."},
    {"until", FIELD_EXPR, offsetof(struct wait_args, until),
        .help = "The instant to wait for: RFC 3339 text, or seconds since 1970."},
    {"calendar", FIELD_STRING, offsetof(struct wait_args, calendar),
        .help = "The calendar whose working time is waited for; where it is open, nothing is."},
    {"signal", FIELD_STRING, offsetof(struct wait_args, signal),
        .help = "The name of the signal to wait for."},
    {"timeout", FIELD_DURATION, offsetof(struct wait_args, timeout), FIELD_POSITIVE,
        .help = "How long to wait for the signal; then the step fails with class timeout."},
    {NULL},
};

static const char *const wait_result[] = {"signal", "output", NULL};

static const struct kind kind_wait = {
    .name = "wait",
    .ops = &wait_ops,
    .class_ = KIND_WAIT,
    .help = "Waits for time to pass, for an instant, for working time, or for a signal.",
    .result = wait_result,
    .section = {.name = "wait",
        .help = "What is waited for.",
        .size = sizeof(struct wait_args),
        .fields = wait_fields,
        .shorthand = "duration"},
};

/* --- done at once --- */

static const struct field set_fields[] = {
    {"values", FIELD_VALUES, offsetof(struct set_args, values), FIELD_REQUIRED,
        .help = "Name and value, as `vars` then has them."},
    {NULL},
};

static const struct kind kind_set = {
    .name = "set",
    .ops = &set_ops,
    .class_ = KIND_PURE,
    .help = "Sets variables.",
    .is_read = true,
    .section = {.name = "set",
        .help = "Name and value.",
        .size = sizeof(struct set_args),
        .fields = set_fields,
        .shorthand = "values",
        .is_open = true},
};

static const struct field check_fields[] = {
    {"that", FIELD_EXPR, offsetof(struct assert_check, that), FIELD_REQUIRED, .help = "What must be true."},
    {"message", FIELD_TEXT, offsetof(struct assert_check, message), .help = "What it means when it is not."},
    {NULL},
};

static const struct section check_section = {
    .name = "check",
    .help = "One assertion.",
    .size = sizeof(struct assert_check),
    .fields = check_fields,
    .shorthand = "that",
};

static const struct field assert_fields[] = {
    {"checks", FIELD_LIST, offsetof(struct assert_args, checks), .section = &check_section,
        .help = "What must be true; everything that is not is reported."},
    {"that", FIELD_EXPR, offsetof(struct assert_args, that),
        .help = "What must be true, when it is one thing."},
    {"message", FIELD_TEXT, offsetof(struct assert_args, message), .help = "What it means when it is not."},
    {NULL},
};

static const struct kind kind_assert = {
    .name = "assert",
    .ops = &assert_ops,
    .class_ = KIND_PURE,
    .help = "Fails unless something is true.",
    .is_read = true,
    .section = {.name = "assert",
        .help = "Assertions.",
        .size = sizeof(struct assert_args),
        .fields = assert_fields,
        .shorthand = "checks"},
};

static const struct field note_fields[] = {
    {"text", FIELD_TEXT, offsetof(struct text_args, text), FIELD_REQUIRED, .help = "The line."},
    {NULL},
};

static const struct kind kind_note = {
    .name = "note",
    .ops = &note_ops,
    .class_ = KIND_PURE,
    .help = "Adds a line to the timeline.",
    .is_read = true,
    .section = {.name = "note",
        .help = "A line.",
        .size = sizeof(struct text_args),
        .fields = note_fields,
        .shorthand = "text"},
};

static const struct field end_fields[] = {
    {"message", FIELD_TEXT, offsetof(struct text_args, text), FIELD_REQUIRED, .help = "Why."},
    {NULL},
};

static const struct kind kind_fail = {
    .name = "fail",
    .ops = &fail_ops,
    .class_ = KIND_PURE,
    .help = "Ends the runbook, the run's or one that is called: it has failed.",
    .is_read = true,
    .section = {.name = "fail",
        .help = "The end.",
        .size = sizeof(struct text_args),
        .fields = end_fields,
        .shorthand = "message"},
};

static const struct kind kind_succeed = {
    .name = "succeed",
    .ops = &succeed_ops,
    .class_ = KIND_PURE,
    .help = "Ends the runbook, the run's or one that is called: it has succeeded.",
    .is_read = true,
    .section = {.name = "succeed",
        .help = "The end.",
        .size = sizeof(struct text_args),
        .fields = end_fields,
        .shorthand = "message"},
};

const struct kind *const core_kinds[] = {
    &kind_steps,
    &kind_parallel,
    &kind_switch,
    &kind_call,
    &kind_rollback,
    &kind_wait,
    &kind_manual,
    &kind_approve,
    &kind_input,
    &kind_escalate,
    &kind_acknowledge,
    &kind_resolve,
    &kind_notify,
    &kind_set,
    &kind_assert,
    &kind_note,
    &kind_fail,
    &kind_succeed,
    NULL,
};
