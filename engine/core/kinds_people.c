/* kinds_people: the tables of the kinds that speak to people: questions, escalation, messages. */
#include "core/ops.h"

#include "model/document.h"

#include <stddef.h>

/* --- questions --- */

static const char *const on_timeouts[] = {"fail", "skip", "approve", "deny", "escalate", NULL};
static const char *const evidences[] = {"optional", "required", NULL};
static const char *const param_types[] = {
    "string", "integer", "number", "boolean", "duration", "enum", "list", "map", NULL};

#define ASK_TIMEOUT_FIELDS                                                                                   \
    {"timeout", FIELD_DURATION, offsetof(struct ask_args, timeout), FIELD_POSITIVE,                          \
        .help = "How long the question stays open; without it, for ever."},                                  \
        {"on_timeout", FIELD_ENUM, offsetof(struct ask_args, on_timeout), .names = on_timeouts,              \
            .help = "What happens then.", .fallback = "fail"},                                               \
        {"remind", FIELD_DURATION, offsetof(struct ask_args, remind), FIELD_POSITIVE,                        \
            .help = "How often those who may answer are told, through their channels, that the question is " \
                    "still open."},                                                                          \
    {                                                                                                        \
        "escalate", FIELD_STRING, offsetof(struct ask_args, escalate),                                       \
            .help = "The policy that is started when nobody answers in time; without `timeout`, at once."    \
    }

static const struct field manual_fields[] = {
    {"instructions", FIELD_TEXT, offsetof(struct ask_args, message), FIELD_REQUIRED,
        .help = "What is to be done."},
    {"checklist", FIELD_VALUE, offsetof(struct ask_args, checklist),
        .help = "Points that are ticked off one by one."},
    {"assignee", FIELD_STRINGS, offsetof(struct ask_args, by),
        .help = "Contacts, groups or rotations who may do it."},
    {"evidence", FIELD_ENUM, offsetof(struct ask_args, evidence), .names = evidences,
        .help = "Must the person leave a note that proves it?", .fallback = "optional"},
    ASK_TIMEOUT_FIELDS,
    {NULL},
};

const struct kind kind_manual = {
    .name = "manual",
    .ops = &ask_ops,
    .class_ = KIND_ASK,
    .help = "Something a person does by hand and then confirms.",
    .section = {.name = "manual",
        .help = "Work for a person.",
        .size = sizeof(struct ask_args),
        .fields = manual_fields,
        .shorthand = "instructions"},
};

static const struct field approve_fields[] = {
    {"message", FIELD_TEXT, offsetof(struct ask_args, message), FIELD_REQUIRED,
        .help = "What is to be decided."},
    {"by", FIELD_STRINGS, offsetof(struct ask_args, by),
        .help = "Contacts, groups or rotations who may decide."},
    {"count", FIELD_INTEGER, offsetof(struct ask_args, count), FIELD_POSITIVE,
        .help = "How many different people must approve.", .fallback = "1"},
    {"not_by_initiator", FIELD_BOOL, offsetof(struct ask_args, not_by_initiator),
        .help = "Whoever started the run may not approve.", .fallback = "false"},
    ASK_TIMEOUT_FIELDS,
    {NULL},
};

const struct kind kind_approve = {
    .name = "approve",
    .ops = &ask_ops,
    .class_ = KIND_ASK,
    .help = "A decision: go on, or not.",
    .section = {.name = "approve",
        .help = "A decision.",
        .size = sizeof(struct ask_args),
        .fields = approve_fields,
        .shorthand = "message"},
};

static const struct field form_fields[] = {
    {"type", FIELD_ENUM, offsetof(struct param, type), .names = param_types, .help = "The type of the value.",
        .fallback = "string"},
    {"default", FIELD_CONSTANT, offsetof(struct param, fallback),
        .help = "The value when none is given; without it, one must be given."},
    {"enum", FIELD_CONSTANT, offsetof(struct param, choices), .help = "The values that may be chosen from."},
    {"pattern", FIELD_STRING, offsetof(struct param, pattern),
        .help = "A pattern the whole text must match."},
    {"minimum", FIELD_CONSTANT, offsetof(struct param, minimum), .help = "The least value."},
    {"maximum", FIELD_CONSTANT, offsetof(struct param, maximum), .help = "The greatest value."},
    {"description", FIELD_STRING, offsetof(struct param, description), .help = "For the form."},
    {"secret", FIELD_BOOL, offsetof(struct param, secret), .help = "Not shown.", .fallback = "false"},
    {NULL},
};

static const struct section form_section = {
    .name = "field",
    .help = "One field of a form.",
    .size = sizeof(struct param),
    .fields = form_fields,
};

static const struct field input_fields[] = {
    {"message", FIELD_TEXT, offsetof(struct ask_args, message), FIELD_REQUIRED, .help = "The question."},
    {"fields", FIELD_MAP, offsetof(struct ask_args, fields), FIELD_REQUIRED, .section = &form_section,
        .help = "What is asked for, by name."},
    {"by", FIELD_STRINGS, offsetof(struct ask_args, by),
        .help = "Contacts, groups or rotations who may answer."},
    ASK_TIMEOUT_FIELDS,
    {NULL},
};

const struct kind kind_input = {
    .name = "input",
    .ops = &ask_ops,
    .class_ = KIND_ASK,
    .help = "A form with typed fields that a person fills in.",
    .section = {.name = "input", .help = "A form.", .size = sizeof(struct ask_args), .fields = input_fields},
};

/* --- escalation --- */

static const struct field escalate_fields[] = {
    {"policy", FIELD_STRING, offsetof(struct escalate_args, policy), .help = "The policy.",
        .fallback = "that of the severity"},
    {"name", FIELD_STRING, offsetof(struct escalate_args, name), .help = "What to call this escalation.",
        .fallback = "the policy's name"},
    {"message", FIELD_TEXT, offsetof(struct escalate_args, message), .help = "What the people are told."},
    {"severity", FIELD_TEXT, offsetof(struct escalate_args, severity), .help = "How bad it is.",
        .fallback = "the runbook's"},
    {NULL},
};

const struct kind kind_escalate = {
    .name = "escalate",
    .ops = &escalate_ops,
    .class_ = KIND_PURE,
    .help = "Starts an escalation.",
    .section = {.name = "escalate",
        .help = "An escalation.",
        .size = sizeof(struct escalate_args),
        .fields = escalate_fields,
        .shorthand = "policy"},
};

static const struct field escalation_name_fields[] = {
    {"name", FIELD_STRING, offsetof(struct escalate_args, name), .help = "The escalation.",
        .fallback = "every open one"},
    {NULL},
};

const struct kind kind_acknowledge = {
    .name = "acknowledge",
    .ops = &acknowledge_ops,
    .class_ = KIND_PURE,
    .help = "Acknowledges an escalation: its clock stops.",
    .section = {.name = "acknowledge",
        .help = "An escalation.",
        .size = sizeof(struct escalate_args),
        .fields = escalation_name_fields,
        .shorthand = "name"},
};

const struct kind kind_resolve = {
    .name = "resolve",
    .ops = &resolve_ops,
    .class_ = KIND_PURE,
    .help = "Closes an escalation.",
    .section = {.name = "resolve",
        .help = "An escalation.",
        .size = sizeof(struct escalate_args),
        .fields = escalation_name_fields,
        .shorthand = "name"},
};

static const struct field notify_fields[] = {
    {"to", FIELD_STRINGS, offsetof(struct notify_args, to), FIELD_REQUIRED,
        .help = "Contacts, groups, rotations, policies (their first level) or channels."},
    {"message", FIELD_TEXT, offsetof(struct notify_args, message), FIELD_REQUIRED,
        .help = "What they are told."},
    {"severity", FIELD_TEXT, offsetof(struct notify_args, severity), .help = "How bad it is.",
        .fallback = "the runbook's"},
    {NULL},
};

const struct kind kind_notify = {
    .name = "notify",
    .ops = &notify_ops,
    .class_ = KIND_WAIT,
    .help = "Tells people something, through their channels.",
    .section = {.name = "notify",
        .help = "A message.",
        .size = sizeof(struct notify_args),
        .fields = notify_fields},
};
