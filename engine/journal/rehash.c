#include "journal/rehash.h"
#include "base/merkle.h"
#include "journal/blocks.h"
#include "journal/canonical.h"
#include "journal/db.h"
#include "journal/event_row.h"
#include "journal/sql.h"

struct rehash {
    sqlite3 *db;
    sqlite3_stmt *row, *update, *node;
    struct merkle block; /* the leaves of the subtree that is not complete yet */
    struct text scratch;
};

/* As the commit that completes a subtree leaves it. */
static int add_leaf(struct rehash *rehash, const struct sha256 *leaf, int64_t index, struct err *err)
{
    struct sha256 root;

    merkle_add(&rehash->block, 0, leaf);
    if (index % TREE_LEAVES != 0)
        return 0;
    root = merkle_root(&rehash->block);
    rehash->block = (struct merkle){0};
    return db_done(rehash->db,
        stmt_run(rehash->node, number(TREE_LEVEL), number(index / TREE_LEAVES - 1),
            blob(root.bytes, sizeof(root.bytes))),
        err);
}

static int rehash_event(struct rehash *rehash, struct err *err)
{
    sqlite3_stmt *row = rehash->row;
    struct event event;
    int code = event_row_read(row, &event, err);

    if (code < 0)
        return code;
    struct sha256 leaf = canonical_leaf(column_string(row, EVENT_DATA_COLUMN + 1), &event,
        (const char *)sqlite3_column_text(row, EVENT_DATA_COLUMN),
        (size_t)sqlite3_column_bytes(row, EVENT_DATA_COLUMN), NULL, &rehash->scratch);
    code = db_done(rehash->db,
        stmt_run(rehash->update, blob(leaf.bytes, sizeof(leaf.bytes)), number((int64_t)event.index)), err);
    return code < 0 ? code : add_leaf(rehash, &leaf, (int64_t)event.index, err);
}

static int rehash_all(struct rehash *rehash, struct err *err)
{
    int rc = SQLITE_DONE, code = db_prepare(rehash->db,
                              EVENT_COLUMNS ", e.data, r.id FROM event e JOIN run r ON r.no = e.run ORDER BY "
                                            "e.idx",
                              &rehash->row, err);

    if (code == 0)
        code = db_prepare(rehash->db, "UPDATE event SET leaf = ? WHERE idx = ?", &rehash->update, err);
    if (code == 0)
        code = db_prepare(rehash->db, "INSERT OR REPLACE INTO node (level, position, hash) VALUES (?, ?, ?)",
            &rehash->node, err);
    while (code == 0 && (rc = sqlite3_step(rehash->row)) == SQLITE_ROW)
        code = rehash_event(rehash, err);
    return code < 0 ? code : db_done(rehash->db, rc, err);
}

int rehash_events(sqlite3 *db, struct err *err)
{
    struct rehash rehash = {.db = db};
    int code = rehash_all(&rehash, err);

    sqlite3_finalize(rehash.row);
    sqlite3_finalize(rehash.update);
    sqlite3_finalize(rehash.node);
    text_fini(&rehash.scratch);
    return code;
}
