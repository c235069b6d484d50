/* verify_blocks: the events of a journal as of one moment, read and hashed by every core, as many at a time
 * as a subtree of `node` has leaves, and handed over in order. */
#ifndef JOURNAL_VERIFY_BLOCKS_H
#define JOURNAL_VERIFY_BLOCKS_H

#include "journal/verify_reader.h"

struct verify_source {
    struct journal *journal;
    verify_run_id *run_id;
    /* What else is to be read as of that moment: each of these once, by whichever thread has the time. */
    void (*aside)(void *context, size_t which, sqlite3 *db);
    size_t aside_count;
    void *context;
};

struct verify_blocks;

/* Begins a transaction on the journal's reader, and others that see the same. */
int verify_blocks_open(
    const struct verify_source *source, struct verify_blocks **ret_blocks, struct err *err);
/* The next one, good until the next call; NULL when all are read, and what is read aside too. Negative when
 * the journal cannot be read. */
int verify_blocks_next(struct verify_blocks *blocks, const struct verify_block **ret_block, struct err *err);
/* Everything is read, or not wanted any more. The transaction on the journal's reader goes on. */
void verify_blocks_close(struct verify_blocks *blocks); /* NULL is fine */

#endif
