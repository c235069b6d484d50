/* The tree over the journal's events: leaves from the rows of events, and the roots of complete subtrees that
 * commits have left in `node`. What is missing there is worked out. */
#include "base/map.h"
#include "base/mem.h"
#include "journal/audit.h"
#include "journal/blocks.h"
#include "journal/inside.h"

#include <inttypes.h>

/* The leaves of one subtree of TREE_LEVEL, as far as there are any, and the hashes over them: level by level.
 */
struct block {
    uint64_t number, count;
    struct sha256 hashes[2 * TREE_LEAVES];
};

struct audit_tree {
    struct journal *journal;
    struct block *block; /* the last that was looked at; a run's events lie close together */
    uint64_t size;
    sqlite3_stmt *leaves, *nodes;
    struct map known; /* "begin-end" -> struct sha256 * */
    struct arena arena;
    struct err err;
};

/* What is read from here on is as of one moment, and takes the file's locks once. */
static int begin(struct audit_tree *tree, struct err *err)
{
    int rc = sqlite3_exec(tree->journal->reader, "BEGIN", NULL, NULL, NULL);

    return rc == SQLITE_OK ? 0 : db_error(tree->journal->reader, rc, err);
}

static int read_size(struct audit_tree *tree, struct err *err)
{
    int64_t size;
    int code = db_number(tree->journal->reader, "SELECT coalesce(max(idx), 0) FROM event", &size, err);

    tree->size = code < 0 ? 0 : (uint64_t)size;
    return code;
}

int audit_tree_open(struct journal *journal, struct audit_tree **ret_tree, struct err *err)
{
    struct audit_tree *tree = mem_alloc(sizeof(*tree));
    int code = journal_reader(journal, err);

    *tree = (struct audit_tree){.journal = journal};
    if (code == 0)
        code = journal_prepare(journal, "SELECT leaf, idx FROM event WHERE idx > ? AND idx <= ? ORDER BY idx",
            &tree->leaves, err);
    if (code == 0)
        code = journal_prepare(journal,
            "SELECT hash, position FROM node WHERE level = ? AND position >= ? AND position < ? ORDER BY "
            "position",
            &tree->nodes, err);
    if (code == 0)
        code = begin(tree, err);
    if (code == 0)
        code = read_size(tree, err);
    if (code < 0) {
        audit_tree_close(tree);
        return code;
    }
    *ret_tree = tree;
    return 0;
}

void audit_tree_close(struct audit_tree *tree)
{
    if (!tree)
        return;
    sqlite3_finalize(tree->leaves);
    sqlite3_finalize(tree->nodes);
    if (tree->journal->reader)
        sqlite3_exec(tree->journal->reader, "COMMIT", NULL, NULL, NULL);
    free(tree->block);
    map_fini(&tree->known);
    arena_fini(&tree->arena);
    free(tree);
}

uint64_t audit_tree_size(const struct audit_tree *tree)
{
    return tree->size;
}

const struct err *audit_tree_error(const struct audit_tree *tree)
{
    return &tree->err;
}

/* --- within a block ----------------------------------------------------------------------------------- */

static struct sha256 *level_of(struct block *block, int level)
{
    return block->hashes + 2 * TREE_LEAVES - (2 * TREE_LEAVES >> level);
}

static void hash_levels(struct block *block)
{
    for (int level = 0; level < TREE_LEVEL; level++) {
        struct sha256 *below = level_of(block, level), *above = level_of(block, level + 1);

        for (uint64_t i = 0; i < block->count >> (level + 1); i++)
            above[i] = merkle_node(&below[2 * i], &below[2 * i + 1]);
    }
}

/* Up to the first that is missing. */
static int read_leaves(struct audit_tree *tree, struct block *block)
{
    uint64_t begin = block->number * TREE_LEAVES;
    int rc;

    block->count = 0;
    stmt_bind(tree->leaves, number((int64_t)begin), number((int64_t)(begin + TREE_LEAVES)));
    while ((rc = sqlite3_step(tree->leaves)) == SQLITE_ROW &&
           (uint64_t)sqlite3_column_int64(tree->leaves, 1) == begin + block->count + 1)
        block->hashes[block->count++] = column_hash(tree->leaves, 0);
    sqlite3_reset(tree->leaves);
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : db_error(tree->journal->reader, rc, &tree->err);
}

static int load_block(struct audit_tree *tree, uint64_t position)
{
    int code;

    if (!tree->block)
        tree->block = mem_alloc(sizeof(*tree->block));
    else if (tree->block->number == position)
        return 0;
    tree->block->number = position;
    code = read_leaves(tree, tree->block);
    hash_levels(tree->block);
    if (code < 0)
        tree->block->number = UINT64_MAX;
    return code;
}

/* The leaves begin … end - 1, all of one block: by the largest subtrees there are. */
static int add_leaves(struct audit_tree *tree, uint64_t begin, uint64_t end, struct merkle *sum)
{
    uint64_t first = begin / TREE_LEAVES * TREE_LEAVES;
    int code = begin < end ? load_block(tree, begin / TREE_LEAVES) : 0;

    if (code < 0 || begin == end)
        return code;
    if (end - first > tree->block->count)
        return err_set(&tree->err, ERR_CORRUPT,
            "events are missing between %" PRIu64 " and %" PRIu64 "; runbook audit verify says which",
            begin + 1, end);
    for (uint64_t at = begin - first, last = end - first; at < last;) {
        int level = at ? __builtin_ctzll(at) : TREE_LEVEL;

        while (at + (1ull << level) > last)
            level--;
        merkle_add(sum, level, &level_of(tree->block, level)[at >> level]);
        at += 1ull << level;
    }
    return 0;
}

/* --- of blocks ---------------------------------------------------------------------------------------- */

/* The blocks `at` … end - 1: what a commit has left of each, or its leaves. */
static int add_blocks(struct audit_tree *tree, uint64_t at, uint64_t end, struct merkle *sum)
{
    sqlite3_stmt *nodes = tree->nodes;
    int rc, code = 0;

    stmt_bind(nodes, number(TREE_LEVEL), number((int64_t)at), number((int64_t)end));
    rc = sqlite3_step(nodes);
    for (; at < end && code == 0; at++) {
        if (rc == SQLITE_ROW && (uint64_t)sqlite3_column_int64(nodes, 1) == at) {
            struct sha256 hash = column_hash(nodes, 0);

            merkle_add(sum, TREE_LEVEL, &hash);
            rc = sqlite3_step(nodes);
        } else {
            code = add_leaves(tree, at * TREE_LEAVES, (at + 1) * TREE_LEAVES, sum);
        }
    }
    sqlite3_reset(nodes);
    return code < 0 || rc == SQLITE_ROW || rc == SQLITE_DONE
               ? code
               : db_error(tree->journal->reader, rc, &tree->err);
}

/* A range that is longer than a block begins where one begins. */
static int work_out(struct audit_tree *tree, uint64_t begin, uint64_t end, struct sha256 *ret_hash)
{
    uint64_t blocks = begin % TREE_LEAVES ? 0 : (end - begin) / TREE_LEAVES;
    struct merkle sum = {0};
    int code = blocks ? add_blocks(tree, begin / TREE_LEAVES, begin / TREE_LEAVES + blocks, &sum) : 0;

    if (code == 0)
        code = add_leaves(tree, begin + blocks * TREE_LEAVES, end, &sum);
    *ret_hash = merkle_root(&sum);
    return code;
}

static bool is_of_block(const struct block *block, uint64_t begin, uint64_t end)
{
    return block && begin / TREE_LEAVES == block->number && (end - 1) / TREE_LEAVES == block->number;
}

/* The proofs of one run's events share most of what they are made of. */
int audit_tree_range(void *context, uint64_t begin, uint64_t end, struct sha256 *ret_hash)
{
    struct audit_tree *tree = context;
    char key[48];
    struct sha256 *known;
    int code;

    if (is_of_block(tree->block, begin, end))
        return work_out(tree, begin, end, ret_hash);
    snprintf(key, sizeof(key), "%" PRIu64 "-%" PRIu64, begin, end);
    known = map_get(&tree->known, key);
    if (!known) {
        known = arena_alloc(&tree->arena, sizeof(*known));
        code = work_out(tree, begin, end, known);
        if (code < 0)
            return code;
        map_put(&tree->known, key, known);
    }
    *ret_hash = *known;
    return 0;
}
