/* prune: a run is dropped, and its place in the tree stays. */
#include "base/clock.h"
#include "journal/audit.h"
#include "journal/blocks.h"
#include "journal/inside.h"

#include <inttypes.h>

/* The run's number, when it has ended with that event. */
static int find(struct store *store, const struct pruning *pruning, int64_t *ret_no, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int rc, code = db_prepare(store->db,
                "SELECT r.no, r.finished_us, (SELECT max(seq) FROM event e WHERE e.run = r.no) FROM run r"
                " WHERE r.id = ?",
                &stmt, err);

    if (code < 0)
        return code;
    stmt_bind(stmt, string(pruning->run_id));
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_DONE)
        return err_set(err, ERR_NOT_FOUND, "the journal has no run %s", pruning->run_id);
    if (rc != SQLITE_ROW)
        return db_error(store->db, rc, err);
    *ret_no = sqlite3_column_int64(stmt, 0);
    if (!sqlite3_column_int64(stmt, 1))
        return err_set(err, ERR_USAGE, "run %.6s has not ended", pruning->run_id);
    if ((uint64_t)sqlite3_column_int64(stmt, 2) != pruning->last_seq)
        return err_set(
            err, ERR_CONFLICT, "something was said of run %.6s just now; try again", pruning->run_id);
    return 0;
}

static int record(struct store *store, const struct pruning *pruning, int64_t no, struct err *err)
{
    return db_run(store->db,
        "INSERT INTO pruned SELECT id, runbook, status, started_us, finished_us, ?2, ?3, ?4, ?5, ?6, ?7, ?8"
        " FROM run WHERE no = ?1",
        ARGS(number(no), number((int64_t)pruning->last_seq), string(pruning->bundle), string(pruning->sha256),
            number(pruning->wall_us), string(pruning->by.user), string(pruning->by.host),
            string(pruning->by.way)),
        err);
}

/* What refers to the run goes before it does. */
static const char *const removals[] = {
    ("UPDATE event SET run = 0, seq = 0, wall_us = 0, mono_us = 0, type = '', cause = 0, path = NULL,"
     " user = NULL, host = NULL, way = NULL, status = NULL, class = NULL, exit_code = NULL, attempt = NULL,"
     " due_us = NULL, data = NULL, redacted = NULL WHERE run = ?1"),
    "DELETE FROM run_event WHERE run = ?1",
    "DELETE FROM run_source WHERE run = ?1",
    "DELETE FROM output WHERE id > ?1 << 32 AND id < (?1 + 1) << 32",
    "DELETE FROM timer WHERE run = ?1",
    "DELETE FROM inbox WHERE run = ?1",
    "UPDATE fire SET run = NULL WHERE run = ?1",
    "DELETE FROM run WHERE no = ?1",
};

static int prune(struct store *store, const void *context, struct err *err)
{
    const struct pruning *pruning = context;
    int64_t no = 0;
    int code = find(store, pruning, &no, err);

    if (code == 0)
        code = record(store, pruning, no, err);
    for (size_t i = 0; i < sizeof(removals) / sizeof(removals[0]) && code == 0; i++)
        code = db_run(store->db, removals[i], ARGS(number(no)), err);
    if (code == 0)
        code = db_run(
            store->db, "DELETE FROM source WHERE no NOT IN (SELECT source FROM run_source)", NULL, 0, err);
    blocks_forget(store->blocks); /* or what is gone would enter the index */
    return code;
}

int audit_prune(struct journal *journal, const struct pruning *pruning, struct err *err)
{
    int code = journal_check_writable(journal, err);

    if (code < 0)
        return code;
    sqlite3_exec(journal->store.db, "PRAGMA secure_delete = ON", NULL, NULL, NULL);
    code = store_transact(&journal->store, prune, pruning, err);
    if (code == 0)
        sqlite3_wal_checkpoint_v2(journal->store.db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return code;
}

bool audit_pruned_words(struct journal *journal, const char *id, struct text *text)
{
    sqlite3_stmt *stmt autostmt = NULL;
    char when[INSTANT_TEXT_SIZE];

    if (journal_prepare(journal,
            "SELECT id, wall_us, user, bundle FROM pruned WHERE id >= ?1 AND id < ?1 || '~' LIMIT 1", &stmt,
            NULL) < 0)
        return false;
    stmt_bind(stmt, string(id));
    if (sqlite3_step(stmt) != SQLITE_ROW)
        return false;
    text_printf(text,
        "run %s was pruned on %s by %s; it is in %s (runbook import-runs brings it into another journal)",
        column_string(stmt, 0), instant_local(sqlite3_column_int64(stmt, 1), true, when),
        column_string(stmt, 2), column_string(stmt, 3));
    return true;
}
