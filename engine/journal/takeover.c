/* takeover: one engine after another. The row of the run is looked at and changed in one transaction, so of
 * two that want it at the same instant one finds the other there. */
#include "journal/group.h"
#include "journal/inside.h"
#include "journal/lease.h"
#include "journal/rows.h"
#include "journal/takeover.h"

struct wish {
    const char *run_id;
    const struct run_row *engine;
};

static bool has_ended(const char *status)
{
    int s = run_status_parse(status);

    return s == RUN_SUCCEEDED || s == RUN_FAILED || s == RUN_CANCELLED;
}

/* The row: status, engine_host, engine_pid, engine_start, lease_until_us, epoch. */
static int check(sqlite3_stmt *stmt, const char *run_id, struct err *err)
{
    const char *status = column_string(stmt, 0), *host = column_string(stmt, 1);
    int64_t pid = sqlite3_column_int64(stmt, 2), start = sqlite3_column_int64(stmt, 3),
            until_us = sqlite3_column_int64(stmt, 4);

    if (has_ended(status))
        return err_set(err, ERR_USAGE, "run %.6s has ended (%s)", run_id, status);
    if (!lease_is_free(host, pid, start, until_us))
        return err_set(err, ERR_BUSY, "run %.6s is being carried out by process %lld on %s", run_id,
            (long long)pid, *host ? host : "an unknown host");
    return 0;
}

static int look(struct store *store, const char *run_id, int64_t *ret_epoch, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int rc, code = db_prepare(store->db,
                "SELECT status, engine_host, engine_pid, engine_start, lease_until_us, epoch FROM run WHERE "
                "id = ?",
                &stmt, err);

    if (code < 0)
        return code;
    stmt_bind(stmt, string(run_id));
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_DONE)
        return err_set(err, ERR_NOT_FOUND, "the journal has no run %s", run_id);
    if (rc != SQLITE_ROW)
        return db_error(store->db, rc, err);
    *ret_epoch = sqlite3_column_int64(stmt, 5);
    return check(stmt, run_id, err);
}

int takeover_check(struct store *store, const char *run_id, struct err *err)
{
    int64_t epoch;

    return look(store, run_id, &epoch, err);
}

static int take(struct store *store, const struct wish *wish, int64_t epoch, struct err *err)
{
    const struct run_row *engine = wish->engine;

    return db_run(store->db,
        "UPDATE run SET engine = ?2, engine_host = ?3, engine_pid = ?4, engine_start = ?5,"
        " lease_until_us = ?6, epoch = ?7 WHERE id = ?1",
        ARGS(string(wish->run_id), string(engine->engine), string(engine->engine_host),
            number(engine->engine_pid), number(engine->engine_start), number(engine->lease_until_us),
            number(epoch)),
        err);
}

/* The keeper goes on holding it; in another's hands it is the keeper's no more. */
static int keep(struct store *store, const struct wish *wish, struct err *err)
{
    const struct row row = {.run_id = wish->run_id, .number = wish->engine->keep_us};

    return row_write_rest(store, &row, err);
}

static int take_over(struct store *store, const void *context, struct err *err)
{
    const struct wish *wish = context;
    int64_t epoch = 0;
    int code = look(store, wish->run_id, &epoch, err);

    if (code == 0)
        code = group_enter(store, wish->run_id, err);
    if (code == 0)
        code = take(store, wish, epoch + 1, err);
    if (code < 0)
        return code;
    store_hold(store, wish->run_id, epoch + 1);
    return keep(store, wish, err);
}

int journal_take_over(
    struct journal *journal, const char *run_id, const struct run_row *engine, struct err *err)
{
    const struct wish wish = {run_id, engine};
    int code = journal_check_writable(journal, err);

    return code < 0 ? code : store_transact(&journal->store, take_over, &wish, err);
}

bool journal_is_fenced(struct journal *journal, const char *run_id)
{
    return !journal->read_only && store_is_fenced(&journal->store, run_id);
}
