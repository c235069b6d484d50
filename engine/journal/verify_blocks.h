/* verify_blocks: the events of a journal as of one moment, read and hashed by every core, as many at a time
 * as a subtree of `node` has leaves, and handed over in order. */
#ifndef JOURNAL_VERIFY_BLOCKS_H
#define JOURNAL_VERIFY_BLOCKS_H

#include "base/mem.h"
#include "base/merkle.h"
#include "journal/inside.h"

/* What a run.* event says of its run. */
struct verify_change {
    struct event event;
    const char *data; /* or NULL */
    size_t data_len;
};

/* An event, as much of it as the fold over its run needs. */
struct verify_event {
    uint64_t index, seq;
    int64_t run, mono_us;
    int type;                           /* -1: it cannot be read */
    const char *problem;                /* with the event itself, or NULL */
    const struct verify_change *change; /* or NULL */
};

/* The events whose leaves are TREE_LEAVES * number and on; fewer when some are missing, or at the end. */
struct verify_block {
    uint64_t number;
    size_t count, redacted, pruned;
    struct sha256 leaves[TREE_LEAVES];
    struct verify_event events[TREE_LEAVES];
    struct sha256 root;           /* of a complete one */
    bool has_node, is_node_right; /* what the commit that completed it has left */
    struct arena arena;           /* of what the events point to */
    int code;
    struct err err;
};

struct verify_source {
    struct journal *journal;
    /* The id of a run, NULL when there is none. Called by several threads. */
    const char *(*run_id)(void *context, int64_t run);
    /* Something else to be read, once, by whoever has the time. */
    void (*aside)(void *context, sqlite3 *db);
    void *context;
};

struct verify_blocks;

/* Begins a transaction on the journal's reader, and others that see the same. */
int verify_blocks_open(
    const struct verify_source *source, struct verify_blocks **ret_blocks, struct err *err);
/* The next one, good until the next call; NULL after the last. Negative when the journal cannot be read. */
int verify_blocks_next(struct verify_blocks *blocks, const struct verify_block **ret_block, struct err *err);
/* Everything is read, or not wanted any more. The transaction on the journal's reader goes on. */
void verify_blocks_close(struct verify_blocks *blocks); /* NULL is fine */

#endif
