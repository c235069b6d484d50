/* assume: the world of a simulation. Nothing is known of the real one: every effect succeeds after a second
 * and prints nothing, notifications arrive, nobody answers, but for what is assumed otherwise. */
#ifndef DRIVE_ASSUME_H
#define DRIVE_ASSUME_H

#include "drive/program.h"
#include "drive/virtual.h"

struct assumptions {
    json_t *params;  /* checked */
    json_t *fates;   /* "STEP", "STEP#ATTEMPT" or "notify:CHANNEL" -> "fail" or "timeout" */
    json_t *takes;   /* step -> a duration as text: of the effect, or until the question is answered */
    json_t *prints;  /* step -> text: its standard output, or the body of its response */
    json_t *answers; /* step -> answer */
    json_t *signals; /* [{name, at_ms, data?}], or NULL */
    bool yes;        /* what names nobody is confirmed */
    int64_t ack_ms;  /* after its start somebody acknowledges each escalation; 0 = nobody does */
    int64_t wall_us; /* the run's start */
    struct principal initiator;
};

/* What came of it. */
struct foretold {
    enum virtual_end end;
    enum run_status status;
    int64_t now_us;  /* since the run's start */
    json_t *waiting; /* paths, when it did not finish */
    json_t
        *unknown; /* [{path, message}]: expressions that failed, most likely on what nobody can know here */
    json_t *refused; /* [text]: answers that did not fit */
};

/* Before a channel's name, where a step's could stand. */
#define ASSUME_NOTIFY "notify:"

enum { ASSUME_NAME_SIZE = 256 };

/* What a simulated run is called: it has no journal in which its id could be looked up. */
#define ASSUME_RUN_ID "simulation"

/* Every step, channel and signal that is named must be one of the book that the assumption can be about. */
void assume_check(const struct book *book, const struct assumptions *assumptions, struct diags *diags);
/* Events come without secrets. Fini what is returned. */
struct foretold assume_play(const struct program *program, const struct assumptions *assumptions,
    void (*on_event)(void *context, const struct event *event), void *context);
void foretold_fini(struct foretold *foretold);

#endif
