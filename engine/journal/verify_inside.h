/* verify_inside: what the files of the verification share. */
#ifndef JOURNAL_VERIFY_INSIDE_H
#define JOURNAL_VERIFY_INSIDE_H

#include "journal/audit.h"
#include "journal/inside.h"
#include "journal/verify_blocks.h"

#include <pthread.h>

/* A run as its events say it is. */
struct run_fold {
    int64_t no;
    char id[RUN_ID_SIZE];
    uint64_t seq;
    int64_t mono_us;
    uint64_t events, indexed; /* fingerprints of its events that the index by run has to have, and has */
    int status;               /* -1: its events say nothing */
    int64_t started_us, finished_us, warnings;
    char *message;                    /* or NULL */
    char *parent, *trigger;           /* of a run that took over another's events; or NULL */
    bool has_begun;                   /* and then: */
    char *user, *host, *way;          /* who began it, or took it over */
    char *runbook, *title, *severity; /* or all NULL: its first event has been redacted */
    char *params;                     /* canonical; or NULL */
    char *book, *taken_book;          /* the hash of its sources; of those it was taken over with; or NULL */
};

/* A head to be compared when the tree has its size. */
struct wanted {
    struct tree_head head;
    char *note; /* NULL: the one from elsewhere */
    bool fits;
};

struct verify {
    struct journal *journal;
    const struct audit_options *options;
    struct audit_result *result;
    struct verify_blocks *blocks;
    struct merkle tree;
    int64_t nodes;                  /* in the journal, over complete blocks */
    uint64_t last_index, unindexed; /* of the last event; of the first that is not in the index by run */
    struct wanted *wanted;
    size_t wanted_count, wanted_cap, next_wanted;
    struct run_fold *runs; /* by no */
    size_t run_count;
    pthread_mutex_t lock; /* of what is found, and of the two below */
    bool are_pages_read;  /* by SQLite's own check */
    struct err aside;     /* why something could not be read aside; code 0: all could */
};

/* By any thread. */
void verify_found(struct verify *verify, const char *format, ...) __attribute__((format(printf, 2, 3)));
void verify_want(struct verify *verify, const struct tree_head *head, const char *note);

/* --- verify_runs.c --- */
int verify_read_runs(struct verify *verify, struct err *err);
struct run_fold *verify_run(const struct verify *verify, int64_t no); /* NULL when there is none */
verify_run_id verify_id;                                              /* the same: its id */
void verify_fold(struct run_fold *run, const struct verify_change *change);
/* The rows of runs agree with their events. */
int verify_runs(struct verify *verify, struct err *err);
void verify_runs_fini(struct verify *verify);

/* --- verify_tables.c --- */
/* What is read aside: SQLite's own check of the file, the index by run, output, sources. */
typedef int verify_table(struct verify *verify, sqlite3 *db, struct err *err);
verify_table verify_pages, verify_index, verify_output, verify_sources;
/* The index by run holds full blocks, all but the last. */
int verify_index_begin(struct verify *verify, struct err *err);
void verify_index_event(const struct verify *verify, struct run_fold *run, uint64_t seq, uint64_t index);
/* When all events are folded: what the index by run has of each run, and which sources it has pinned. */
void verify_index_end(struct verify *verify);
int verify_pinned(struct verify *verify, struct err *err);

#endif
