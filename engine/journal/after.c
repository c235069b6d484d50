/* after: what is said of a run when it has ended: events behind its last one, in a transaction of their own.
 */
#include "journal/after.h"
#include "journal/inside.h"

static int check_ended(struct store *store, const char *run_id, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int64_t finished_us = 0;
    int rc, code = db_prepare(store->db, "SELECT finished_us FROM run WHERE id = ?", &stmt, err);

    if (code < 0)
        return code;
    rc = stmt_number(stmt, &finished_us, string(run_id));
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return db_error(store->db, rc, err);
    return finished_us ? 0 : err_set(err, ERR_USAGE, "run %.6s has not ended", run_id);
}

/* Two people may say something at once: the second finds that what he saw is not the last word. */
static int check_last(struct store *store, const struct postscript *postscript, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    struct store_run *run;
    int64_t found;
    int rc, code = store_run_of(store, postscript->run_id, &run, err);

    if (code == 0)
        code = db_prepare(store->db, "SELECT 1 FROM event WHERE idx > ? AND run = ? LIMIT 1", &stmt, err);
    if (code < 0)
        return code;
    rc = stmt_number(stmt, &found, number((int64_t)postscript->last->index), number(run->no));
    if (rc == SQLITE_ROW)
        return err_set(err, ERR_CONFLICT,
            "somebody else said something of run %.6s just now; look and try again", postscript->run_id);
    return db_done(store->db, rc, err);
}

int after_write(struct store *store, const struct after_rows *rows, struct err *err)
{
    struct batch *batch = batch_new();
    int code = 0;

    for (size_t i = 0; i < rows->count; i++)
        batch_add_event(batch, rows->run_id, &rows->events[i]);
    for (const struct row *row = batch->first; row && code == 0; row = row->next)
        code = row->write(store, row, err);
    batch_free(batch);
    return code;
}

int after_add(struct store *store, const struct postscript *postscript, struct err *err)
{
    int code = check_ended(store, postscript->run_id, err);

    if (code == 0)
        code = check_last(store, postscript, err);
    return code == 0 ? after_write(store, &postscript->rows, err) : code;
}

static int add(struct store *store, const void *context, struct err *err)
{
    return after_add(store, context, err);
}

int journal_add_after(struct journal *journal, const char *run_id, const struct event *last,
    const struct event *events, size_t count, struct err *err)
{
    const struct postscript postscript = {run_id, last, {run_id, events, count}};
    int code = journal_check_writable(journal, err);

    return code < 0 ? code : store_transact(&journal->store, add, &postscript, err);
}
