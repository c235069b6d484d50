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
    uint64_t events, runs, sources, chunks, checkpoints, redacted;
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

/* Every event of a run, in order. `covered` is the text that its leaf hash covers, in which the hash of the
 * data stands for them; `data` is NULL when there are none, or when they were taken away. */
struct audit_event {
    uint64_t index; /* from 1; its leaf is the one before */
    const char *covered, *data;
};
int audit_events(struct journal *journal, const char *run_id,
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

#endif
