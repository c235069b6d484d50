/* blocks: what the journal keeps of so many events together: their entries in `run_event`, and the root of
 * their subtree in `node`. */
#ifndef JOURNAL_BLOCKS_H
#define JOURNAL_BLOCKS_H

#include "base/hash.h"
#include "journal/store.h"

enum {
    BLOCK_EVENTS = 4096, /* events that enter run_event together */
    TREE_LEVEL = 12,     /* whose roots are kept in `node` */
    TREE_LEAVES = 1 << TREE_LEVEL,
};

/* What is remembered of the events that this process has written. */
struct blocks;
void blocks_free(struct blocks *blocks); /* NULL is fine */
/* It may not be true any more: a transaction was undone, or another process has written. NULL is fine. */
void blocks_forget(struct blocks *blocks);

/* The event of store->next_index has been written: what that makes due is written with it. */
int blocks_event(struct store *store, int64_t run, uint64_t seq, const struct sha256 *leaf, struct err *err);

/* The first event that run_event need not have, when `last` is the journal's last one: every block but the
 * last full one has entered. */
static inline int64_t blocks_unindexed(int64_t last)
{
    int64_t full = (last + 1) / BLOCK_EVENTS;

    return full > 0 ? (full - 1) * BLOCK_EVENTS : 0;
}

#endif
