/* The tables of what may be written in a file of scenarios. */
#include "load/scenario.h"

#include <stddef.h>

#define AT(type, member) offsetof(struct type, member)

#define X(name, text) [FAIL_##name] = FAIL_##name == FAIL_NONE ? "ok" : text,
static const char *const ends[] = {FAIL_CLASSES(X)[ANSWER_FAIL] = "fail", NULL};
#undef X

#define X(name, text) [STEP_##name] = STEP_##name == STEP_PENDING ? "any" : text,
static const char *const step_ends[] = {STEP_STATUSES(X)[STEP_NEVER] = "never", NULL};
#undef X
static const char *const run_ends[] = {[EXPECTED_ANY] = "any",
    [EXPECTED_SUCCEEDED] = "succeeded",
    [EXPECTED_FAILED] = "failed",
    [EXPECTED_CANCELLED] = "cancelled",
    NULL};

static const struct field answer_fields[] = {
    {"ends", FIELD_ENUM, AT(answer, ends), .names = ends,
        .help = "How the attempt ends. `fail` is how this kind of step fails; `timeout` without `takes` does "
                "not end by itself.",
        .fallback = "ok"},
    {"takes", FIELD_DURATION, AT(answer, takes), .help = "How long it takes, in virtual time.",
        .fallback = "1s"},
    {"exit_code", FIELD_INTEGER, AT(answer, exit_code),
        .help = "Of a process; one that is not 0 is a failure.", .fallback = "0"},
    {"stdout", FIELD_STRING, AT(answer, stdout_), .help = "What the process prints."},
    {"stderr", FIELD_STRING, AT(answer, stderr_), .help = "What it prints as errors."},
    {"status_code", FIELD_INTEGER, AT(answer, status_code),
        .help = "Of a response; 400 and above is a failure.", .fallback = "200"},
    {"headers", FIELD_CONSTANT, AT(answer, headers), .help = "Of a response: names and values."},
    {"body", FIELD_STRING, AT(answer, body), .help = "Of a response."},
    {"message", FIELD_STRING, AT(answer, message), .help = "What is said of a failure."},
    {"output", FIELD_CONSTANT, AT(answer, output),
        .help = "The value of `output` itself, in place of what `parse` or a Lua step would make."},
    {"outputs", FIELD_CONSTANT, AT(answer, outputs),
        .help = "What the script writes to `$RUNBOOK_OUTPUT`, or the called runbook brings, by name."},
    {"match", FIELD_CONSTANT, AT(answer, match),
        .help =
            "Only for these arguments: a dotted key such as `json.id`, and a glob (of a text) or the value."},
    {NULL},
};

const struct section answer_section = {
    .name = "an answer",
    .help = "How one attempt ends. A word is `ends`.",
    .size = sizeof(struct answer),
    .fields = answer_fields,
    .shorthand = "ends",
};

static const struct field mock_fields[] = {
    {"answers", FIELD_LIST, AT(mock, answers), FIELD_REQUIRED | FIELD_ALONE, .section = &answer_section,
        .help = "One answer, or a list for successive attempts, of which the last one stays."},
    {NULL},
};

static const struct section mock_section = {
    .name = "a mock",
    .help =
        "What answers a step: one answer, or a list for successive attempts, of which the last one stays.",
    .size = sizeof(struct mock),
    .fields = mock_fields,
    .shorthand = "answers",
    .is_open = true,
};

#define ACT(act) AT(person, acts) + (act) * sizeof(const char *)
static const struct field person_fields[] = {
    {"at", FIELD_DURATION, AT(person, at), FIELD_REQUIRED | FIELD_AFTER,
        .help = "When, counted from the run's start."},
    {"ack", FIELD_STRING, ACT(PERSON_ACK), .help = "Acknowledge: who does."},
    {"resolve", FIELD_STRING, ACT(PERSON_RESOLVE), .help = "Close an escalation: who does."},
    {"escalate", FIELD_STRING, ACT(PERSON_ESCALATE), .help = "Page the next level at once: who wants it."},
    {"snooze", FIELD_STRING, ACT(PERSON_SNOOZE), .help = "Acknowledge for a time: who does."},
    {"for", FIELD_DURATION, AT(person, for_), FIELD_POSITIVE, .help = "With `snooze`: for how long.",
        .fallback = "1h"},
    {"of", FIELD_STRING, AT(person, of),
        .help = "With `ack`, `resolve`, `escalate` and `snooze`: the escalation.",
        .fallback = "every open one"},
    {"approve", FIELD_STRING, ACT(PERSON_APPROVE), .help = "Approve what this step asks."},
    {"deny", FIELD_STRING, ACT(PERSON_DENY), .help = "Deny it."},
    {"done", FIELD_STRING, ACT(PERSON_DONE), .help = "Say that this manual step is done."},
    {"check", FIELD_STRING, ACT(PERSON_CHECK),
        .help = "Tick off points of the checklist of this manual step."},
    {"fail", FIELD_STRING, ACT(PERSON_FAIL), .help = "Say that it could not be done."},
    {"answer", FIELD_STRING, ACT(PERSON_ANSWER), .help = "Fill in the form of this step."},
    {"with", FIELD_CONSTANT, AT(person, with), .help = "With `answer`: the form's fields and their values."},
    {"checklist", FIELD_CONSTANT, AT(person, checklist),
        .help = "With `check`: the numbers of the points, from 1. With `done`: what was ticked off."},
    {"cancel", FIELD_STRING, ACT(PERSON_CANCEL), .help = "Cancel the run: why."},
    {"kill", FIELD_STRING, ACT(PERSON_KILL), .help = "Kill the run: why."},
    {"note", FIELD_STRING, ACT(PERSON_NOTE), .help = "Leave a note, alone or with an answer."},
    {"by", FIELD_STRING, AT(person, by), .help = "Who: a contact's name or one of its users.",
        .fallback = "the initiator"},
    {NULL},
};

static const struct section person_section = {
    .name = "what somebody does",
    .help = "What a person does at a time: exactly one of `ack`, `resolve`, `escalate`, `snooze`, `approve`, "
            "`deny`, "
            "`done`, `fail`, `answer`, `cancel`, `kill` and `note`.",
    .size = sizeof(struct person),
    .fields = person_fields,
};

static const struct field signal_fields[] = {
    {"at", FIELD_DURATION, AT(sent_signal, at), FIELD_REQUIRED | FIELD_AFTER,
        .help = "When, counted from the run's start."},
    {"name", FIELD_STRING, AT(sent_signal, name), FIELD_REQUIRED, .help = "The signal."},
    {"data", FIELD_CONSTANT, AT(sent_signal, data), .help = "What it carries."},
    {"by", FIELD_STRING, AT(sent_signal, by), .help = "Who sends it.", .fallback = "the initiator"},
    {NULL},
};

static const struct section signal_section = {
    .name = "a signal",
    .help = "A signal that reaches the run.",
    .size = sizeof(struct sent_signal),
    .fields = signal_fields,
};

#define PROPERTY(property) AT(step_expected, properties) + (property) * sizeof(json_t *)
static const struct field step_expected_fields[] = {
    {"status", FIELD_ENUM, AT(step_expected, status), .names = step_ends,
        .help = "What becomes of it; `never`: nothing, it is not reached."},
    {"class", FIELD_CONSTANT, PROPERTY(STEP_CLASS), .help = "The class of its failure."},
    {"message", FIELD_CONSTANT, PROPERTY(STEP_MESSAGE), .help = "What is said of its failure; a glob."},
    {"attempts", FIELD_CONSTANT, PROPERTY(STEP_ATTEMPTS), .help = "How often it was tried."},
    {"exit_code", FIELD_CONSTANT, PROPERTY(STEP_EXIT_CODE), .help = "Of its process."},
    {"stdout", FIELD_CONSTANT, PROPERTY(STEP_STDOUT), .help = "What it printed; a glob."},
    {"stderr", FIELD_CONSTANT, PROPERTY(STEP_STDERR), .help = "What it printed as errors; a glob."},
    {"output", FIELD_CONSTANT, PROPERTY(STEP_OUTPUT), .help = "The value it yielded."},
    {"outputs", FIELD_CONSTANT, PROPERTY(STEP_OUTPUTS), .help = "Its named values."},
    {"answer", FIELD_CONSTANT, PROPERTY(STEP_ANSWER), .help = "What was answered: of a map, these keys."},
    {"by", FIELD_CONSTANT, PROPERTY(STEP_BY), .help = "Who answered."},
    {NULL},
};

const struct section step_expected_section = {
    .name = "what a step comes to",
    .help = "What must have become of a step. A word is `status`.",
    .size = sizeof(struct step_expected),
    .fields = step_expected_fields,
    .shorthand = "status",
};

static const struct field notified_fields[] = {
    {"contact", FIELD_STRING, AT(notified, contact), FIELD_REQUIRED,
        .help = "Who: a contact, or a channel that was named directly."},
    {"channel", FIELD_STRING, AT(notified, channel), .help = "Through which channel."},
    {"at", FIELD_DURATION, AT(notified, at), FIELD_AFTER, .help = "When, counted from the run's start."},
    {NULL},
};

static const struct section notified_section = {
    .name = "who is notified",
    .help = "A message that arrives. A word is `contact`.",
    .size = sizeof(struct notified),
    .fields = notified_fields,
    .shorthand = "contact",
};

static const struct field duration_fields[] = {
    {"exactly", FIELD_DURATION, AT(duration_expected, exactly), .help = "This long."},
    {"min", FIELD_DURATION, AT(duration_expected, min), .help = "At least this long."},
    {"max", FIELD_DURATION, AT(duration_expected, max), .help = "At most this long."},
    {NULL},
};

static const struct section duration_section = {
    .name = "duration",
    .help = "How long the run takes. A bare duration is `exactly`.",
    .size = sizeof(struct duration_expected),
    .fields = duration_fields,
    .shorthand = "exactly",
};

static const struct field expect_fields[] = {
    {"status", FIELD_ENUM, AT(expectation, status), .names = run_ends, .help = "How the run ends."},
    {"class", FIELD_STRING, AT(expectation, class_), .help = "The class of its failure."},
    {"message", FIELD_STRING, AT(expectation, message), .help = "What is said of its end; a glob."},
    {"steps", FIELD_MAP, AT(expectation, steps), .section = &step_expected_section,
        .help = "What becomes of steps, by path, id or glob."},
    {"order", FIELD_STRINGS, AT(expectation, order),
        .help = "Steps that begin in this order; others may begin between them."},
    {"notified", FIELD_LIST, AT(expectation, notified), .section = &notified_section,
        .help = "The messages that arrive, all of them in this order; `[]` is none."},
    {"duration", FIELD_SECTION, AT(expectation, duration), .section = &duration_section,
        .help = "How long the run takes."},
    {"warnings", FIELD_INTEGER, AT(expectation, warnings), .help = "How many failures are tolerated."},
    {"outputs", FIELD_CONSTANT, AT(expectation, outputs), .help = "The run's outputs."},
    {"journal", FIELD_STRINGS, AT(expectation, journal),
        .help = "Globs over the events, each \"type path facts\", in this order; others may stand between."},
    {NULL},
};

static const struct section expect_section = {
    .name = "expect",
    .help = "What must come of the run.",
    .size = sizeof(struct expectation),
    .fields = expect_fields,
};

static const struct field scenario_fields[] = {
    {"name", FIELD_STRING, AT(scenario, name), FIELD_REQUIRED, .help = "What happens; unique in the file."},
    {"description", FIELD_STRING, AT(scenario, description), .help = "Why it matters, for people."},
    {"at", FIELD_STRING, AT(scenario, at), .help = "The run's start, such as 2026-11-21T03:00:00+01:00.",
        .fallback = "2026-01-01T00:00:00Z"},
    {"params", FIELD_CONSTANT, AT(scenario, params), .help = "The runbook's parameters."},
    {"event", FIELD_CONSTANT, AT(scenario, event), .help = "What expressions see as `event`."},
    {"initiator", FIELD_STRING, AT(scenario, initiator), .help = "Who starts the run.", .fallback = "tester"},
    {"tags", FIELD_STRINGS, AT(scenario, tags), .help = "As with `exec --tags`."},
    {"skip_tags", FIELD_STRINGS, AT(scenario, skip_tags), .help = "As with `exec --skip-tags`."},
    {"from", FIELD_STRING, AT(scenario, from), .help = "As with `exec --from`: the first step."},
    {"default_mock", FIELD_SECTION, AT(scenario, default_mock), .section = &mock_section,
        .help = "What answers the steps that no mock fits; without it, there must be none."},
    {"mocks", FIELD_MAP, AT(scenario, mocks), .section = &mock_section,
        .help = "How the world answers, by step path, id or glob, or `notify:` and a channel."},
    {"people", FIELD_LIST, AT(scenario, people), .section = &person_section,
        .help = "What people do, and when."},
    {"signals", FIELD_LIST, AT(scenario, signals), .section = &signal_section,
        .help = "The signals that reach the run."},
    {"expect", FIELD_SECTION, AT(scenario, expect), .section = &expect_section,
        .help = "What must come of it."},
    {NULL},
};

static const struct section one_section = {
    .name = "a scenario",
    .help = "One run in virtual time, and what must come of it.",
    .size = sizeof(struct scenario),
    .fields = scenario_fields,
};

static const struct field file_fields[] = {
    {"runbook", FIELD_STRING, AT(scenario_file, runbook), .help = "The runbook, from where this file is.",
        .fallback = "this file's name without `.test`"},
    {"scenarios", FIELD_LIST, AT(scenario_file, scenarios), FIELD_REQUIRED, .section = &one_section,
        .help = "The scenarios."},
    {NULL},
};

const struct section scenario_section = {
    .name = "the scenario file",
    .help = "Scenarios of one runbook.",
    .size = sizeof(struct scenario_file),
    .fields = file_fields,
};
