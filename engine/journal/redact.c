/* redact: what an event tells is taken away, and its hash stays in its place. */
#include "base/mem.h"
#include "journal/audit.h"
#include "journal/inside.h"

#include <inttypes.h>
#include <string.h>

/* What is known of the event and of the run's last one. */
struct found {
    int64_t run, index, last_seq, last_mono_us, last_wall_us;
    bool has_ended;
    struct sha256 hash; /* of the data */
};

static int read_found(
    sqlite3_stmt *row, const struct redaction *redaction, struct found *ret_found, struct err *err)
{
    *ret_found = (struct found){
        .run = sqlite3_column_int64(row, 0),
        .index = sqlite3_column_int64(row, 2),
        .hash = sha256_of(sqlite3_column_text(row, 3), (size_t)sqlite3_column_bytes(row, 3)),
        .last_seq = sqlite3_column_int64(row, 4),
        .last_mono_us = sqlite3_column_int64(row, 5),
        .last_wall_us = sqlite3_column_int64(row, 6),
    };
    if (!sqlite3_column_int64(row, 1))
        return err_set(err, ERR_USAGE, "run %.6s goes on: redact it when it has ended", redaction->run_id);
    if (sqlite3_column_type(row, 3) == SQLITE_NULL)
        return err_set(err, ERR_USAGE, "event %" PRIu64 " of run %.6s tells nothing that could be taken away",
            redaction->seq, redaction->run_id);
    return 0;
}

static int find(
    struct store *store, const struct redaction *redaction, struct found *ret_found, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int rc, code = db_prepare(store->db,
                "SELECT r.no, r.finished_us, e.idx, e.data, l.seq, l.mono_us, l.wall_us FROM run r"
                " JOIN event e ON e.run = r.no AND e.seq = ?2"
                " JOIN event l ON l.idx = (SELECT max(idx) FROM event WHERE run = r.no) WHERE r.id = ?1",
                &stmt, err);

    if (code < 0)
        return code;
    stmt_bind(stmt, string(redaction->run_id), number((int64_t)redaction->seq));
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        return read_found(stmt, redaction, ret_found, err);
    return rc == SQLITE_DONE ? err_set(err, ERR_NOT_FOUND, "run %.6s has no event %" PRIu64,
                                   redaction->run_id, redaction->seq)
                             : db_error(store->db, rc, err);
}

/* The event itself; the output that it is the end of; and the parameters, which the row of the run repeats.
 */
static int take_away(struct store *store, const struct found *found, struct err *err)
{
    int code = db_run(store->db,
        "UPDATE output SET bytes = x'', omitted = coalesce(omitted, 0) + length(bytes)"
        " WHERE id > ?1 << 32 AND id < (?1 + 1) << 32"
        " AND path = (SELECT path FROM event WHERE idx = ?2 AND type IN ('step.finished', 'step.retrying'))",
        ARGS(number(found->run), number(found->index)), err);

    if (code == 0)
        code = db_run(store->db,
            "UPDATE run SET params = NULL WHERE no = ?1"
            " AND (SELECT type FROM event WHERE idx = ?2) = 'run.started'",
            ARGS(number(found->run), number(found->index)), err);
    if (code == 0)
        code = db_run(store->db, "UPDATE event SET data = NULL, redacted = ?2 WHERE idx = ?1",
            ARGS(number(found->index), blob(found->hash.bytes, sizeof(found->hash.bytes))), err);
    return code;
}

static int tell(
    struct store *store, const struct redaction *redaction, const struct found *found, struct err *err)
{
    char *words autofree =
        mem_printf("event %" PRIu64 " was redacted: %s", redaction->seq, redaction->reason);
    int64_t passed = redaction->wall_us - found->last_wall_us;
    struct event event = {.seq = (uint64_t)found->last_seq + 1,
        .wall_us = redaction->wall_us,
        .mono_us = found->last_mono_us + (passed > 0 ? passed : 0),
        .type = EVENT_NOTE_ADDED,
        .cause = true,
        .path = "",
        .by = redaction->by,
        .status = -1,
        .exit_code = -1,
        .due_us = -1};
    struct batch *batch = batch_new();
    int code;

    event.data = json_pack("{s:o}", "text", value_string(words, strlen(words)));
    batch_add_event(batch, redaction->run_id, &event);
    code = batch->first->write(store, batch->first, err);
    json_decref(event.data);
    batch_free(batch);
    return code;
}

static int redact(struct store *store, const void *context, struct err *err)
{
    const struct redaction *redaction = context;
    struct found found = {0};
    int code = find(store, redaction, &found, err);

    if (code == 0)
        code = take_away(store, &found, err);
    return code < 0 ? code : tell(store, redaction, &found, err);
}

/* SQLite overwrites what it frees, and what the WAL still has is dropped with it. */
int audit_redact(struct journal *journal, const struct redaction *redaction, struct err *err)
{
    int code = journal_check_writable(journal, err);
    sqlite3 *db = journal->store.db;

    if (code < 0)
        return code;
    sqlite3_exec(db, "PRAGMA secure_delete = ON", NULL, NULL, NULL);
    code = store_transact(&journal->store, redact, redaction, err);
    if (code == 0 && sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) != SQLITE_OK)
        code = err_set(err, ERR_BUSY,
            "it was taken away, but another process reads the journal and %s-wal may still hold it; any "
            "later "
            "command that writes will drop it",
            journal->path);
    return code;
}

int audit_redacted(struct journal *journal, const char *run_id, uint64_t first, uint64_t last,
    void (*each)(void *context, uint64_t seq), void *context, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int rc, code = journal_prepare(journal,
                "SELECT seq FROM event WHERE idx BETWEEN ?2 AND ?3 AND redacted IS NOT NULL"
                " AND run = (SELECT no FROM run WHERE id = ?1) ORDER BY seq",
                &stmt, err);

    if (code < 0)
        return code;
    stmt_bind(stmt, string(run_id), number((int64_t)first), number((int64_t)last));
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
        each(context, (uint64_t)sqlite3_column_int64(stmt, 0));
    return db_done(journal->reader, rc, err);
}
