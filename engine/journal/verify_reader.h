/* verify_reader: a block of events, read and hashed on one connection. */
#ifndef JOURNAL_VERIFY_READER_H
#define JOURNAL_VERIFY_READER_H

#include "base/mem.h"
#include "base/merkle.h"
#include "journal/blocks.h"
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

/* The id of a run, NULL when there is none. Called by several threads. */
typedef const char *verify_run_id(void *context, int64_t run);

/* It stays where it is: the connection knows it. */
struct verify_reader {
    sqlite3 *db;
    verify_run_id *run_id;
    void *context;
    sqlite3_stmt *events, *node; /* prepared when first needed */
    struct verify_block *block;  /* that is being read */
    struct text scratch;
};

/* `block->number` says which; all else is written, `code` and `err` when it cannot be read. */
void verify_reader_read(struct verify_reader *reader, struct verify_block *block);
void verify_reader_fini(struct verify_reader *reader); /* the connection stays open */

#endif
