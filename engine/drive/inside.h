/* inside: what the files of the live driver share.
 *
 *     input ──> core_apply ──> turn ──> events appended, handed to the writer ──> waits in `first…` until its
 * batch is durable ──> effects performed ──> jobs, timers, questions ──> input
 */
#ifndef DRIVE_INSIDE_H
#define DRIVE_INSIDE_H

#include "drive/answers.h"
#include "drive/live.h"
#include "drive/secrets.h"
#include "drive/table.h"

enum { NONCE_SIZE = 27 };

/* A turn whose effects wait to be performed. */
struct pending {
    struct turn turn;
    uint64_t batch; /* performed once this is durable; 0 = nothing in it leaves the program */
    struct pending *next;
};

struct live {
    struct live_options options;
    struct run *run;
    char id[RUN_ID_SIZE], nonce[NONCE_SIZE];
    int64_t started_us; /* clock_mono_us() at the beginning */
    struct secrets secrets;

    struct pending *first, *last; /* in order */
    struct pending *spare;        /* turns to use again */
    bool is_performing, is_pumping;
    bool is_stalled; /* pumping waits for the journal */

    struct loop_wake *wake;      /* rung by the journal's writer */
    uint64_t batch, begun_batch; /* the newest handed over; the one that holds the start */
    size_t appended;             /* events since the last commit */
    struct loop_timer *flush;    /* running while something is appended and not handed over */

    struct table jobs;   /* frame -> struct job */
    struct table alarms; /* timer -> struct alarm */

    struct loop_timer *tick;
    struct mail *mail; /* the inbox, see inbox.c */
    int64_t lease_us;  /* when the lease is to be renewed */
    bool is_parked, is_over, is_in_trouble;
    char *message; /* of run.finished */
};

/* --- live.c --- */
/* Apply an input that has no time yet. The core's answer. */
int live_apply(struct live *live, struct input *input, struct err *err);
/* Something was appended that no effect waits for: it is handed over within 100 ms. */
void live_appended(struct live *live);
/* Parked and nothing runs any more: tell. */
void live_check_parked(struct live *live);

/* --- job.c: one attempt or notification under way --- */
void job_start(struct live *live, const struct effect *effect);
void job_stop(struct live *live, const struct effect *effect);
void job_kill(struct live *live, const struct effect *effect);
/* Ends everything that runs, at once; results are not told to the core any more. */
void jobs_abandon(struct live *live);

/* --- alarm.c: the core's timers --- */
void alarm_set(struct live *live, const struct effect *effect);
void alarm_clear(struct live *live, const struct effect *effect);
void alarms_drop(struct live *live);

/* --- inbox.c: what people say from elsewhere --- */
struct mail *mail_open(struct live *live);
void mail_close(struct mail *mail);
/* Take in what has come. */
void mail_look(struct mail *mail, bool must);

#endif
