/* kinds: the kinds of step that the core carries out itself, and what an author writes under each. */
#ifndef CORE_KINDS_H
#define CORE_KINDS_H

#include "model/kind.h"
#include "model/step.h"

/* `steps`, `parallel` */
struct steps_args {
    struct pos pos;
    struct block *steps;
};

struct switch_case {
    struct pos pos;
    struct expr *when; /* with `steps` … */
    struct block *steps;
    struct block *otherwise; /* … or this alone, last: `else` */
};

struct switch_args {
    struct pos pos;
    struct items cases; /* struct switch_case */
};

struct call_args {
    struct pos pos;
    const char *runbook; /* path or id */
    struct named_templates with;
};

/* Exactly one of duration, until, signal. */
struct wait_args {
    struct pos pos;
    struct amount duration;
    struct expr *until;   /* RFC 3339 text, or seconds since 1970 */
    const char *calendar; /* until it is open */
    const char *signal;
    struct amount timeout; /* of `signal` */
};

enum on_timeout {
    ON_TIMEOUT_FAIL,
    ON_TIMEOUT_SKIP,
    ON_TIMEOUT_APPROVE,
    ON_TIMEOUT_DENY,
    ON_TIMEOUT_ESCALATE
};
enum evidence { EVIDENCE_OPTIONAL, EVIDENCE_REQUIRED };

/* `manual`, `approve`, `input` */
struct ask_args {
    struct pos pos;
    struct template *message;   /* `instructions` of manual */
    struct template *checklist; /* manual: a list of texts */
    struct strings by;          /* contacts or groups; `assignee` of manual; empty = anybody */
    int evidence;               /* manual: enum evidence */
    struct amount count;        /* approve: how many different people */
    bool not_by_initiator;      /* approve */
    struct items fields;        /* input: struct param, by name */
    struct amount timeout;
    struct amount remind; /* how often those of `by` are told that it is still open */
    int on_timeout;       /* enum on_timeout */
    const char *escalate; /* policy, or NULL: the runbook's */
};

/* `escalate`, `acknowledge`, `resolve` */
struct escalate_args {
    struct pos pos;
    const char *policy;       /* escalate */
    const char *name;         /* of the escalation; NULL = the policy's name, or every one that is open */
    struct template *message; /* escalate */
    struct template *severity;
};

struct set_args {
    struct pos pos;
    struct named_templates values;
};

struct assert_check {
    struct pos pos;
    struct expr *that;
    struct template *message;
};

struct assert_args {
    struct pos pos;
    struct items checks; /* struct assert_check */
    struct expr *that;   /* or one alone */
    struct template *message;
};

/* `note`, `fail`, `succeed`, `rollback` */
struct text_args {
    struct pos pos;
    struct template *text;
};

struct notify_args {
    struct pos pos;
    struct strings to; /* contacts, groups, rotations, policies (their first level), channels */
    struct template *message;
    struct template *severity;
};

#endif
