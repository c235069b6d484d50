/* later: sections that are loaded and checked in full, and carried out by later versions. */
#include "load/sections.h"

static const char *const gaps[] = {"shift", "skip", NULL};
static const char *const overlaps[] = {"first", "last", "both", NULL};
static const char *const catch_ups[] = {"last", "none", "all", NULL};
static const char *const overlap_policies[] = {"skip", "queue", "replace", "allow", NULL};
static const char *const resolves[] = {"acknowledge", "cancel", "nothing", NULL};
static const char *const on_closed[] = {"wait", "skip", "fail", NULL};

static const struct field dst_fields[] = {
    {"gap", FIELD_ENUM, 0, .names = gaps, .help = "A start that the clock jumps over.", .fallback = "shift"},
    {"overlap", FIELD_ENUM, 0, .names = overlaps, .help = "A start that the clock passes twice.",
        .fallback = "first"},
    {NULL},
};

static const struct section dst_section = {
    .name = "dst", .help = "What happens when the clocks change.", .fields = dst_fields};

static const struct field schedule_fields[] = {
    {"cron", FIELD_STRING, 0, FIELD_REQUIRED, .help = "Five fields of cron, or `@daily` and friends."},
    {"timezone", FIELD_STRING, 0, .help = "Time zone of the times."},
    {"dst", FIELD_SECTION, 0, .section = &dst_section, .help = "What happens when the clocks change."},
    {"catch_up", FIELD_ENUM, 0, .names = catch_ups, .help = "Starts that were missed while no engine ran."},
    {"starting_deadline", FIELD_DURATION, 0, FIELD_POSITIVE, .help = "How late a start may be."},
    {"jitter", FIELD_DURATION, 0, .help = "A random delay of at most this long."},
    {"overlap", FIELD_ENUM, 0, .names = overlap_policies, .help = "When the run before has not ended."},
    {"params", FIELD_VALUES, 0, .help = "Parameters of the run."},
    {NULL},
};

static const struct section schedule_section = {
    .name = "schedule", .help = "Starts at certain times.", .fields = schedule_fields, .shorthand = "cron"};

static const struct field alert_fields[] = {
    {"match", FIELD_VALUES, 0, FIELD_REQUIRED, .help = "Labels that the alert must have."},
    {"params", FIELD_VALUES, 0, .help = "Parameters of the run."},
    {"resolve", FIELD_ENUM, 0, .names = resolves, .help = "What the end of the alert does to the run."},
    {NULL},
};

static const struct section alert_section = {
    .name = "alert", .help = "Starts when Alertmanager sends an alert.", .fields = alert_fields};

static const struct field hmac_fields[] = {
    {"hmac", FIELD_STRING, 0, .help = "The secret that signs the requests."},
    {"token", FIELD_STRING, 0, .help = "The secret that the requests carry."},
    {NULL},
};

static const struct section webhook_auth_section = {
    .name = "auth", .help = "How a request proves who sends it.", .fields = hmac_fields};

static const struct field webhook_fields[] = {
    {"path", FIELD_STRING, 0, FIELD_REQUIRED, .help = "The path of the address."},
    {"auth", FIELD_SECTION, 0, .section = &webhook_auth_section,
        .help = "How a request proves who sends it."},
    {"params", FIELD_VALUES, 0, .help = "Parameters of the run."},
    {"key", FIELD_TEXT, 0, .help = "Requests with the same key start one run."},
    {NULL},
};

static const struct section webhook_section = {
    .name = "webhook", .help = "Starts on an HTTP request.", .fields = webhook_fields};

static const struct field monitor_fields[] = {
    {"every", FIELD_DURATION, 0, FIELD_REQUIRED | FIELD_POSITIVE, .help = "The time between two looks."},
    {"exec", FIELD_STRINGS, 0, .help = "The command that looks."},
    {"parse", FIELD_STRING, 0, .help = "How its output is read."},
    {"when", FIELD_EXPR, 0, FIELD_REQUIRED, .help = "What must be true of `result`."},
    {"for", FIELD_DURATION, 0, .help = "For how long it must be true."},
    {"params", FIELD_VALUES, 0, .help = "Parameters of the run."},
    {NULL},
};

static const struct section monitor_section = {.name = "monitor",
    .help = "Starts when a command shows that something is wrong.",
    .fields = monitor_fields};

static const struct field trigger_fields[] = {
    {"schedule", FIELD_SECTION, 0, .section = &schedule_section, .help = "At certain times."},
    {"alert", FIELD_SECTION, 0, .section = &alert_section, .help = "On an alert."},
    {"webhook", FIELD_SECTION, 0, .section = &webhook_section, .help = "On an HTTP request."},
    {"monitor", FIELD_SECTION, 0, .section = &monitor_section, .help = "When a command finds something."},
    {NULL},
};

const struct section trigger_section = {
    .name = "a trigger", .help = "What starts the runbook by itself.", .fields = trigger_fields};

static const struct field window_fields[] = {
    {"allow", FIELD_STRINGS, 0, FIELD_REQUIRED, .help = "Days and hours, such as \"Sat,Sun 01:00-05:00\"."},
    {"timezone", FIELD_STRING, 0, .help = "Time zone of the hours."},
    {"calendars", FIELD_STRINGS, 0, .help = "iCalendar files with times in which nothing may run."},
    {"cutoff", FIELD_DURATION, 0, .help = "How long before the end nothing new starts."},
    {"on_closed", FIELD_ENUM, 0, .names = on_closed, .help = "What a run does outside the window.",
        .fallback = "wait"},
    {NULL},
};

const struct section window_section = {
    .name = "window", .help = "When the runbook may run.", .fields = window_fields, .shorthand = "allow"};
