#include "cli/events_schema.h"

#include "model/class.h"

#include <string.h>

struct key {
    const char *name, *type, *about;
};

/* Of every event; those that do not apply are absent. */
static const struct key common[] = {
    {"run", "string", "Id of the run"},
    {"time", "string", "UTC, RFC 3339"},
    {"elapsed_us", "integer", "Microseconds since the run started, by the monotonic clock"},
    {"seq", "integer", "Place in the run, from 1"},
    {"path", "string",
        "Path of the step instance, with its attempt: deploy/rollout[2]/verify#3; !NAME: an escalation"},
    {"exit_code", "integer", "Of a process"},
    {"attempt", "integer", "From 1"},
    {"due_us", "integer", "When a timer is due, on the scale of elapsed_us"},
    {"stream", "string", "Of output: stdout or stderr"},
    {"text", "string", "Of output: what was printed"},
};

/* What `data` holds, by type of event. */
static const struct {
    enum event_type type;
    struct key key;
} details[] = {
    {EVENT_RUN_STARTED, {"params", "object", "The parameters; secrets by name"}},
    {EVENT_RUN_STARTED, {"book", "string", "SHA-256 of what sha256sum prints for the pinned sources"}},
    {EVENT_RUN_STARTED,
        {"tzdata", "string", "Version of the time zone rules, where people are on call by them"}},
    {EVENT_RUN_STARTED, {"run", "object", "What expressions see as `run`"}},
    {EVENT_RUN_STARTED, {"concurrency", "object", "The group the run is in: group, limit, waited_seconds"}},
    {EVENT_RUN_STARTED, {"rollback", "boolean", "The run undoes what another one did"}},
    {EVENT_RUN_FORKED, {"run", "string", "The run whose events are those before this one"}},
    {EVENT_RUN_FORKED, {"how", "string", "retry or rollback"}},
    {EVENT_RUN_FORKED, {"step", "string", "Path of the step that is begun again"}},
    {EVENT_RUN_FORKED, {"book", "string", "Of the files that are used from here on, where they are others"}},
    {EVENT_RUN_CONTINUED, {"run", "string", "The run that goes on from this one"}},
    {EVENT_RUN_CONTINUED, {"how", "string", "retry or rollback"}},
    {EVENT_RUN_CONTINUED, {"step", "string", "Path of the step that is begun again"}},
    {EVENT_RUN_CANCEL_REQUESTED, {"reason", "string", "Why, in the words of who asked"}},
    {EVENT_RUN_KILL_REQUESTED, {"reason", "string", "Why, in the words of who asked"}},
    {EVENT_RUN_FINISHED, {"warnings", "integer", "Failures that were tolerated, and the like"}},
    {EVENT_RUN_FINISHED, {"message", "string", "Of the failure, or of `succeed`"}},
    {EVENT_RUN_FINISHED, {"step", "string", "Id of the step that failed"}},
    {EVENT_RUN_FINISHED, {"outputs", "object", "The runbook's outputs"}},
    {EVENT_STEP_STARTED, {"kind", "string", "Kind of step"}},
    {EVENT_STEP_STARTED, {"signal", "string", "What a `wait` waits for"}},
    {EVENT_STEP_STARTED, {"title", "string", "As written"}},
    {EVENT_STEP_STARTED, {"args", "object", "The arguments, resolved; secrets by name"}},
    {EVENT_STEP_STARTED, {"cwd", "string", "Working directory"}},
    {EVENT_STEP_FINISHED, {"message", "string", "Of the failure"}},
    {EVENT_STEP_FINISHED, {"result", "object", "What expressions see as `result`; long texts are left out"}},
    {EVENT_STEP_FINISHED, {"seconds", "number", "How long it took"}},
    {EVENT_STEP_FINISHED, {"outputs", "object", "The step's outputs"}},
    {EVENT_STEP_FINISHED, {"answer", "object", "What a person answered"}},
    {EVENT_STEP_FINISHED, {"by", "string", "Who answered"}},
    {EVENT_STEP_FINISHED, {"vars", "object", "What `set` set"}},
    {EVENT_STEP_FINISHED, {"iterations", "integer", "Passes of a loop"}},
    {EVENT_STEP_FINISHED, {"tolerated", "boolean", "It failed, and the run went on"}},
    {EVENT_STEP_SKIPPED, {"reason", "string", "when, tags, skip-tags, from or lost"}},
    {EVENT_STEP_RETRYING, {"why", "string", "retry, until or lost"}},
    {EVENT_STEP_RETRYING, {"message", "string", "Of the failed attempt"}},
    {EVENT_TIMER_SET, {"timer", "string", "What for"}},
    {EVENT_TIMER_FIRED, {"timer", "string", "What for"}},
    {EVENT_DEADLINE_MISSED, {"on_deadline", "string", "What follows"}},
    {EVENT_ASK_OPENED, {"kind", "string", "manual, approve or input"}},
    {EVENT_ASK_OPENED, {"message", "string", "The question"}},
    {EVENT_ASK_OPENED, {"fields", "object", "The form: name to type, default, enum, description"}},
    {EVENT_ASK_OPENED, {"checklist", "array", "What is to be ticked off"}},
    {EVENT_ASK_OPENED, {"by", "array", "Who may answer"}},
    {EVENT_ASK_REMINDED, {"times", "integer", "How often by now"}},
    {EVENT_ASK_REMINDED, {"targets", "array", "Who is told"}},
    {EVENT_ASK_CHECKED, {"checklist", "array", "The points that were ticked off, from 1"}},
    {EVENT_ASK_CHECKED, {"note", "string", "What was added"}},
    {EVENT_ASK_ANSWERED, {"decision", "string", "approve, deny, done or answer"}},
    {EVENT_ASK_ANSWERED, {"fields", "object", "The form, filled in"}},
    {EVENT_ASK_ANSWERED, {"note", "string", "What was added"}},
    {EVENT_ESCALATION_STARTED, {"policy", "string", "Whose levels are paged"}},
    {EVENT_ESCALATION_STARTED, {"message", "string", "What the people are told"}},
    {EVENT_ESCALATION_LEVEL, {"level", "integer", "From 1"}},
    {EVENT_ESCALATION_LEVEL, {"pass", "integer", "From 1; later ones are repetitions"}},
    {EVENT_ESCALATION_SKIPPED, {"level", "integer", "From 1"}},
    {EVENT_ESCALATION_SKIPPED, {"pass", "integer", "From 1"}},
    {EVENT_ESCALATION_SKIPPED, {"reason", "string", "Why it was not paged"}},
    {EVENT_ESCALATION_ACKNOWLEDGED, {"name", "string", "As named; empty: all"}},
    {EVENT_ESCALATION_ACKNOWLEDGED, {"escalations", "array", "Those that were meant"}},
    {EVENT_ESCALATION_ACKNOWLEDGED, {"note", "string", "What was added"}},
    {EVENT_ESCALATION_RESOLVED, {"name", "string", "As named; empty: all"}},
    {EVENT_ESCALATION_RESOLVED, {"escalations", "array", "Those that were meant"}},
    {EVENT_ESCALATION_RESOLVED, {"note", "string", "What was added"}},
    {EVENT_ESCALATION_SNOOZED, {"name", "string", "As named; empty: all"}},
    {EVENT_ESCALATION_SNOOZED, {"escalations", "array", "Those that were meant"}},
    {EVENT_ESCALATION_SNOOZED, {"for", "string", "A duration"}},
    {EVENT_ESCALATION_SNOOZED, {"note", "string", "What was added"}},
    {EVENT_ESCALATION_HURRIED, {"name", "string", "As named; empty: all"}},
    {EVENT_ESCALATION_HURRIED, {"escalations", "array", "Those that were meant"}},
    {EVENT_ESCALATION_OVERDUE, {"severity", "string", "Whose `respond_within` has passed"}},
    {EVENT_EFFECT_CALLED, {"n", "integer", "Of the attempt's calls, from 1"}},
    {EVENT_EFFECT_CALLED, {"name", "string", "What the code asked for"}},
    {EVENT_EFFECT_CALLED, {"args", "object", "With long texts by their hash"}},
    {EVENT_EFFECT_RETURNED, {"n", "integer", "Of the attempt's calls, from 1"}},
    {EVENT_NOTIFY_STARTED, {"target", "string", "Who"}},
    {EVENT_NOTIFY_STARTED, {"channel", "string", "How"}},
    {EVENT_NOTIFY_STARTED, {"message", "string", "What they are told"}},
    {EVENT_NOTIFY_STARTED, {"level", "integer", "Of the escalation"}},
    {EVENT_NOTIFY_STARTED, {"count", "integer", "Messages that are told as one"}},
    {EVENT_NOTIFY_HELD, {"target", "string", "Who"}},
    {EVENT_NOTIFY_HELD, {"channel", "string", "How"}},
    {EVENT_NOTIFY_HELD, {"message", "string", "What they are told later"}},
    {EVENT_NOTIFY_HELD, {"level", "integer", "Of the escalation"}},
    {EVENT_NOTIFY_SENT, {"target", "string", "Who"}},
    {EVENT_NOTIFY_SENT, {"channel", "string", "How"}},
    {EVENT_NOTIFY_SENT, {"level", "integer", "Of the escalation"}},
    {EVENT_NOTIFY_FAILED, {"target", "string", "Who"}},
    {EVENT_NOTIFY_FAILED, {"channel", "string", "How"}},
    {EVENT_NOTIFY_FAILED, {"level", "integer", "Of the escalation"}},
    {EVENT_NOTIFY_FAILED, {"message", "string", "Why not"}},
    {EVENT_NOTIFY_FAILED,
        {"result", "object", "When the server takes messages again, in seconds, or that it will not"}},
    {EVENT_SIGNAL_RECEIVED, {"name", "string", "Of the signal"}},
    {EVENT_NOTE_ADDED, {"text", "string", "The note"}},
    {EVENT_CORRECTION_ADDED, {"text", "string", "What is right"}},
    {EVENT_CORRECTION_ADDED, {"event", "integer", "The number in the run of the event that it corrects"}},
};

enum { DETAIL_COUNT = sizeof(details) / sizeof(details[0]) };

static json_t *property(const struct key *key)
{
    return json_pack("{s:s,s:s}", "type", key->type, "description", key->about);
}

static json_t *one_of(const char *about, json_t *names)
{
    return json_pack("{s:s,s:s,s:o}", "type", "string", "description", about, "enum", names);
}

static json_t *type_names(void)
{
    json_t *names = json_array();

    for (int i = 0; i < EVENT_COUNT; i++)
        json_array_append_new(names, json_string(event_type_name((enum event_type)i)));
    json_array_append_new(names, json_string("output"));
    return names;
}

static json_t *class_names(void)
{
    json_t *names = json_array();

    for (int i = 0; i < FAIL_COUNT; i++)
        if (i != FAIL_NONE)
            json_array_append_new(names, json_string(fail_class_name((enum fail_class)i)));
    return names;
}

/* Of a step, then those only a run can have. */
static json_t *status_names(void)
{
    json_t *names = json_array();

    for (int i = 0; i < STEP_STATUS_COUNT; i++)
        json_array_append_new(names, json_string(step_status_name((enum step_status)i)));
    for (int i = 0; i < RUN_STATUS_COUNT; i++)
        if (step_status_parse(run_status_name((enum run_status)i)) < 0)
            json_array_append_new(names, json_string(run_status_name((enum run_status)i)));
    return names;
}

static json_t *by_schema(void)
{
    static const struct key keys[] = {
        {"user", "string", "Login, token name or chat name"},
        {"host", "string", "On which machine"},
        {"way", "string", "terminal, API token or chat"},
    };
    json_t *properties = json_object();

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        json_object_set_new(properties, keys[i].name, property(&keys[i]));
    return json_pack(
        "{s:s,s:s,s:o}", "type", "object", "description", "Who caused it", "properties", properties);
}

/* "when the type is this, data has these" */
static json_t *details_of(enum event_type type)
{
    json_t *properties = json_object();

    for (size_t i = 0; i < DETAIL_COUNT; i++)
        if (details[i].type == type)
            json_object_set_new(properties, details[i].key.name, property(&details[i].key));
    return json_pack("{s:{s:{s:{s:s}}},s:{s:{s:{s:o}}}}", "if", "properties", "type", "const",
        event_type_name(type), "then", "properties", "data", "properties", properties);
}

static bool has_details(enum event_type type)
{
    for (size_t i = 0; i < DETAIL_COUNT; i++)
        if (details[i].type == type)
            return true;
    return false;
}

json_t *events_schema(void)
{
    json_t *properties = json_object(), *rules = json_array();

    json_object_set_new(properties, "type", one_of("What happened", type_names()));
    for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
        json_object_set_new(properties, common[i].name, property(&common[i]));
    json_object_set_new(properties, "status", one_of("Of the step, or of the run in run.*", status_names()));
    json_object_set_new(properties, "class", one_of("Of a failure", class_names()));
    json_object_set_new(properties, "by", by_schema());
    json_object_set_new(properties, "data",
        json_pack("{s:s,s:s}", "type", "object", "description", "What else belongs to this type of event"));
    for (int i = 0; i < EVENT_COUNT; i++)
        if (has_details((enum event_type)i))
            json_array_append_new(rules, details_of((enum event_type)i));
    return json_pack("{s:s,s:s,s:s,s:s,s:o,s:[s,s,s],s:b,s:o}", "$schema",
        "https://json-schema.org/draft/2020-12/schema", "title", "An event of a run", "description",
        "One line of `runbook exec FILE --json`", "type", "object", "properties", properties, "required",
        "run", "type", "time", "additionalProperties", 0, "allOf", rules);
}
