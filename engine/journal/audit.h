/* audit: does the journal hold together, and what can be proved of it to somebody who does not have it. */
#ifndef JOURNAL_AUDIT_H
#define JOURNAL_AUDIT_H

#include "base/merkle.h"
#include "base/note.h"
#include "journal/journal.h"

/* --- verifying ---------------------------------------------------------------------------------------- */

struct audit_options {
    /* Something that does not fit, in one sentence. */
    void (*found)(void *context, const char *text);
    /* A checkpoint that the journal has kept, and what the tree was when it had as many leaves. */
    void (*checkpoint)(void *context, const char *note, const struct tree_head *head, bool fits);
    const struct tree_head *kept; /* one from elsewhere, or NULL */
    void *context;
};

struct audit_result {
    uint64_t events, runs, sources, chunks, checkpoints, redacted, pruned; /* pruned: events */
    uint64_t problems;
    struct sha256 root; /* of all events */
    bool kept_fits;     /* the tree was the same when it had as many leaves as `kept` */
};

/* Recompute everything, as of one moment. Negative when the journal cannot be read; what was read and does
 * not fit is counted and told. */
int audit_verify(struct journal *journal, const struct audit_options *options,
    struct audit_result *ret_result, struct err *err);

/* --- proving ------------------------------------------------------------------------------------------ */

/* The tree over the journal's events as of one moment. */
struct audit_tree;

int audit_tree_open(struct journal *journal, struct audit_tree **ret_tree, struct err *err);
void audit_tree_close(struct audit_tree *tree); /* NULL is fine */
uint64_t audit_tree_size(const struct audit_tree *tree);
/* What `merkle_prove_…` ask; the context is the tree. Errors are in `audit_tree_error`. */
int audit_tree_range(void *tree, uint64_t begin, uint64_t end, struct sha256 *ret_hash);
const struct err *audit_tree_error(const struct audit_tree *tree);

/* The indexes of a run's events, in order; malloc'd, and the caller's after an error too. */
int audit_indexes(
    struct journal *journal, const char *run_id, uint64_t **ret_indexes, size_t *ret_count, struct err *err);

/* These events of a run. `covered` is the text that its leaf hash covers, in which the hash of the
 * data stands for them; `data` is NULL when there are none, or when they were taken away. */
struct audit_event {
    uint64_t index; /* from 1; its leaf is the one before */
    const char *covered, *data;
};
int audit_events(struct journal *journal, const char *run_id, const uint64_t *indexes, size_t count,
    bool (*each)(void *context, const struct audit_event *event), void *context, struct err *err);

/* --- checkpoints -------------------------------------------------------------------------------------- */

int audit_keep_checkpoint(struct journal *journal, const struct tree_head *head, int64_t wall_us,
    const char *note, struct err *err);
/* The newest that covers at least `size` events, as malloc'd text; NULL when there is none. */
char *audit_newest_checkpoint(struct journal *journal, uint64_t size);

/* --- taking away -------------------------------------------------------------------------------------- */

/* Replace what an event of a run that has ended tells by its hash, and empty the output of its attempt; a
 * note says who did it and why. Nothing of it stays in the file. ERR_NOT_FOUND; ERR_USAGE when it tells
 * nothing (any more), or the run goes on. */
struct redaction {
    const char *run_id;
    uint64_t seq;
    struct principal by;
    const char *reason;
    int64_t wall_us;
};
int audit_redact(struct journal *journal, const struct redaction *redaction, struct err *err);
/* The numbers in the run of the events between these indexes that were redacted, in order. */
int audit_redacted(struct journal *journal, const char *run_id, uint64_t first, uint64_t last,
    void (*each)(void *context, uint64_t seq), void *context, struct err *err);

/* --- bringing in --------------------------------------------------------------------------------------- */

/* A run of another journal, which has ended, with all that belongs to it. */
struct import_event {
    struct event event;
    const struct sha256 *redacted; /* the hash of its data, which were taken away; or NULL */
};
struct import_run {
    struct run_row row;
    const struct source *sources;
    size_t source_count;
    const struct import_event *events;
    size_t event_count;
    const struct output_chunk *chunks;
    size_t chunk_count;
    struct event note; /* what is said of it, behind its last event */
};
/* All of them, or none. ERR_CONFLICT when one is there already, or was. */
int audit_import(struct journal *journal, const struct import_run *runs, size_t count, struct err *err);

/* --- dropping ----------------------------------------------------------------------------------------- */

/* Drop a run that has ended; the hashes of its events stay, so that the tree does, and a line of who did it
 * and where its bundle is. Nothing of it stays in the file. */
struct pruning {
    const char *run_id;
    uint64_t last_seq; /* of the run, when it was bundled: ERR_CONFLICT when there are more by now */
    const char *bundle, *sha256;
    struct principal by;
    int64_t wall_us;
};
int audit_prune(struct journal *journal, const struct pruning *pruning, struct err *err);
/* What is written of a run that was dropped: "run … was pruned on …". False when none was whose id begins
 * so. */
bool audit_pruned_words(struct journal *journal, const char *id, struct text *text);

#endif
