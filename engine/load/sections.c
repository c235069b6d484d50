/* sections: what may be written at the top of a runbook and at a step. People have their own file. */
#include "load/sections.h"
#include "load/load.h"

#define AT(type, member) offsetof(struct type, member)

static const char *const jitters[] = {"none", "full", NULL};
static const char *const on_deadlines[] = {"notify", "fail", "continue", NULL};
static const char *const on_interrupts[] = {"ask", "retry", "fail", "skip", NULL};
static const char *const step_effects[] = {"auto", "read", "write", NULL};
static const char *const parsers[] = {"none", "json", "yaml", "lines", "kv", "csv", "text", NULL};
static const char *const on_conflicts[] = {"queue", "skip", "replace", "allow", NULL};
static const char *const param_types[] = {
    "string", "integer", "number", "boolean", "duration", "enum", "list", "map", NULL};

static const struct field retry_fields[] = {
    {"max_attempts", FIELD_INTEGER, AT(retry, max_attempts), FIELD_POSITIVE,
        .help = "How often the step is tried in all.", .fallback = "3"},
    {"delay", FIELD_DURATION, AT(retry, delay), .help = "The wait before the second attempt.",
        .fallback = "1s"},
    {"backoff", FIELD_NUMBER, AT(retry, backoff), FIELD_POSITIVE,
        .help = "What the wait is multiplied with before each further attempt.", .fallback = "2.0"},
    {"max_delay", FIELD_DURATION, AT(retry, max_delay), FIELD_POSITIVE, .help = "The longest wait.",
        .fallback = "1m"},
    {"jitter", FIELD_ENUM, AT(retry, jitter), .names = jitters,
        .help = "`full` waits a random part of the time, so that many runs do not retry at once.",
        .fallback = "none"},
    {"when", FIELD_EXPR, AT(retry, when), .help = "Whether this failure is worth another attempt."},
    {"on", FIELD_STRINGS, AT(retry, on), .help = "The classes of failure that are retried.",
        .fallback = "any"},
    {NULL},
};

static const struct section retry_section = {
    .name = "retry",
    .help = "Trying a step again when it failed. A bare number is `max_attempts`.",
    .size = sizeof(struct retry),
    .fields = retry_fields,
    .shorthand = "max_attempts",
};

/* The keys of a step that `defaults` may hold as well. */
#define DEFAULTABLE_FIELDS                                                                                   \
    {"env", FIELD_VALUES, AT(step, env), FIELD_DEFAULTABLE | FIELD_SECRET_OK,                                \
        .help = "Environment variables of the process, beside those of the runbook."},                       \
        {"cwd", FIELD_TEXT, AT(step, cwd), FIELD_DEFAULTABLE,                                                \
            .help = "Directory in which the process starts.", .fallback = "where runbook was started"},      \
        {"shell", FIELD_STRINGS, AT(step, shell), FIELD_DEFAULTABLE,                                         \
            .help =                                                                                          \
                "What carries out `run`: sh, bash, python3, lua, perl, psql, or a command with {script} or " \
                "{file} in it.",                                                                             \
            .fallback = "sh -e"},                                                                            \
        {"timeout", FIELD_DURATION, AT(step, timeout), FIELD_DEFAULTABLE | FIELD_POSITIVE,                   \
            .help = "The longest time of one attempt; with `until`, of all of them together."},              \
        {"retry", FIELD_SECTION, AT(step, retry), FIELD_DEFAULTABLE, .section = &retry_section,              \
            .help = "Trying again when the step failed."},                                                   \
        {"continue_on_error", FIELD_BOOL, AT(step, continue_on_error), FIELD_DEFAULTABLE,                    \
            .help = "A failure is recorded as a warning and the list goes on.", .fallback = "false"},        \
        {"idempotent", FIELD_BOOL, AT(step, idempotent), FIELD_DEFAULTABLE,                                  \
            .help = "The step may be carried out again when it is not known whether it finished.",           \
            .fallback = "false"},                                                                            \
        {"effect", FIELD_ENUM, AT(step, effect), FIELD_DEFAULTABLE, .names = step_effects,                   \
            .help = "Whether the step changes the world (`write`) or only looks at it (`read`), as plans "   \
                    "show it.",                                                                              \
            .fallback = "auto: what an action says; read for `lua` that names nothing that writes, and for " \
                        "`http` with GET, HEAD or OPTIONS; else write"},                                     \
    {                                                                                                        \
        "on_interrupt", FIELD_ENUM, AT(step, on_interrupt), FIELD_DEFAULTABLE,                               \
            .names = on_interrupts,                                                                          \
            .help = "What happens when the engine died while the step was under way.",                       \
            .fallback = "ask, or retry when idempotent"                                                      \
    }

static const struct field step_fields[] = {
    {"id", FIELD_ID, AT(step, id), .help = "The name by which expressions refer to the step: `steps.<id>`."},
    {"title", FIELD_STRING, AT(step, title), .help = "What people read."},
    {"description", FIELD_STRING, AT(step, description), .help = "Why and how, for people."},
    {"when", FIELD_EXPR, AT(step, when), .help = "When it is false, the step is skipped."},
    DEFAULTABLE_FIELDS,
    {"kill_after", FIELD_DURATION, AT(step, kill_after),
        .help = "How long a process that was told to end may take before it is killed.", .fallback = "10s"},
    {"deadline", FIELD_DURATION, AT(step, deadline), FIELD_POSITIVE,
        .help = "By when the step must have ended, measured from the start of the run."},
    {"on_deadline", FIELD_ENUM, AT(step, on_deadline), .names = on_deadlines,
        .help = "What happens when the deadline passes.", .fallback = "notify"},
    {"until", FIELD_EXPR, AT(step, until),
        .help = "The step is repeated until this is true; `timeout` bounds the whole and is required."},
    {"every", FIELD_DURATION, AT(step, every), FIELD_POSITIVE,
        .help = "The time between repetitions of `until`.", .fallback = "1s"},
    {"success_when", FIELD_EXPR, AT(step, success_when),
        .help = "Decides success, instead of the exit code or the HTTP status."},
    {"parse", FIELD_ENUM, AT(step, parse), .names = parsers,
        .help = "How the output is read into `output`; what cannot be read fails the step.",
        .fallback = "none"},
    {"outputs", FIELD_OUTPUTS, AT(step, outputs),
        .help = "Names for values, evaluated when the step succeeded."},
    {"foreach", FIELD_VALUE, AT(step, foreach),
        .help = "A list, or an expression that yields one: once per item."},
    {"as", FIELD_ID, AT(step, as), .help = "The name of the item in expressions.", .fallback = "item"},
    {"max_parallel", FIELD_INTEGER, AT(step, max_parallel), FIELD_POSITIVE,
        .help = "How many items, or steps of `parallel`, are under way at once.",
        .fallback = "1 for foreach; all for parallel"},
    {"batch", FIELD_INTEGER, AT(step, batch), FIELD_POSITIVE,
        .help = "Items are taken in groups of this size; a group begins when the one before has ended."},
    {"fail_fast", FIELD_BOOL, AT(step, fail_fast),
        .help = "The first failure cancels what is under way beside it.", .fallback = "true"},
    {"while", FIELD_EXPR, AT(step, while_), .help = "The block is repeated as long as this is true."},
    {"max_iterations", FIELD_INTEGER, AT(step, max_iterations), FIELD_POSITIVE,
        .help = "Reaching it fails the step, with class `assertion`.", .fallback = "100"},
    {"needs", FIELD_STRINGS, AT(step, needs),
        .help = "Inside `parallel`: ids of the steps that must have succeeded before this one starts."},
    {"join", FIELD_CONSTANT, AT(step, join),
        .help = "When `parallel` has succeeded: `all`, `any` (the first success, the rest is cancelled) or a "
                "number.",
        .fallback = "all"},
    {"rescue", FIELD_STEPS, AT(step, rescue), .help = "Steps for when a step of the block failed."},
    {"always", FIELD_STEPS, AT(step, always), .help = "Steps that run at the end in every case."},
    {"undo", FIELD_STEPS, AT(step, undo), .help = "A step, or a list, that reverses this one."},
    {"tags", FIELD_STRINGS, AT(step, tags), .help = "Names for `--tags` and `--skip-tags`."},
    {"sensitive", FIELD_BOOL, AT(step, sensitive),
        .help = "The output is not stored, only its size and hash.", .fallback = "false"},
    {"leave_running", FIELD_BOOL, AT(step, leave_running),
        .help =
            "What the process started and left behind, such as a service, goes on running when the step has "
            "succeeded or failed by itself.",
        .fallback = "false"},
    {NULL},
};

_Static_assert(sizeof(step_fields) / sizeof(*step_fields) <= 64, "step.given has a bit for each field");

const struct section step_section = {
    .name = "a step",
    .help = "One step: exactly one kind, and any of these keys.",
    .size = sizeof(struct step),
    .fields = step_fields,
};

static const struct field defaults_fields[] = {DEFAULTABLE_FIELDS, {NULL}};

const struct section defaults_section = {
    .name = "defaults",
    .help = "Keys for every step that does not have them itself.",
    .size = sizeof(struct step),
    .fields = defaults_fields,
};

static const struct field param_fields[] = {
    {"type", FIELD_ENUM, AT(param, type), .names = param_types, .help = "What the value must be.",
        .fallback = "string"},
    {"default", FIELD_CONSTANT, AT(param, fallback),
        .help = "The value when none is given; without it, one is required."},
    {"enum", FIELD_CONSTANT, AT(param, choices), .help = "The values that are allowed."},
    {"pattern", FIELD_STRING, AT(param, pattern),
        .help = "A regular expression that the whole text must match."},
    {"minimum", FIELD_CONSTANT, AT(param, minimum), .help = "The least number allowed."},
    {"maximum", FIELD_CONSTANT, AT(param, maximum), .help = "The greatest number allowed."},
    {"description", FIELD_STRING, AT(param, description), .help = "What the value is for."},
    {"secret", FIELD_BOOL, AT(param, secret), .help = "The value is shown nowhere.", .fallback = "false"},
    {NULL},
};

static const struct section param_section = {
    .name = "a parameter",
    .help = "A value that is given when the runbook is started.",
    .size = sizeof(struct param),
    .fields = param_fields,
};

static const struct field secret_fields[] = {
    {"env", FIELD_STRING, AT(secret, env), .help = "The environment variable that holds it."},
    {"file", FIELD_STRING, AT(secret, file), .help = "The file that holds it."},
    {"command", FIELD_STRINGS, AT(secret, command), .help = "A command that prints it."},
    {"systemd", FIELD_STRING, AT(secret, systemd), .help = "The systemd credential that holds it."},
    {"uses", FIELD_STRING, AT(secret, uses),
        .help = "An action that brings it, such as `vault.secret`: carried out when it is first needed."},
    {"with", FIELD_VALUE, AT(secret, with), FIELD_SECRET_OK, .help = "What the action is given."},
    {NULL},
};

static const struct section secret_section = {
    .name = "a secret",
    .help = "Where a secret comes from: exactly one of `env`, `file`, `command`, `systemd` and `uses`.",
    .size = sizeof(struct secret),
    .fields = secret_fields,
};

static const struct field escalation_fields[] = {
    {"policy", FIELD_STRING, AT(escalation, policy), .help = "The policy that says who is paged when.",
        .fallback = "that of the runbook's severity"},
    {"message", FIELD_TEXT, AT(escalation, message), .help = "What those who are paged read."},
    {NULL},
};

static const struct section escalation_section = {
    .name = "escalation",
    .help = "Whom a run keeps informed until somebody takes it on. A bare name is `policy`.",
    .size = sizeof(struct escalation),
    .fields = escalation_fields,
    .shorthand = "policy",
};

static const struct field concurrency_fields[] = {
    {"group", FIELD_TEXT, AT(concurrency, group), FIELD_REQUIRED,
        .help = "Runs of the same group count together."},
    {"on_conflict", FIELD_ENUM, AT(concurrency, on_conflict), .names = on_conflicts,
        .help = "What a run does that finds the group full.", .fallback = "queue"},
    {"limit", FIELD_INTEGER, AT(concurrency, limit), FIELD_POSITIVE, .help = "How many may run at once.",
        .fallback = "1"},
    {NULL},
};

static const struct section concurrency_section = {
    .name = "concurrency",
    .help = "How many runs of a group there are at once, in every process that shares the journal.",
    .size = sizeof(struct concurrency),
    .fields = concurrency_fields,
    .shorthand = "group",
};

static const struct field document_fields[] = {
    {"runbook", FIELD_ID, AT(document, id), FIELD_REQUIRED, .help = "The name of the runbook."},
    {"title", FIELD_STRING, AT(document, title), .help = "What people read."},
    {"description", FIELD_STRING, AT(document, description), .help = "What it is for and when to use it."},
    {"severity", FIELD_STRING, AT(document, severity),
        .help = "Such as P1; expressions see it as `run.severity`."},
    {"owner", FIELD_STRING, AT(document, owner), .help = "Who looks after the runbook."},
    {"labels", FIELD_CONSTANT, AT(document, labels), .help = "Names and values for finding runs."},
    {"params", FIELD_MAP, AT(document, params), .section = &param_section,
        .help = "The values that are given when the runbook is started."},
    {"env", FIELD_VALUES, AT(document, env), FIELD_SECRET_OK,
        .help = "Environment variables for every process."},
    {"secrets", FIELD_MAP, AT(document, secrets), .section = &secret_section,
        .help = "Where secrets come from."},
    {"defaults", FIELD_SECTION, AT(document, defaults), .section = &defaults_section,
        .help = "Keys for every step that does not have them itself."},
    {"import", FIELD_STRINGS, AT(document, import),
        .help = "Files beside this one: on-call people (.yaml) and Lua functions (.lua)."},
    PEOPLE_FIELDS,
    {"escalation", FIELD_SECTION, AT(document, escalation), .section = &escalation_section,
        .help = "The escalation that a run starts with."},
    {"concurrency", FIELD_SECTION, AT(document, concurrency), .section = &concurrency_section,
        .help = "How many runs there may be at once."},
    {"triggers", FIELD_CONSTANT, AT(document, triggers), FIELD_LATER, .section = &trigger_section,
        .help = "What starts the runbook by itself."},
    {"window", FIELD_CONSTANT, AT(document, window), FIELD_LATER, .section = &window_section,
        .help = "When the runbook may run."},
    {"hooks", FIELD_SECTION, AT(document, hooks), .section = &hooks_section,
        .help = "What is called at certain moments of every run."},
    {"deadline", FIELD_DURATION, AT(document, deadline), FIELD_POSITIVE,
        .help = "By when the run must have ended."},
    {"cancel_timeout", FIELD_DURATION, AT(document, cancel_timeout), FIELD_POSITIVE,
        .help = "How long `always` may take after a run was cancelled.", .fallback = "5m"},
    {"steps", FIELD_STEPS, AT(document, body), FIELD_REQUIRED, .help = "What is done, in order."},
    {"rescue", FIELD_STEPS, AT(document, rescue), .help = "Steps for when a step failed."},
    {"always", FIELD_STEPS, AT(document, always), .help = "Steps that run at the end in every case."},
    {"outputs", FIELD_OUTPUTS, AT(document, outputs),
        .help = "Names for values, evaluated when the run succeeded."},
    {"invariants", FIELD_LIST, AT(document, invariants), .section = &invariant_section,
        .help = "What must hold in every test and exploration."},
    {NULL},
};

const struct section document_section = {
    .name = "the runbook",
    .help = "The top of a runbook.",
    .size = sizeof(struct document),
    .fields = document_fields,
};
