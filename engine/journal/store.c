#include "journal/store.h"
#include "base/mem.h"
#include "journal/blocks.h"
#include "journal/db.h"
#include "journal/sql.h"

#include <stdio.h>

static const char *const statements[STORE_STATEMENT_COUNT] = {
    [STORE_BEGIN] = "BEGIN IMMEDIATE",
    [STORE_COMMIT] = "COMMIT",
    [STORE_ROLLBACK] = "ROLLBACK",
    [STORE_DATA_VERSION] = "PRAGMA data_version",
    [STORE_LAST_INDEX] = "SELECT coalesce(max(idx), 0) FROM event",
    [STORE_FIND_RUN] = "SELECT no, epoch FROM run WHERE id = ?",
    [STORE_LAST_CHUNK] = "SELECT max(id) FROM output WHERE id BETWEEN ? AND ?",
    [STORE_INSERT_EVENT] =
        "INSERT INTO event (idx, run, seq, wall_us, mono_us, type, cause, path, user, host, way,"
        " status, class, exit_code, attempt, due_us, data, leaf)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [STORE_INDEX_EVENT] = "INSERT OR IGNORE INTO run_event (run, seq, idx) VALUES (?, ?, ?)",
    [STORE_INDEX_BLOCK] =
        "INSERT OR IGNORE INTO run_event (run, seq, idx)"
        " SELECT run, seq, idx FROM event WHERE idx BETWEEN ? AND ? AND run > 0 ORDER BY run, seq",
    [STORE_LEAVES] = "SELECT leaf FROM event WHERE idx BETWEEN ? AND ? ORDER BY idx",
    [STORE_INSERT_NODE] = "INSERT OR REPLACE INTO node (level, position, hash) VALUES (?, ?, ?)",
    [STORE_UPDATE_RUN] = "UPDATE run SET status = ?2, started_us = coalesce(?3, started_us),"
                         " finished_us = coalesce(?4, finished_us), warnings = coalesce(?5, warnings),"
                         " message = coalesce(?6, message) WHERE no = ?1",
    [STORE_INSERT_OUTPUT] =
        "INSERT INTO output (id, path, stream, wall_us, offset, omitted, total, sha256, bytes)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [STORE_INBOX_TAKEN] = "DELETE FROM inbox WHERE id = ?",
    [STORE_LEASE] = "UPDATE run SET lease_until_us = ?2 WHERE no = ?1",
    [STORE_KEEP_RUN] = "INSERT OR REPLACE INTO timer (run, due_us) VALUES (?, ?)",
    [STORE_LEAVE_RUN] = "DELETE FROM timer WHERE run = ?",
    [STORE_KEEP_ON] = "UPDATE keeper SET until_us = ? WHERE pid = ? AND start = ?",
};

int store_open(struct store *store, const char *path, enum journal_sync sync, struct err *err)
{
    int code = db_open_writer(path, sync, &store->db, err);

    if (code < 0)
        return code;
    pthread_mutex_init(&store->use, NULL);
    store->next_index = store->data_version = -1;
    store->patience = DB_PATIENT;
    db_be_patient(store->db, &store->patience);
    wal_open(&store->wal, store->db, path, sync);
    return 0;
}

void store_close(struct store *store)
{
    if (!store->db)
        return;
    for (int i = 0; i < STORE_STATEMENT_COUNT; i++)
        sqlite3_finalize(store->statements[i]);
    wal_close(&store->wal);
    db_close(store->db);
    blocks_free(store->blocks);
    free(store->holds);
    text_fini(&store->canonical);
    pthread_mutex_destroy(&store->use);
    store->db = NULL;
}

int store_statement(struct store *store, enum store_statement which, sqlite3_stmt **ret_stmt, struct err *err)
{
    sqlite3_stmt **place = &store->statements[which];
    int rc = SQLITE_OK;

    if (!*place)
        rc = sqlite3_prepare_v3(store->db, statements[which], -1, SQLITE_PREPARE_PERSISTENT, place, NULL);
    *ret_stmt = *place;
    return rc == SQLITE_OK ? 0 : db_error(store->db, rc, err);
}

/* --- transactions ------------------------------------------------------------------------------------- */

static int single(struct store *store, enum store_statement which, int64_t *ret_number, struct err *err)
{
    sqlite3_stmt *stmt;
    int rc, code = store_statement(store, which, &stmt, err);

    if (code < 0)
        return code;
    rc = stmt_number_args(stmt, ret_number, NULL, 0);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : db_error(store->db, rc, err);
}

static int simple(struct store *store, enum store_statement which, struct err *err)
{
    return single(store, which, NULL, err);
}

/* What was remembered of the file is not certain any more. */
static void forget(struct store *store)
{
    memset(store->runs, 0, sizeof(store->runs));
    store->next_index = -1;
    blocks_forget(store->blocks);
}

static int look_around(struct store *store, struct err *err)
{
    int64_t version = 0;
    int code = single(store, STORE_DATA_VERSION, &version, err);

    if (code < 0 || version == store->data_version)
        return code;
    if (store->data_version >= 0)
        atomic_fetch_add(&store->news, 1);
    store->data_version = version;
    forget(store);
    return 0;
}

/* A file that was removed or replaced would take our rows with it, and nobody would ever read them. */
static int check_place(struct store *store, struct err *err)
{
    int moved = 0;

    if (sqlite3_file_control(store->db, NULL, SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved)
        return err_set(err, ERR_IO, "the journal %s was moved or removed while in use; put it back",
            sqlite3_db_filename(store->db, "main"));
    return 0;
}

static int begin(struct store *store, struct err *err)
{
    int code = check_place(store, err);

    if (code == 0)
        code = simple(store, STORE_BEGIN, err);
    if (code == 0)
        code = look_around(store, err);
    if (code == 0 && store->next_index < 0) {
        code = single(store, STORE_LAST_INDEX, &store->next_index, err);
        store->next_index++;
    }
    return code;
}

static int finish(struct store *store, int code, struct err *err)
{
    if (code == 0)
        code = simple(store, STORE_COMMIT, err);
    if (code == 0)
        return 0;
    if (!sqlite3_get_autocommit(store->db))
        simple(store, STORE_ROLLBACK, NULL);
    forget(store);
    return code;
}

static int write_rows(struct store *store, store_next next, void *context, struct err *err)
{
    const struct batch *batch;
    int code = 0;

    while (code == 0 && (batch = next(context)))
        for (const struct row *row = batch->first; row && code == 0; row = row->next)
            code = row->write(store, row, err);
    return code;
}

int store_write(struct store *store, store_next next, void *context, int patience, struct err *err)
{
    int code;

    pthread_mutex_lock(&store->use);
    store->patience = patience;
    code = begin(store, err);
    if (code == 0)
        code = write_rows(store, next, context, err);
    code = finish(store, code, err);
    store->patience = DB_PATIENT;
    pthread_mutex_unlock(&store->use);
    return code;
}

int store_await(
    struct store *store, void (*told)(void *context, const char *text), void *context, struct err *err)
{
    bool is_told = false;
    int code;

    do {
        pthread_mutex_lock(&store->use);
        store->patience = DB_FOR_A_SECOND;
        code = simple(store, STORE_BEGIN, err);
        if (code == 0)
            code = simple(store, STORE_ROLLBACK, err);
        store->patience = DB_PATIENT;
        pthread_mutex_unlock(&store->use);
        if (code == ERR_BUSY && !is_told)
            told(context, err->text);
        is_told = true;
    } while (code == ERR_BUSY);
    return code;
}

int store_transact(struct store *store, store_body body, const void *context, struct err *err)
{
    int code;

    pthread_mutex_lock(&store->use);
    code = begin(store, err);
    if (code == 0)
        code = body(store, context, err);
    code = finish(store, code, err);
    pthread_mutex_unlock(&store->use);
    return code;
}

void store_tend_wal(struct store *store, size_t batches)
{
    pthread_mutex_lock(&store->use);
    store->wal.batches += batches;
    wal_tend(&store->wal);
    pthread_mutex_unlock(&store->use);
}

uint64_t store_news(struct store *store)
{
    if (pthread_mutex_trylock(&store->use) == 0) {
        look_around(store, NULL);
        pthread_mutex_unlock(&store->use);
    }
    return atomic_load(&store->news);
}

/* --- runs --------------------------------------------------------------------------------------------- */

static struct store_run *slot(struct store *store, const char *id)
{
    uint32_t hash = 2166136261u;

    for (; *id; id++)
        hash = (hash ^ (unsigned char)*id) * 16777619u;
    return &store->runs[(hash ^ hash >> 16) % STORE_RUNS];
}

static struct store_hold *find_hold(const struct store *store, const char *id)
{
    for (size_t i = 0; i < store->hold_count; i++)
        if (strcmp(store->holds[i].id, id) == 0)
            return &store->holds[i];
    return NULL;
}

void store_hold(struct store *store, const char *run_id, int64_t epoch)
{
    struct store_hold *hold = find_hold(store, run_id);

    if (!hold) {
        store->holds = mem_grow(store->holds, store->hold_count, &store->hold_cap, sizeof(*store->holds));
        hold = &store->holds[store->hold_count++];
        *hold = (struct store_hold){0};
        snprintf(hold->id, sizeof(hold->id), "%s", run_id);
    }
    hold->epoch = epoch;
    if (hold->is_lost)
        atomic_fetch_sub(&store->lost, 1);
    hold->is_lost = false;
    *slot(store, run_id) = (struct store_run){0};
}

void store_let_go(struct store *store, const char *run_id)
{
    struct store_hold *hold = find_hold(store, run_id);

    if (!hold)
        return;
    if (hold->is_lost)
        atomic_fetch_sub(&store->lost, 1);
    *hold = store->holds[--store->hold_count];
}

bool store_is_fenced(struct store *store, const char *run_id)
{
    const struct store_hold *hold;
    bool is_lost;

    if (atomic_load(&store->lost) == 0)
        return false;
    pthread_mutex_lock(&store->use);
    hold = find_hold(store, run_id);
    is_lost = hold && hold->is_lost;
    pthread_mutex_unlock(&store->use);
    return is_lost;
}

/* Looked at when the run is looked up, which is once after every write of another process: while nobody else
 * has written, the run cannot have been taken over, and it costs nothing. */
static bool is_taken_over(struct store *store, const char *id, int64_t epoch)
{
    struct store_hold *hold = find_hold(store, id);

    if (!hold || hold->epoch == epoch)
        return false;
    if (!hold->is_lost)
        atomic_fetch_add(&store->lost, 1);
    hold->is_lost = true;
    return true;
}

static int look_up(struct store *store, const char *id, struct store_run *run, struct err *err)
{
    sqlite3_stmt *stmt;
    int rc, code = store_statement(store, STORE_FIND_RUN, &stmt, err);

    if (code < 0)
        return code;
    stmt_bind(stmt, string(id));
    rc = sqlite3_step(stmt);
    *run = (struct store_run){.next_chunk = -1};
    if (rc == SQLITE_ROW) {
        snprintf(run->id, sizeof(run->id), "%s", id);
        run->no = sqlite3_column_int64(stmt, 0);
        run->is_fenced = is_taken_over(store, id, sqlite3_column_int64(stmt, 1));
    }
    sqlite3_reset(stmt);
    if (rc == SQLITE_DONE)
        return err_set(err, ERR_NOT_FOUND, "the journal has no run %s", id);
    return rc == SQLITE_ROW ? 0 : db_error(store->db, rc, err);
}

int store_run_of(struct store *store, const char *id, struct store_run **ret_run, struct err *err)
{
    *ret_run = slot(store, id);
    return strcmp((*ret_run)->id, id) == 0 ? 0 : look_up(store, id, *ret_run, err);
}
