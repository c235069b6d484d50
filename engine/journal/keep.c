/* keep: the keeper, and the runs in its hands.
 *
 *     handed over ──> KEEP_NOW ──┐                ┌──── laid to rest: due at an instant ◄──┐
 *                                ▼                ▼                                        │
 *                               taken up: KEEP_HELD ──────── it only waits ────────────────┘
 *                                │        │
 *                   it has ended │        │ the keeper is gone: the next one finds KEEP_NOW
 *                                ▼        ▼
 *                             KEEP_NOT
 *
 * Whoever else takes a run over takes it out of the keeper's hands, in the same transaction. Two keepers at a
 * time, because one stood still, do no harm: a run has one lease. */
#include "base/clock.h"
#include "journal/inside.h"
#include "journal/lease.h"
#include "journal/rows.h"
#include "journal/takeover.h"

#define KEEPER "SELECT pid, start, host, until_us FROM keeper"

enum { KEEPER_PID, KEEPER_START, KEEPER_HOST, KEEPER_UNTIL };

static bool is_alive(sqlite3_stmt *stmt)
{
    return !lease_is_free(column_string(stmt, KEEPER_HOST), sqlite3_column_int64(stmt, KEEPER_PID),
        sqlite3_column_int64(stmt, KEEPER_START), sqlite3_column_int64(stmt, KEEPER_UNTIL));
}

int64_t journal_keeper(struct journal *journal)
{
    sqlite3_stmt *stmt autostmt = NULL;

    if (journal_prepare(journal, KEEPER, &stmt, NULL) < 0 || sqlite3_step(stmt) != SQLITE_ROW)
        return 0;
    return is_alive(stmt) ? sqlite3_column_int64(stmt, KEEPER_PID) : 0;
}

/* --- being it ----------------------------------------------------------------------------------------- */

static int check_free(struct store *store, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int code = db_prepare(store->db, KEEPER, &stmt, err);

    if (code < 0 || sqlite3_step(stmt) != SQLITE_ROW || !is_alive(stmt))
        return code;
    return err_set(err, ERR_BUSY, "process %lld on %s keeps the runs of this journal",
        (long long)sqlite3_column_int64(stmt, KEEPER_PID), column_string(stmt, KEEPER_HOST));
}

static int keep(struct store *store, const void *context, struct err *err)
{
    const struct run_row *engine = context;
    int code = check_free(store, err);

    if (code == 0)
        code = db_run(store->db,
            "INSERT OR REPLACE INTO keeper (no, host, pid, start, until_us) VALUES (1, ?, ?, ?, ?)",
            ARGS(string(engine->engine_host), number(engine->engine_pid), number(engine->engine_start),
                number(engine->lease_until_us)),
            err);
    if (code == 0)
        code = db_run(store->db, "UPDATE timer SET due_us = ? WHERE due_us = ?",
            ARGS(number(KEEP_NOW), number(KEEP_HELD)), err);
    return code;
}

int journal_keep(struct journal *journal, const struct run_row *engine, struct err *err)
{
    int code = journal_check_writable(journal, err);

    return code < 0 ? code : store_transact(&journal->store, keep, engine, err);
}

void journal_keep_on(struct journal *journal, const struct run_row *engine)
{
    struct row *row = batch_add(journal_pending(journal), row_write_keep_on, NULL);

    row->keeper.pid = engine->engine_pid;
    row->keeper.start = engine->engine_start;
    row->keeper.until_us = engine->lease_until_us;
}

/* --- runs in its hands -------------------------------------------------------------------------------- */

void journal_rest(struct journal *journal, const char *run_id, int64_t due_us)
{
    batch_add(journal_pending(journal), row_write_rest, run_id)->number = due_us;
}

static int hand_over(struct store *store, const void *context, struct err *err)
{
    const char *run_id = context;
    int code = takeover_check(store, run_id, err);

    return code < 0 ? code
                    : db_run(store->db,
                          "INSERT OR IGNORE INTO timer (run, due_us) SELECT no, ? FROM run WHERE id = ?",
                          ARGS(number(KEEP_NOW), string(run_id)), err);
}

int journal_hand_over(struct journal *journal, const char *run_id, struct err *err)
{
    int code = journal_check_writable(journal, err);

    return code < 0 ? code : store_transact(&journal->store, hand_over, run_id, err);
}

/* What was said to it first: somebody waits. */
static const char *const dues[] = {
    "SELECT (SELECT id FROM run WHERE no = timer.run), 0 FROM inbox CROSS JOIN timer ON timer.run = inbox.run"
    " WHERE due_us > ? LIMIT 1",
    "SELECT (SELECT id FROM run WHERE no = timer.run), due_us FROM timer WHERE due_us > ?"
    " ORDER BY due_us LIMIT 1",
};

int journal_next_due(
    struct journal *journal, int64_t by_us, char ret_id[RUN_ID_SIZE], int64_t *ret_due_us, struct err *err)
{
    *ret_due_us = INT64_MAX;
    for (size_t i = 0; i < sizeof(dues) / sizeof(dues[0]); i++) {
        sqlite3_stmt *stmt autostmt = NULL;
        int rc, code = journal_prepare(journal, dues[i], &stmt, err);

        if (code < 0)
            return code;
        stmt_bind(stmt, number(KEEP_HELD));
        rc = sqlite3_step(stmt);
        if (rc != SQLITE_ROW && rc != SQLITE_DONE)
            return db_error(journal->reader, rc, err);
        if (rc == SQLITE_DONE)
            continue;
        *ret_due_us = sqlite3_column_int64(stmt, 1);
        snprintf(ret_id, RUN_ID_SIZE, "%s", column_string(stmt, 0));
        if (*ret_due_us <= by_us)
            return 0;
    }
    return ERR_NOT_FOUND;
}
