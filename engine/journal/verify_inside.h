/* verify_inside: what the files of the verification share. */
#ifndef JOURNAL_VERIFY_INSIDE_H
#define JOURNAL_VERIFY_INSIDE_H

#include "journal/audit.h"
#include "journal/inside.h"

/* A run as its events say it is. */
struct run_fold {
    char id[RUN_ID_SIZE];
    uint64_t seq;
    int64_t mono_us;
    int status; /* -1: its events say nothing */
    int64_t started_us, finished_us, warnings;
    char *message; /* or NULL */
    json_t *start; /* data of run.started; NULL = has not begun */
    char *user, *host, *way;
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
    struct merkle tree, block; /* complete subtrees of TREE_LEVEL; the leaves of the next one */
    struct sha256 block_root;
    uint64_t last_index;
    sqlite3_stmt *node;
    struct wanted *wanted;
    size_t wanted_count, wanted_cap, next_wanted;
    struct run_fold *runs; /* by no */
    size_t run_count;
    struct text scratch;
};

void verify_found(struct verify *verify, const char *format, ...) __attribute__((format(printf, 2, 3)));
void verify_want(struct verify *verify, const struct tree_head *head, const char *note);

/* --- verify_runs.c --- */
int verify_read_runs(struct verify *verify, struct err *err);
struct run_fold *verify_run(struct verify *verify, int64_t no); /* NULL when there is none */
void verify_fold(struct verify *verify, struct run_fold *run, const struct event *event, const char *data,
    size_t data_len);
/* The rows of runs agree with their events. */
int verify_runs(struct verify *verify, struct err *err);
void verify_runs_fini(struct verify *verify);

/* --- verify_tables.c --- */
/* SQLite's own check of the file. */
int verify_pages(struct verify *verify, struct err *err);
/* Sources, the index by run, output. */
int verify_tables(struct verify *verify, struct err *err);

#endif
