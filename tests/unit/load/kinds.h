/* A few kinds of step to load runbooks with; the real ones belong to rooms above load. */
#ifndef TESTS_UNIT_LOAD_KINDS_H
#define TESTS_UNIT_LOAD_KINDS_H

#include "model/kind.h"
#include "model/step.h"

#include <stddef.h>

struct test_block {
    struct pos pos;
    struct block *steps;
};

struct test_call {
    struct pos pos;
    const char *runbook;
    struct named_templates with;
};

struct test_wait {
    struct pos pos;
    struct amount duration;
    struct expr *until;
    const char *calendar;
};

struct test_switch_case {
    struct pos pos;
    struct expr *when;
    struct block *steps, *otherwise;
};

struct test_switch {
    struct pos pos;
    struct items cases;
};

struct test_set {
    struct pos pos;
    struct named_templates values;
};

struct test_check {
    struct pos pos;
    struct expr *that;
};

struct test_assert {
    struct pos pos;
    struct items checks;
};

struct test_approve {
    struct pos pos;
    struct template *message;
    struct strings by;
    const char *escalate;
};

static const struct field test_block_fields[] = {
    {"steps", FIELD_STEPS, offsetof(struct test_block, steps), FIELD_REQUIRED, .help = "Text."}, {NULL}};
static const struct field test_call_fields[] = {
    {"runbook", FIELD_STRING, offsetof(struct test_call, runbook), FIELD_REQUIRED, .help = "Text."},
    {"with", FIELD_VALUES, offsetof(struct test_call, with), .help = "Text."},
    {NULL},
};
static const struct field test_switch_case_fields[] = {
    {"when", FIELD_EXPR, offsetof(struct test_switch_case, when), .help = "Text."},
    {"steps", FIELD_STEPS, offsetof(struct test_switch_case, steps), .help = "Text."},
    {"else", FIELD_STEPS, offsetof(struct test_switch_case, otherwise), .help = "Text."},
    {NULL},
};
static const struct section test_switch_case_section = {
    .name = "case", .size = sizeof(struct test_switch_case), .fields = test_switch_case_fields};
static const struct field test_switch_fields[] = {
    {"cases", FIELD_LIST, offsetof(struct test_switch, cases), FIELD_REQUIRED,
        .section = &test_switch_case_section, .help = "Text."},
    {NULL},
};
static const struct field test_wait_fields[] = {
    {"duration", FIELD_DURATION, offsetof(struct test_wait, duration), .help = "Text."},
    {"until", FIELD_EXPR, offsetof(struct test_wait, until), .help = "Text."},
    {"calendar", FIELD_STRING, offsetof(struct test_wait, calendar), .help = "Text."},
    {NULL},
};
static const struct field test_approve_fields[] = {
    {"message", FIELD_TEXT, offsetof(struct test_approve, message), FIELD_REQUIRED, .help = "Text."},
    {"by", FIELD_STRINGS, offsetof(struct test_approve, by), .help = "Text."},
    {"escalate", FIELD_STRING, offsetof(struct test_approve, escalate), .help = "Text."},
    {NULL},
};
static const struct field test_set_fields[] = {
    {"values", FIELD_VALUES, offsetof(struct test_set, values), FIELD_REQUIRED, .help = "Text."}, {NULL}};
static const struct field test_check_fields[] = {
    {"that", FIELD_EXPR, offsetof(struct test_check, that), FIELD_REQUIRED, .help = "Text."}, {NULL}};
static const struct section test_check_section = {
    .name = "a check", .size = sizeof(struct test_check), .fields = test_check_fields, .shorthand = "that"};
static const struct field test_assert_fields[] = {
    {"checks", FIELD_LIST, offsetof(struct test_assert, checks), FIELD_REQUIRED,
        .section = &test_check_section},
    {NULL},
};
static const struct field test_run_fields[] = {
    {"script", FIELD_SCRIPT, 0, FIELD_REQUIRED, .help = "Text."}, {NULL}};
static const struct field test_exec_fields[] = {
    {"argv", FIELD_VALUE, 0, FIELD_REQUIRED | FIELD_EACH, .help = "Text."},
    {"stdin", FIELD_TEXT, 0, .help = "Text."}, {NULL}};
static const char *const test_methods[] = {"GET", "HEAD", "POST", NULL};
static const struct field test_tls_fields[] = {
    {"ca", FIELD_TEXT, 0, .help = "Text."}, {"insecure", FIELD_BOOL, 0, .fallback = "false"}, {NULL}};
static const struct section test_tls_section = {.name = "tls", .fields = test_tls_fields};
static const struct field test_http_fields[] = {
    {"url", FIELD_TEXT, 0, FIELD_REQUIRED, .help = "Text."},
    {"method", FIELD_ENUM, 0, .names = test_methods, .fallback = "GET"},
    {"headers", FIELD_VALUES, 0, .help = "Text."},
    {"json", FIELD_VALUE, 0, .help = "Text."},
    {"body", FIELD_TEXT, 0, .help = "Text."},
    {"expect", FIELD_STRINGS, 0, .help = "Text."},
    {"tls", FIELD_SECTION, 0, .section = &test_tls_section},
    {"max_body", FIELD_INTEGER, 0, FIELD_POSITIVE, .help = "Text."},
    {NULL},
};
static const struct field test_note_fields[] = {
    {"text", FIELD_TEXT, 0, FIELD_REQUIRED, .help = "Text."}, {NULL}};

static const struct kind test_steps = {"steps", KIND_CONTROL, "A block.",
    {"steps", "", sizeof(struct test_block), test_block_fields, "steps", false}, false, NULL, NULL};
static const struct kind test_parallel = {"parallel", KIND_CONTROL, "Side by side.",
    {"parallel", "", sizeof(struct test_block), test_block_fields, "steps", false}, false, NULL, NULL};
static const struct kind test_call = {"call", KIND_CONTROL, "Another runbook.",
    {"call", "", sizeof(struct test_call), test_call_fields, "runbook", false}, false, NULL, NULL};
static const struct kind test_switch = {"switch", KIND_CONTROL, "The first that holds.",
    {"switch", "", sizeof(struct test_switch), test_switch_fields, "cases", false}, false, NULL, NULL};
static const struct kind test_wait = {"wait", KIND_WAIT, "Time.",
    {"wait", "", sizeof(struct test_wait), test_wait_fields, "duration", false}, false, NULL, NULL};
static const struct kind test_approve = {"approve", KIND_ASK, "A decision.",
    {"approve", "", sizeof(struct test_approve), test_approve_fields, "message", false}, false, NULL, NULL};
static const struct kind test_set = {"set", KIND_PURE, "Variables.",
    {"set", "", sizeof(struct test_set), test_set_fields, "values", true}, true, NULL, NULL};
static const struct kind test_assert = {"assert", KIND_PURE, "Checks.",
    {"assert", "", sizeof(struct test_assert), test_assert_fields, "checks", false}, true, NULL, NULL};
static const struct kind test_run = {
    "run", KIND_EFFECT, "A script.", {"run", "", 0, test_run_fields, "script", false}, false, NULL, NULL};
static const struct kind test_exec = {
    "exec", KIND_EFFECT, "A process.", {"exec", "", 0, test_exec_fields, "argv", false}, false, NULL, NULL};
static const struct kind test_http = {
    "http", KIND_EFFECT, "A request.", {"http", "", 0, test_http_fields, "url", false}, false, NULL, NULL};
static const struct kind test_note = {
    "note", KIND_PURE, "A line.", {"note", "", 0, test_note_fields, "text", false}, true, NULL, NULL};

static const struct kind *const test_kinds[] = {&test_steps, &test_switch, &test_parallel, &test_call,
    &test_wait, &test_approve, &test_set, &test_assert, &test_run, &test_exec, &test_http, &test_note, NULL};

#endif
