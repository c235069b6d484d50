/* import: runs of another journal. Their events get new places, and with them new hashes: what they had there
 * is proved by the bundle they came in. */
#include "journal/audit.h"
#include "journal/create.h"
#include "journal/inside.h"

struct importing {
    const struct import_run *runs;
    size_t count;
};

static int check_new(struct store *store, const char *id, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int64_t found;
    int rc, code = db_prepare(store->db,
                "SELECT 1 FROM run WHERE id = ?1 UNION SELECT 1 FROM pruned WHERE id = ?1", &stmt, err);

    if (code < 0)
        return code;
    rc = stmt_number(stmt, &found, string(id));
    if (rc == SQLITE_ROW)
        return err_set(err, ERR_CONFLICT, "run %.6s is in this journal already, or was pruned from it", id);
    return db_done(store->db, rc, err);
}

static struct batch *rows_of(const struct import_run *run)
{
    struct batch *batch = batch_new();

    for (size_t i = 0; i < run->event_count; i++)
        if (run->events[i].redacted)
            batch_add_redacted(batch, run->row.id, &run->events[i].event, run->events[i].redacted);
        else
            batch_add_event(batch, run->row.id, &run->events[i].event);
    for (size_t i = 0; i < run->chunk_count; i++)
        batch_add_output(batch, run->row.id, &run->chunks[i]);
    batch_add_event(batch, run->row.id, &run->note);
    return batch;
}

static int import_one(struct store *store, const struct import_run *run, struct err *err)
{
    int code = check_new(store, run->row.id, err);
    struct batch *batch;

    if (code == 0)
        code = create_rows(store, &run->row, run->sources, run->source_count, err);
    batch = rows_of(run);
    for (const struct row *row = batch->first; row && code == 0; row = row->next)
        code = row->write(store, row, err);
    batch_free(batch);
    return code;
}

static int import_all(struct store *store, const void *context, struct err *err)
{
    const struct importing *importing = context;
    int code = 0;

    for (size_t i = 0; i < importing->count && code == 0; i++)
        code = import_one(store, &importing->runs[i], err);
    return code;
}

int audit_import(struct journal *journal, const struct import_run *runs, size_t count, struct err *err)
{
    const struct importing importing = {runs, count};
    int code = journal_check_writable(journal, err);

    return code < 0 ? code : store_transact(&journal->store, import_all, &importing, err);
}
