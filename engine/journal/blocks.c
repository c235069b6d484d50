/* DESIGN: to put 4096 events into the index by run takes as long as ten commits and dirties a page for every
 * run in them, and everybody who waits for the commit in which it is done waits for that. So a block enters
 * the index while the next one fills up, in the order of the index, a share with every 64th event: all of it
 * dirties hardly more pages than it would at once.
 *
 *   events      |     block 0     |     block 1     |     block 2
 *   run_event                     | 0 enters        | 1 enters
 *   remembered  | 0, sorted in shares ------------> | forgotten
 *
 * Whoever has seen a block from its first event on remembers it. When nobody has, because its process came
 * later or ended, or another process wrote meanwhile, or a transaction was undone, the event that fills the
 * next block takes all of it into the index at once. The root of a subtree is kept in the same way: added to
 * with every leaf, and worked out from the rows when it is due and some leaves are not known. */
#include "journal/blocks.h"
#include "base/mem.h"
#include "base/merkle.h"
#include "journal/db.h"
#include "journal/sql.h"

#include <string.h>

enum { SHARE = 64, SHARES = BLOCK_EVENTS / SHARE };

struct entry {
    int64_t run, idx; /* run 0: of none */
    uint64_t seq;
};

struct remembered {
    int64_t next;                       /* the block's event that it goes on with; all before are here */
    uint8_t entered[SHARES];            /* how many of each share are in the index */
    struct entry entries[BLOCK_EVENTS]; /* full shares are sorted */
};

struct blocks {
    struct remembered remembered[2]; /* by number of the block */
    struct merkle tree;
    int64_t next_leaf; /* what the tree goes on with; all of the subtree before it is there */
};

void blocks_free(struct blocks *blocks)
{
    free(blocks);
}

void blocks_forget(struct blocks *blocks)
{
    if (blocks)
        blocks->next_leaf = blocks->remembered[0].next = blocks->remembered[1].next = -1;
}

/* --- the index by run --------------------------------------------------------------------------------- */

static struct remembered *block_of(struct blocks *blocks, int64_t idx)
{
    return &blocks->remembered[idx / BLOCK_EVENTS % 2];
}

static int compare(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->run != y->run)
        return x->run < y->run ? -1 : 1;
    return (x->seq > y->seq) - (x->seq < y->seq);
}

static void remember(struct blocks *blocks, int64_t idx, int64_t run, uint64_t seq)
{
    struct remembered *to = block_of(blocks, idx);
    int64_t at = idx % BLOCK_EVENTS;

    if (at == 0 || idx == 1) { /* there is no event 0 */
        to->next = idx;
        to->entries[0] = (struct entry){0};
        memset(to->entered, 0, sizeof(to->entered));
    }
    if (to->next != idx)
        return;
    to->entries[at] = (struct entry){.run = run, .idx = idx, .seq = seq};
    to->next++;
    if (to->next % SHARE == 0)
        qsort(&to->entries[at + 1 - SHARE], SHARE, sizeof(struct entry), compare);
}

/* The lowest of those that have not entered: the first of one of the shares. NULL: all have. */
static const struct entry *next_entry(struct remembered *block)
{
    const struct entry *lowest = NULL;
    int from = 0;

    for (int share = 0; share < SHARES; share++) {
        const struct entry *first = &block->entries[share * SHARE + block->entered[share]];

        if (block->entered[share] < SHARE && (!lowest || compare(first, lowest) < 0)) {
            lowest = first;
            from = share;
        }
    }
    if (lowest)
        block->entered[from]++;
    return lowest;
}

static int enter_share(struct store *store, struct remembered *block, struct err *err)
{
    const struct entry *entry;
    sqlite3_stmt *stmt;
    int code = store_statement(store, STORE_INDEX_EVENT, &stmt, err);

    for (int i = 0; i < SHARE && code == 0 && (entry = next_entry(block)); i++)
        if (entry->run)
            code = db_done(store->db,
                stmt_run(stmt, number(entry->run), number((int64_t)entry->seq), number(entry->idx)), err);
    return code;
}

static int enter_all(struct store *store, int64_t first, struct err *err)
{
    sqlite3_stmt *stmt;
    int code = store_statement(store, STORE_INDEX_BLOCK, &stmt, err);

    return code < 0
               ? code
               : db_done(store->db, stmt_run(stmt, number(first), number(first + BLOCK_EVENTS - 1)), err);
}

/* With the event `idx` the block before its own goes on into the index; with its own last one it is there. */
static int index_before(struct store *store, int64_t idx, struct err *err)
{
    int64_t first = (idx / BLOCK_EVENTS - 1) * BLOCK_EVENTS;
    struct remembered *block = store->blocks ? block_of(store->blocks, first + BLOCK_EVENTS - 1) : NULL;

    if (first < 0 || (idx + 1) % SHARE != 0)
        return 0;
    if (block && block->next == first + BLOCK_EVENTS)
        return enter_share(store, block, err);
    return (idx + 1) % BLOCK_EVENTS == 0 ? enter_all(store, first, err) : 0;
}

/* --- the tree ----------------------------------------------------------------------------------------- */

static void add_leaf(struct blocks *blocks, int64_t idx, const struct sha256 *leaf)
{
    if (idx % TREE_LEAVES == 1) {
        blocks->tree = (struct merkle){0};
        blocks->next_leaf = idx;
    }
    if (blocks->next_leaf != idx)
        return;
    merkle_add(&blocks->tree, 0, leaf);
    blocks->next_leaf++;
}

static int read_leaves(struct store *store, int64_t last, struct merkle *ret_tree, struct err *err)
{
    sqlite3_stmt *stmt;
    int rc, code = store_statement(store, STORE_LEAVES, &stmt, err);

    if (code < 0)
        return code;
    *ret_tree = (struct merkle){0};
    stmt_bind(stmt, number(last + 1 - TREE_LEAVES), number(last));
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct sha256 leaf = column_hash(stmt, 0);

        merkle_add(ret_tree, 0, &leaf);
    }
    sqlite3_reset(stmt);
    return db_done(store->db, rc, err);
}

/* The event that completes a subtree leaves its root, from which proofs are put together. */
static int complete_subtree(struct store *store, int64_t last, struct err *err)
{
    struct blocks *blocks = store->blocks;
    struct merkle tree = {0};
    struct sha256 root;
    sqlite3_stmt *stmt = NULL;
    int code = 0;

    if (last % TREE_LEAVES != 0)
        return 0;
    if (blocks && blocks->next_leaf == last + 1)
        tree = blocks->tree;
    else
        code = read_leaves(store, last, &tree, err);
    if (code == 0)
        code = store_statement(store, STORE_INSERT_NODE, &stmt, err);
    if (code < 0)
        return code;
    root = merkle_root(&tree);
    return db_done(store->db,
        stmt_run(
            stmt, number(TREE_LEVEL), number(last / TREE_LEAVES - 1), blob(root.bytes, sizeof(root.bytes))),
        err);
}

/* --- both --------------------------------------------------------------------------------------------- */

/* A process that ends before it sees a block begin needs no memory. */
static struct blocks *keep(struct store *store, int64_t idx)
{
    if (!store->blocks && (idx <= 1 || idx % BLOCK_EVENTS == 0)) {
        store->blocks = mem_alloc(sizeof(*store->blocks));
        blocks_forget(store->blocks);
    }
    return store->blocks;
}

int blocks_event(struct store *store, int64_t run, uint64_t seq, const struct sha256 *leaf, struct err *err)
{
    int64_t idx = store->next_index;
    struct blocks *blocks = keep(store, idx);
    int code;

    if (blocks) {
        remember(blocks, idx, run, seq);
        add_leaf(blocks, idx, leaf);
    }
    code = index_before(store, idx, err);
    return code < 0 ? code : complete_subtree(store, idx, err);
}
