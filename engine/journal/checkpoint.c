/* checkpoint: signed heads that were kept. */
#include "base/mem.h"
#include "journal/audit.h"
#include "journal/inside.h"

struct keeping {
    const struct tree_head *head;
    int64_t wall_us;
    const char *note;
};

static int keep(struct store *store, const void *context, struct err *err)
{
    const struct keeping *keeping = context;

    return db_run(store->db, "INSERT OR REPLACE INTO checkpoint (size, wall_us, note) VALUES (?, ?, ?)",
        ARGS(number((int64_t)keeping->head->size), number(keeping->wall_us), string(keeping->note)), err);
}

int audit_keep_checkpoint(
    struct journal *journal, const struct tree_head *head, int64_t wall_us, const char *note, struct err *err)
{
    const struct keeping keeping = {head, wall_us, note};
    int code = journal_check_writable(journal, err);

    return code < 0 ? code : store_transact(&journal->store, keep, &keeping, err);
}

char *audit_newest_checkpoint(struct journal *journal, uint64_t size)
{
    sqlite3_stmt *stmt autostmt = NULL;

    if (journal_prepare(journal, "SELECT note FROM checkpoint WHERE size >= ? ORDER BY size DESC LIMIT 1",
            &stmt, NULL) < 0)
        return NULL;
    stmt_bind(stmt, number((int64_t)size));
    return sqlite3_step(stmt) == SQLITE_ROW ? mem_strdup(column_string(stmt, 0)) : NULL;
}
