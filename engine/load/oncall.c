/* oncall: the tables of people and how they are paged. */
#include "load/sections.h"

#define AT(type, member) offsetof(struct type, member)

static const struct field contact_fields[] = {
    {"name", FIELD_STRING, AT(contact, name), .help = "The person's name."},
    {"user", FIELD_STRINGS, AT(contact, user),
        .help = "How the system knows the person: login, token or chat name."},
    {"email", FIELD_STRING, AT(contact, email), .help = "Mail address."},
    {"phone", FIELD_STRING, AT(contact, phone), .help = "Telephone number, with the country."},
    {"channels", FIELD_STRINGS, AT(contact, channels),
        .help = "Ways to reach the person, tried in this order."},
    {NULL},
};

const struct section contact_section = {
    .name = "a contact",
    .help = "A person.",
    .size = sizeof(struct contact),
    .fields = contact_fields,
};

/* A message is worth fewer attempts than a step: there is the contact's next channel. */
static const struct field again_fields[] = {
    {"max_attempts", FIELD_INTEGER, AT(retry, max_attempts), FIELD_POSITIVE,
        .help = "How often the channel is tried in all, before the contact's next one is.", .fallback = "2"},
    {"delay", FIELD_DURATION, AT(retry, delay),
        .help = "The wait before the second attempt, unless the server says how long to wait.",
        .fallback = "5s"},
    {"backoff", FIELD_NUMBER, AT(retry, backoff), FIELD_POSITIVE,
        .help = "What the wait is multiplied with before each further attempt.", .fallback = "2.0"},
    {"max_delay", FIELD_DURATION, AT(retry, max_delay), FIELD_POSITIVE,
        .help = "The longest wait; a server that asks for a longer one is not tried again.",
        .fallback = "1m"},
    {NULL},
};

static const struct section again_section = {
    .name = "retry",
    .help = "Trying a channel again that failed. A bare number is `max_attempts`.",
    .size = sizeof(struct retry),
    .fields = again_fields,
    .shorthand = "max_attempts",
};

static const struct field limit_fields[] = {
    {"count", FIELD_INTEGER, AT(limit, count), FIELD_POSITIVE, .help = "How many messages.", .fallback = "5"},
    {"every", FIELD_DURATION, AT(limit, every), FIELD_POSITIVE, .help = "In which time.", .fallback = "1m"},
    {NULL},
};

static const struct section limit_section = {
    .name = "limit",
    .help = "How many messages of a run one target gets through the channel; what is more waits until the "
            "time is over and arrives as one. A bare number is `count`.",
    .size = sizeof(struct limit),
    .fields = limit_fields,
    .shorthand = "count",
};

static const struct field channel_fields[] = {
    {"uses", FIELD_STRING, AT(channel, uses), FIELD_REQUIRED,
        .help = "The action that delivers: `command.run`, `mail.send`, `terminal.bell` or one that "
                "`runbook actions` lists."},
    {"with", FIELD_VALUE, AT(channel, with), FIELD_SECRET_OK,
        .help = "What the action is given: for `command.run`, `argv`."},
    {"timeout", FIELD_DURATION, AT(channel, timeout), FIELD_POSITIVE,
        .help = "The longest time of one attempt.", .fallback = "30s"},
    {"retry", FIELD_SECTION, AT(channel, retry), .section = &again_section,
        .help = "Trying the channel again when it failed."},
    {"limit", FIELD_SECTION, AT(channel, limit), .section = &limit_section,
        .help = "How many messages go out in which time; without it, all at once."},
    {NULL},
};

const struct section channel_section = {
    .name = "a channel",
    .help = "A way to reach people.",
    .size = sizeof(struct channel),
    .fields = channel_fields,
};

static const struct field override_fields[] = {
    {"member", FIELD_PLACED, AT(override, member), FIELD_REQUIRED, .help = "Who stands in."},
    {"from", FIELD_PLACED, AT(override, from), FIELD_REQUIRED, .help = "From this instant on (RFC 3339)."},
    {"until", FIELD_PLACED, AT(override, until), FIELD_REQUIRED, .help = "Until this instant (RFC 3339)."},
    {NULL},
};

static const struct section override_section = {
    .name = "an override",
    .help = "Somebody stands in for a time, also outside the hours of `restrict`.",
    .size = sizeof(struct override),
    .fields = override_fields,
};

static const struct field rotation_fields[] = {
    {"members", FIELD_STRINGS, AT(rotation, members), FIELD_REQUIRED,
        .help = "The contacts who take turns, in this order."},
    {"every", FIELD_DURATION, AT(rotation, every), FIELD_POSITIVE,
        .help = "The length of a turn. With neither this nor `handoff`, the first member is always on call."},
    {"handoff", FIELD_PLACED, AT(rotation, handoff),
        .help =
            "When turns change: \"Mon 09:00\", \"09:00\", or \"2026-03-02 09:00\", which is also when the "
            "first member's turn begins."},
    {"timezone", FIELD_PLACED, AT(rotation, timezone),
        .help = "Time zone of `handoff` and `restrict`, such as Europe/Paris.", .fallback = "UTC"},
    {"restrict", FIELD_STRINGS, AT(rotation, restrict_),
        .help =
            "Hours in which the rotation is on call, such as \"Mon-Fri 08:00-18:00\"; outside them nobody "
            "is."},
    {"overrides", FIELD_LIST, AT(rotation, overrides), .section = &override_section,
        .help = "Who stands in, and when."},
    {NULL},
};

const struct section rotation_section = {
    .name = "a rotation",
    .help = "Contacts who take turns. A list is `members`.",
    .size = sizeof(struct rotation),
    .fields = rotation_fields,
    .shorthand = "members",
};

static const struct field calendar_fields[] = {
    {"days", FIELD_STRINGS, AT(calendar, days), .help = "Working days, such as Mon-Fri.",
        .fallback = "every day"},
    {"hours", FIELD_STRINGS, AT(calendar, hours), .help = "Working hours, such as \"09:00-17:00\".",
        .fallback = "all day"},
    {"timezone", FIELD_PLACED, AT(calendar, timezone), .help = "Time zone of the hours.", .fallback = "UTC"},
    {"holidays", FIELD_STRINGS, AT(calendar, holidays),
        .help = "Dates that do not count, such as 2026-12-25."},
    {"ics", FIELD_PLACED, AT(calendar, ics),
        .help = "An iCalendar file, named from this file's folder, whose events do not count either."},
    {NULL},
};

const struct section calendar_section = {
    .name = "a calendar",
    .help = "Working hours and holidays.",
    .size = sizeof(struct calendar),
    .fields = calendar_fields,
};

static const struct field level_fields[] = {
    {"notify", FIELD_STRINGS, AT(level, notify), FIELD_REQUIRED,
        .help = "Contacts, groups, rotations or channels that are paged together."},
    {"escalate_after", FIELD_DURATION, AT(level, escalate_after),
        .help = "How long nobody may acknowledge before the next level is paged."},
    {"when", FIELD_EXPR, AT(level, when), .help = "When it is false, the level is skipped."},
    {NULL},
};

static const struct section level_section = {
    .name = "a level",
    .help = "Those who are paged together.",
    .size = sizeof(struct level),
    .fields = level_fields,
};

static const struct field policy_fields[] = {
    {"levels", FIELD_LIST, AT(policy, levels), FIELD_REQUIRED, .section = &level_section,
        .help = "Who is paged, in order."},
    {"repeat", FIELD_INTEGER, AT(policy, repeat),
        .help = "Further passes through the levels after the first.", .fallback = "0"},
    {"ack_timeout", FIELD_DURATION, AT(policy, ack_timeout), FIELD_POSITIVE,
        .help = "An acknowledgement that is not followed by resolution expires after this time."},
    {"calendar", FIELD_PLACED, AT(policy, calendar),
        .help = "The calendar whose working time the policy's clocks count."},
    {NULL},
};

const struct section policy_section = {
    .name = "a policy",
    .help = "Who is paged, and who next when nobody answers.",
    .size = sizeof(struct policy),
    .fields = policy_fields,
};

static const struct field severity_fields[] = {
    {"policy", FIELD_PLACED, AT(severity_rule, policy),
        .help = "The policy of escalations of this severity that name none."},
    {"respond_within", FIELD_DURATION, AT(severity_rule, respond_within), FIELD_POSITIVE,
        .help = "How soon somebody must acknowledge an escalation of this severity; when nobody has, that is "
                "an event and a warning, and the next level is paged."},
    {"calendar", FIELD_PLACED, AT(severity_rule, calendar),
        .help = "The calendar whose working time its clocks count, where the policy names none."},
    {NULL},
};

const struct section severity_section = {
    .name = "a severity",
    .help = "What follows from a severity.",
    .size = sizeof(struct severity_rule),
    .fields = severity_fields,
};

static const struct field oncall_fields[] = {PEOPLE_FIELDS, {NULL}};

const struct section oncall_section = {
    .name = "an on-call file",
    .help = "People, for `import`.",
    .size = sizeof(struct document),
    .fields = oncall_fields,
};
