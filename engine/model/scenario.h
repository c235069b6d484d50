/* scenario: one tested run as its author wrote it: how the world answers, what people do and when, and what
 * must come of it. */
#ifndef MODEL_SCENARIO_H
#define MODEL_SCENARIO_H

#include "base/map.h"
#include "model/class.h"
#include "model/document.h"
#include "model/path.h"

/* How an attempt ends: FAIL_NONE and the classes of failure, then whatever failing is for the kind. */
enum { ANSWER_FAIL = FAIL_COUNT };

/* One attempt's end. */
struct answer {
    struct pos pos;
    int ends; /* enum fail_class, or ANSWER_FAIL */
    struct amount takes;
    struct amount exit_code, status_code;
    const char *stdout_, *stderr_, *body, *message;
    json_t *headers; /* a map, or NULL */
    json_t *output;  /* what `parse` or a Lua chunk would yield, or NULL */
    json_t *outputs; /* of RUNBOOK_OUTPUT, a map, or NULL */
    json_t *match;   /* dotted argument -> glob or value, or NULL */
};

/* Answers to successive attempts; the last one stays. */
struct mock {
    struct pos pos;
    const char *name;     /* as written: path, id, glob, or "notify:" and a channel */
    struct items answers; /* struct answer */
    bool is_notify;
    bool is_call; /* it answers a call as a whole; known when it has been held against the runbook */
    struct path_pattern pattern; /* of the path, or of the channel */
};

enum person_does {
    PERSON_ACK,
    PERSON_RESOLVE,
    PERSON_ESCALATE,
    PERSON_SNOOZE,
    PERSON_APPROVE,
    PERSON_DENY,
    PERSON_DONE,
    PERSON_CHECK,
    PERSON_FAIL,
    PERSON_ANSWER,
    PERSON_CANCEL,
    PERSON_KILL,
    PERSON_NOTE,
    PERSON_ACTS
};

/* What somebody does at a time. */
struct person {
    struct pos pos;
    struct amount at;              /* since the run's start */
    const char *acts[PERSON_ACTS]; /* exactly one, besides the note of an answer: a step, or a text */
    const char *by, *of;
    struct amount for_; /* of a snooze */
    json_t *with, *checklist;
    enum person_does does; /* derived */
};

struct sent_signal {
    struct pos pos;
    struct amount at;
    const char *name, *by;
    json_t *data;
};

/* What `steps.<id>` has, and an expectation may be about. */
enum step_property {
    STEP_CLASS,
    STEP_MESSAGE,
    STEP_ATTEMPTS,
    STEP_EXIT_CODE,
    STEP_STDOUT,
    STEP_STDERR,
    STEP_OUTPUT,
    STEP_OUTPUTS,
    STEP_ANSWER,
    STEP_BY,
    STEP_PROPERTIES
};

enum { STEP_NEVER = STEP_STATUS_COUNT }; /* it was not reached */

/* What a step must have come to. */
struct step_expected {
    struct pos pos;
    int status;                          /* enum step_status or STEP_NEVER; STEP_PENDING = not said */
    json_t *properties[STEP_PROPERTIES]; /* NULL = not said */
    struct path_pattern pattern;         /* derived */
};

struct notified {
    struct pos pos;
    const char *contact, *channel;
    struct amount at;
};

struct duration_expected {
    struct pos pos;
    struct amount exactly, min, max;
};

/* How a run may be expected to end. */
enum expected_status { EXPECTED_ANY, EXPECTED_SUCCEEDED, EXPECTED_FAILED, EXPECTED_CANCELLED };

struct expectation {
    struct pos pos;
    int status; /* one of `expected_status`, 0 = not said */
    const char *class_, *message;
    struct items steps; /* struct step_expected, by path or glob */
    struct strings order;
    struct items notified; /* struct notified; items NULL = not said */
    struct duration_expected *duration;
    struct amount warnings;
    json_t *outputs; /* or NULL */
    struct strings journal;
    struct items keys; /* those that are written, by name, with their places; no items */
};

struct scenario {
    struct pos pos;
    const char *name, *description, *at, *initiator, *from;
    json_t *params, *event; /* maps, or NULL */
    struct pos params_pos;  /* where `params` is written; line 0: nowhere */
    struct strings tags, skip_tags;
    struct mock *default_mock; /* or NULL */
    struct items mocks;        /* struct mock, by name */
    struct items people;       /* struct person */
    struct items signals;      /* struct sent_signal */
    struct expectation *expect;
    int64_t wall_us; /* derived from `at` */
};

/* One file of scenarios. */
struct scenario_file {
    struct document *store; /* owns memory and values */
    struct source *source;
    struct pos pos;
    const char *runbook;    /* the path, from where the program was started */
    struct items scenarios; /* struct scenario */
};

#endif
