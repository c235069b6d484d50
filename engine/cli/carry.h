/* carry: one run carried out before somebody's eyes, from its first event to the exit status: what exec
 * begins and resume takes up. */
#ifndef CLI_CARRY_H
#define CLI_CARRY_H

#include "cli/view.h"
#include "drive/fork.h"

struct carry {
    struct cli *cli;
    const struct program *program;
    struct past *past;                /* what to take up; NULL: a new run */
    struct fork *fork;                /* prepared: what a new run takes over; NULL: none */
    json_t *params, *answers, *extra; /* as struct live_options has them */
    struct journal *journal;
    struct principal me;
    bool yes;
    bool may_ask;          /* somebody is there */
    bool leaves_questions; /* one that nobody has answered beforehand is left open, and the run is parked */
    bool is_detached;      /* nothing is shown */
    int ready_fd;          /* where our parent waits, when it has started us to go on without it; else -1 */
    int64_t timeout_ms;

    struct loop *loop;
    struct view view;
    struct live *live;
    struct loop_signal *signals[3];
    struct loop_timer *timeout, *patience, *unanswered;
    int looks; /* in a row that found the journal in trouble, since the run was to end */
    int interrupts;
    int questions; /* open */
    enum run_status status;
    bool is_denied, is_killed, is_stuck; /* stuck: the journal gave out before anything began */
};

/* To the end, or until it is parked. Returns the exit status. */
int carry_out(struct carry *carry);
/* Closes the journal, too. */
void carry_fini(struct carry *carry);
void carry_ignore_signals(void);

#endif
