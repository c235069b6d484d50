/* checkpoint: signed heads that were kept; and what is taken away from events. */
#include "base/mem.h"
#include "journal/audit.h"
#include "journal/event_row.h"
#include "journal/inside.h"

struct keeping {
    const struct tree_head *head;
    int64_t wall_us;
    const char *note;
};

static int keep(struct store *store, const void *context, struct err *err)
{
    const struct keeping *keeping = context;
    sqlite3_stmt *stmt autostmt = NULL;
    int rc, code = db_prepare(store->db,
                "INSERT OR REPLACE INTO checkpoint (size, wall_us, note) VALUES (?, ?, ?)", &stmt, err);

    if (code < 0)
        return code;
    rc =
        stmt_run(stmt, number((int64_t)keeping->head->size), number(keeping->wall_us), string(keeping->note));
    return rc == SQLITE_DONE ? 0 : db_error(store->db, rc, err);
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

/* --- taking away -------------------------------------------------------------------------------------- */

struct redaction {
    const char *run_id;
    uint64_t seq;
};

/* The event's index and the hash of its data; ERR_USAGE when there is nothing to take away. */
static int find_data(struct store *store, const struct redaction *redaction, int64_t *ret_index,
    struct sha256 *ret_hash, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int rc,
        code = db_prepare(store->db,
            "SELECT e.idx, e.data FROM event e WHERE e.run = (SELECT no FROM run WHERE id = ?) AND e.seq = ?",
            &stmt, err);

    if (code < 0)
        return code;
    stmt_bind(stmt, string(redaction->run_id), number((int64_t)redaction->seq));
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_DONE)
        return err_set(err, ERR_NOT_FOUND, "run %.6s has no event %llu", redaction->run_id,
            (unsigned long long)redaction->seq);
    if (rc != SQLITE_ROW)
        return db_error(store->db, rc, err);
    if (sqlite3_column_type(stmt, 1) == SQLITE_NULL)
        return err_set(err, ERR_USAGE, "event %llu of run %.6s tells nothing that could be taken away",
            (unsigned long long)redaction->seq, redaction->run_id);
    *ret_index = sqlite3_column_int64(stmt, 0);
    *ret_hash = sha256_of(sqlite3_column_text(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1));
    return 0;
}

static int redact(struct store *store, const void *context, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    struct sha256 hash;
    int64_t index;
    int rc, code = find_data(store, context, &index, &hash, err);

    if (code == 0)
        code = db_prepare(store->db, "UPDATE event SET data = NULL, redacted = ? WHERE idx = ?", &stmt, err);
    if (code < 0)
        return code;
    rc = stmt_run(stmt, blob(hash.bytes, sizeof(hash.bytes)), number(index));
    return rc == SQLITE_DONE ? 0 : db_error(store->db, rc, err);
}

int audit_redact(struct journal *journal, const char *run_id, uint64_t seq, struct err *err)
{
    const struct redaction redaction = {run_id, seq};
    int code = journal_check_writable(journal, err);

    return code < 0 ? code : store_transact(&journal->store, redact, &redaction, err);
}
