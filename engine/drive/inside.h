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

enum { NONCE_SIZE = 27, ENGINE_SIZE = 9, LEASE_EVERY_US = 10 * 1000000, LEASE_LENGTH_US = 30 * 1000000 };

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
    struct group group;         /* that the run belongs to; name NULL: none */
    bool is_queued, was_queued; /* it waits, or waited, for its place in it */
    json_t *params;             /* of a run that is begun by another engine than created it */

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
    struct mail *mail;      /* the inbox, see inbox.c */
    int64_t lease_until_us; /* wall clock; beyond it nothing is begun before the lease has been renewed */
    uint64_t lease_batch;   /* that renews it */
    struct run_row engine;  /* what the run's row says of us: its engine fields */
    char engine_name[ENGINE_SIZE];
    struct orphan *orphans; /* of the engine before: see revive.c */
    bool is_catching_up;    /* with what was said while no engine was there */
    bool is_parked, is_over, is_in_trouble, is_fenced;
    char *message;   /* of run.finished */
    json_t *address; /* what whoever is notified gets, see address.h; NULL: nobody has been */
    char *folder;    /* in which its effects are performed; NULL: where the process stands */
};

/* An attempt of the engine before, of which processes are left. */
struct orphan {
    struct live *live;
    struct orphans *processes;
    struct orphan *next;
};

/* --- live.c --- */
/* Give the core its start. */
int live_start(struct live *live, struct err *err);
/* What has been concluded is handed over, and the loop has it from here. */
int live_set_going(struct live *live);
/* Carry out an effect whose order is durable. */
void live_perform(struct live *live, const struct effect *effect);
/* What the core concluded elsewhere, and is durable: it is told, and its effects are performed. Takes the
 * turn. */
void live_follow(struct live *live, struct turn *turn);
/* Apply an input that has no time yet. The core's answer. */
int live_apply(struct live *live, struct input *input, struct err *err);
/* Something was appended that no effect waits for: it is handed over within 100 ms. */
void live_appended(struct live *live);
/* Parked and nothing runs any more: tell. */
void live_check_parked(struct live *live);

/* Hand over what has been appended. */
void live_hand_over(struct live *live);
/* Stop everything, at once; nothing is applied any more, and on_finished follows when nothing runs. */
void live_leave(struct live *live, const char *why);

/* --- hold.c: the lease --- */
/* Do we still drive it? Where another engine does, it is left. */
bool hold_check(struct live *live);
/* Renew the lease when it is time. */
void hold_keep(struct live *live);
/* Whoever was held up for longer than the lease must know that the run is still his before he does anything.
 */
bool hold_is_ours(struct live *live);

/* --- queue.c: a run whose group is full --- */
/* Begin, or wait for the group, as its runbook says. */
int queue_enter(struct live *live, struct err *err);
/* Begin if there is room now. */
void queue_look(struct live *live);

/* --- job.c: one attempt or notification under way --- */
void job_start(struct live *live, const struct effect *effect);
void job_stop(struct live *live, const struct effect *effect);
void job_kill(struct live *live, const struct effect *effect);
/* What its code asked for is durable: perform it. */
void job_call(struct live *live, const struct effect *effect);
void job_return(struct live *live, const struct effect *effect);
/* Ends everything that runs, at once; results are not told to the core any more. */
void jobs_abandon(struct live *live);

/* --- revive.c: a run that another engine has left --- */
void live_forget_orphans(struct live *live);
/* Let come about what came due before that instant. */
void live_catch_up(struct live *live, int64_t wall_us);

/* --- folder.c: where steps run --- */
/* Into INPUT_START's data: where the process stands. */
void folder_tell(json_t *start);
/* Out of it, of a run that is taken up. */
void folder_take(struct live *live, const json_t *start);
/* Where that cannot be entered, the run's journal says so, once. */
void folder_enter(struct live *live);

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
