/* event: one fact of a run, as the journal keeps it. */
#ifndef MODEL_EVENT_H
#define MODEL_EVENT_H

#include "model/class.h"
#include "model/value.h"

#include <stdbool.h>
#include <stdint.h>

/* Who did it. Empty strings when nobody did. */
struct principal {
    const char *user, *host, *way; /* "ana", "db1", "terminal" */
};

/* `cause` events came from outside the core; the events that follow one, up to the next, are what the core
 * concluded from it: feed the causes to a fresh core and the rest comes out again. Fields that do not apply
 * are 0, "" or NULL, exit_code and due_us -1. The strings live as long as the turn (core) or the row
 * (journal). */
struct event {
    uint64_t index;  /* in the journal, from 1; 0 until written */
    uint64_t seq;    /* in the run, from 1 */
    int64_t wall_us; /* UTC */
    int64_t mono_us; /* since the run started */
    enum event_type type;
    bool cause;
    const char *path; /* of the frame; "" = the run itself */
    struct principal by;
    int status; /* enum step_status, or for run.* enum run_status; -1 = none */
    enum fail_class class_;
    int exit_code;
    int attempt;
    int64_t due_us; /* mono_us at which the timer is due */
    json_t *data;   /* the rest, a map; may be NULL */
};

#endif
