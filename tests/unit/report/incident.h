/* incident: a run to tell stories about: pages, a retry, a question, a failure. Times are seconds after
 * 09:31:00. */
#ifndef TESTS_REPORT_INCIDENT_H
#define TESTS_REPORT_INCIDENT_H

#include "report/facts.h"

#define INCIDENT_START_US INT64_C(1795253460000000) /* 2026-11-21T09:31:00Z */

struct tale {
    double at;
    enum event_type type;
    const char *path, *by;
    int status;
    enum fail_class class_;
    int exit_code, attempt;
    double due;
    const char *data;
};

static inline void tell(struct facts *facts, const struct tale *tale)
{
    json_t *data = tale->data ? json_loads(tale->data, 0, NULL) : NULL;
    assert_true(!tale->data || data);
    struct event event = {.seq = facts->event_count + 1,
        .wall_us = INCIDENT_START_US + (int64_t)(tale->at * 1e6),
        .mono_us = (int64_t)(tale->at * 1e6),
        .type = tale->type,
        .path = tale->path ? tale->path : "",
        .by = {tale->by ? tale->by : "", tale->by ? "db1" : "", tale->by ? "terminal" : ""},
        .status = tale->status,
        .class_ = tale->class_,
        .exit_code = tale->exit_code,
        .attempt = tale->attempt,
        .due_us = tale->due > 0 ? (int64_t)(tale->due * 1e6) : -1,
        .data = data};
    facts_add(facts, &event);
    json_decref(data);
}

static inline void incident_begin(struct facts *facts, enum run_status status, const char *message)
{
    setenv("TZ", "UTC", 1);
    struct run_row run = {.id = "abcdefgh2345",
        .runbook = "p1-system-down",
        .title = "System down",
        .severity = "P1",
        .file = "p1.yaml",
        .book_sha256 = "",
        .initiator = {"ana", "db1", "terminal"},
        .trigger = "manual",
        .parent = "",
        .status = status,
        .created_us = INCIDENT_START_US,
        .started_us = INCIDENT_START_US,
        .message = message,
        .engine = "",
        .engine_host = ""};
    facts_init(facts, &run);
}

/* Fold the whole incident. */
static inline void incident(struct facts *facts)
{
    static const struct tale tales[] = {
        {0, EVENT_RUN_CREATED, NULL, "ana", -1, 0, -1, 0, 0, NULL},
        {0, EVENT_RUN_STARTED, NULL, "ana", RUN_RUNNING, 0, -1, 0, 0, NULL},
        {0, EVENT_ESCALATION_STARTED, "!platform", NULL, -1, 0, -1, 0, 0,
            "{\"policy\":\"platform\",\"message\":\"api is down\"}"},
        {0.1, EVENT_ESCALATION_LEVEL, "!platform", NULL, -1, 0, -1, 0, 0, "{\"level\":1,\"pass\":1}"},
        {0.4, EVENT_NOTIFY_SENT, "!platform/1/bo/pager", NULL, -1, 0, -1, 0, 0,
            "{\"target\":\"bo\",\"channel\":\"pager\",\"level\":1}"},
        {0.1, EVENT_STEP_STARTED, "pods", NULL, -1, 0, -1, 1, 0, "{\"kind\":\"exec\"}"},
        {1.5, EVENT_STEP_FINISHED, "pods", NULL, STEP_SUCCEEDED, 0, 0, 1, 0, NULL},
        {1.5, EVENT_STEP_STARTED, "rollback", NULL, -1, 0, -1, 1, 0, "{\"kind\":\"approve\"}"},
        {1.5, EVENT_ASK_OPENED, "rollback", NULL, -1, 0, -1, 0, 0,
            "{\"kind\":\"approve\",\"message\":\"Roll back now?\",\"by\":[\"platform-engineers\"]}"},
        {45, EVENT_ASK_ANSWERED, "rollback", "bo", -1, 0, -1, 0, 0, "{\"decision\":\"approve\"}"},
        {45, EVENT_STEP_FINISHED, "rollback", "bo", STEP_SUCCEEDED, 0, -1, 1, 0, NULL},
        {45, EVENT_STEP_STARTED, "recover", NULL, -1, 0, -1, 1, 0, "{\"kind\":\"steps\"}"},
        {45, EVENT_STEP_STARTED, "recover/undo#1", NULL, -1, 0, -1, 1, 0, "{\"kind\":\"run\"}"},
        {50, EVENT_STEP_RETRYING, "recover/undo#1", NULL, -1, FAIL_EXIT, 1, 1, 60,
            "{\"message\":\"exit 1\"}"},
        {60, EVENT_STEP_STARTED, "recover/undo#2", NULL, -1, 0, -1, 2, 0, NULL},
        {66, EVENT_STEP_FINISHED, "recover/undo#2", NULL, STEP_SUCCEEDED, 0, 0, 2, 0, NULL},
        {66, EVENT_STEP_STARTED, "recover/healthy", NULL, -1, 0, -1, 1, 0, "{\"kind\":\"http\"}"},
        {192, EVENT_STEP_FINISHED, "recover/healthy", NULL, STEP_FAILED, FAIL_TIMEOUT, -1, 1, 0,
            "{\"message\":\"still 503 after 2m\"}"},
        {192, EVENT_STEP_FINISHED, "recover", NULL, STEP_FAILED, FAIL_TIMEOUT, -1, 1, 0,
            "{\"message\":\"still 503 after 2m\"}"},
        {192, EVENT_STEP_SKIPPED, "close", NULL, STEP_SKIPPED, 0, -1, 0, 0, "{\"reason\":\"when\"}"},
        {192, EVENT_RUN_FINISHED, NULL, NULL, RUN_FAILED, FAIL_TIMEOUT, -1, 0, 0,
            "{\"message\":\"still 503 after 2m\"}"},
    };
    incident_begin(facts, RUN_FAILED, "still 503 after 2m");
    for (size_t i = 0; i < sizeof tales / sizeof *tales; i++)
        tell(facts, &tales[i]);
    facts_end(facts, 0);
}

#endif
