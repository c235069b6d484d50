#include "journal/db.h"
#include "base/mem.h"
#include "journal/holder.h"
#include "journal/place.h"
#include "journal/rehash.h"
#include "journal/sql.h"

#include <errno.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern const char asset_schema_sql[];
extern const uint64_t asset_schema_sql_len;

/* --- errors ------------------------------------------------------------------------------------------- */

struct meaning {
    int rc, code;
    const char *before, *after; /* the path */
};

static const struct meaning meanings[] = {
    {SQLITE_FULL, ERR_FULL, "no space left for the journal ", "; free some on its disk"},
    {SQLITE_LOCKED, ERR_BUSY, "the journal ", " is locked"},
    {SQLITE_READONLY, ERR_IO, "the journal ",
        " cannot be written; make the file and its folder writable or name another with --journal"},
    {SQLITE_CANTOPEN, ERR_IO, "the journal ",
        " cannot be opened; look at the permissions of the file and its folder"},
    {SQLITE_PERM, ERR_DENIED, "access to the journal ", " is denied"},
    {SQLITE_IOERR, ERR_IO, "input/output error on the journal ", "; look at its disk"},
    {SQLITE_CORRUPT, ERR_CORRUPT, "the journal ", " is damaged; keep a copy of it and restore a backup"},
    {SQLITE_NOTADB, ERR_CORRUPT, "",
        " is not a journal: it is no SQLite file; name another with --journal or RUNBOOK_JOURNAL"},
};

enum { REASON_SIZE = 100 };

static int busy_error(const char *path, struct err *err)
{
    struct text who autotext = {0};

    if (err)
        holder_describe(path, &who);
    return err_set(err, ERR_BUSY, "another process%s keeps the journal %s locked", text_str(&who), path);
}

/* What the system said, where it is more than the code says: " (Too many open files)". That a file is not
 * there is what SQLite expects of most that it looks for. */
static const char *system_reason(sqlite3 *db, int rc, char ret[REASON_SIZE])
{
    int error = db ? sqlite3_system_errno(db) : 0;

    *ret = '\0';
    if (error && error != ENOENT && ((rc & 0xff) == SQLITE_CANTOPEN || (rc & 0xff) == SQLITE_IOERR))
        snprintf(ret, REASON_SIZE, " (%s)", strerror(error));
    return ret;
}

/* It says so with a code that stands for everything else. */
static bool is_other_format(sqlite3 *db, int rc)
{
    return rc == SQLITE_ERROR && db && strcmp(sqlite3_errmsg(db), "unsupported file format") == 0;
}

static int error_about(const char *path, sqlite3 *db, int rc, struct err *err)
{
    char reason[REASON_SIZE];
    int error = db ? sqlite3_system_errno(db) : 0;

    if ((rc & 0xff) == SQLITE_IOERR && (error == ENOSPC || error == EDQUOT))
        rc = SQLITE_FULL; /* a flush may be what finds it out */
    if (is_other_format(db, rc))
        rc = SQLITE_CORRUPT;
    if ((rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_PROTOCOL) /* or it takes too many turns */
        return busy_error(path, err);
    for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
        if (meanings[i].rc == (rc & 0xff))
            return err_set(err, meanings[i].code, "%s%s%s%s", meanings[i].before, path,
                system_reason(db, rc, reason), meanings[i].after);
    return err_set(err, ERR_INTERNAL, "the journal %s: %s", path, sqlite3_errmsg(db));
}

int db_error(sqlite3 *db, int rc, struct err *err)
{
    const char *path = sqlite3_db_filename(db, "main");

    return error_about(path ? path : "", db, rc, err);
}

int db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_stmt, struct err *err)
{
    int rc = sqlite3_prepare_v2(db, sql, -1, ret_stmt, NULL);

    return rc == SQLITE_OK ? 0 : db_error(db, rc, err);
}

int db_done(sqlite3 *db, int rc, struct err *err)
{
    return rc == SQLITE_DONE ? 0 : db_error(db, rc, err);
}

int db_run(sqlite3 *db, const char *sql, const struct arg *args, size_t count, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int code = db_prepare(db, sql, &stmt, err);

    return code < 0 ? code : db_done(db, stmt_run_args(stmt, args, count), err);
}

int db_number(sqlite3 *db, const char *sql, int64_t *ret_number, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int rc, code = db_prepare(db, sql, &stmt, err);

    if (code < 0)
        return code;
    rc = sqlite3_step(stmt);
    if (rc != SQLITE_ROW)
        return db_error(db, rc, err);
    *ret_number = sqlite3_column_int64(stmt, 0);
    return 0;
}

/* --- opening ------------------------------------------------------------------------------------------ */

static void nap(int64_t us)
{
    nanosleep(&(struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000}, NULL);
}

/* Another process's commit takes 0.1 ms; SQLite's own handler would sleep for whole milliseconds. `context`
 * points to how often to try; NULL: DB_PATIENT. */
static int wait_for_others(void *context, int count)
{
    const int *patience = context;

    if (count >= (patience ? *patience : DB_PATIENT))
        return 0;
    nap(count < 20 ? 100 + 20 * count : count < 100 ? 1000 : 10000);
    return 1;
}

void db_be_patient(sqlite3 *db, const int *patience)
{
    sqlite3_busy_handler(db, wait_for_others, (void *)patience);
}

/* `name` is how SQLite is told of the file at `path`. */
static int connect(const char *path, const char *name, int flags, sqlite3 **ret_db, struct err *err)
{
    sqlite3 *db = NULL;
    int rc = sqlite3_open_v2(name, &db, flags | SQLITE_OPEN_NOMUTEX, NULL);

    if (rc != SQLITE_OK) {
        int code = db ? error_about(path, db, rc, err)
                      : err_set(err, ERR_INTERNAL, "cannot open the journal %s", path);

        sqlite3_close(db);
        return code;
    }
    /* SQLite opens for reading what it cannot open for writing; that there was a reason is all it tells. */
    if (flags & SQLITE_OPEN_READWRITE && sqlite3_db_readonly(db, "main") == 1) {
        sqlite3_close(db);
        return err_set(err, ERR_IO,
            "the journal %s could be opened for reading only; see that its disk is not mounted so, and that "
            "there are free file descriptors (ulimit -n)",
            path);
    }
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_handler(db, wait_for_others, NULL);
    *ret_db = db;
    return 0;
}

static int exec(sqlite3 *db, const char *sql, struct err *err)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? 0 : db_error(db, rc, err);
}

/* What says whose file it is, all as of one moment: another process may be creating the journal just now. */
static int look(sqlite3 *db, int64_t *ret_version, int64_t *ret_id, int64_t *ret_objects, struct err *err)
{
    int code = exec(db, "SAVEPOINT look", err);

    if (code < 0)
        return code;
    code = db_number(db, "PRAGMA user_version", ret_version, err);
    if (code == 0)
        code = db_number(db, "PRAGMA application_id", ret_id, err);
    if (code == 0 && *ret_id == 0)
        code = db_number(db, "SELECT count(*) FROM sqlite_schema", ret_objects, err);
    sqlite3_exec(db, "RELEASE look", NULL, NULL, NULL);
    return code;
}

/* Ours, and of a version that we know? `ret_version` is 0 for an empty file. */
static int recognise(sqlite3 *db, const char *path, int64_t *ret_version, struct err *err)
{
    int64_t id = 0, objects = 0;
    int code = look(db, ret_version, &id, &objects, err);

    if (code < 0)
        return code;
    if (id != DB_APPLICATION_ID && (id != 0 || objects > 0 || *ret_version != 0))
        return err_set(err, ERR_INVALID,
            "%s is not a journal but another program's SQLite file; name another file with --journal or "
            "RUNBOOK_JOURNAL",
            path);
    if (*ret_version > DB_VERSION)
        return err_set(err, ERR_INVALID,
            "the journal %s has version %lld and this runbook knows up to %d; use a newer runbook", path,
            (long long)*ret_version, DB_VERSION);
    return 0;
}

/* `epoch` counts the engines that have held the run: what one writes that is not the last is dropped. */
static const char to_version_2[] = "ALTER TABLE run ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0";

/* `redacted` is the hash of data that were taken away. Leaf hashes are made from the hash of the data since.
 */
static const char to_version_3[] = "ALTER TABLE event ADD COLUMN redacted BLOB";

/* The group of runs of which only so many may be under way; `extra` is what a run that has not started yet
 * was asked for beside its parameters. Most runs are in no group and come from no other run, and cost these
 * indexes nothing. */
static const char to_version_4[] = "ALTER TABLE run ADD COLUMN group_name TEXT NOT NULL DEFAULT '';"
                                   "ALTER TABLE run ADD COLUMN group_limit INTEGER NOT NULL DEFAULT 0;"
                                   "ALTER TABLE run ADD COLUMN in_group INTEGER NOT NULL DEFAULT 0;"
                                   "ALTER TABLE run ADD COLUMN extra TEXT;"
                                   "CREATE INDEX run_by_group ON run (group_name) WHERE group_name <> '';"
                                   "CREATE INDEX run_by_parent ON run (parent) WHERE parent <> ''";

/* Runs that were dropped. Of their events the hashes stay in `event`, with run 0 and no type. */
static const char to_version_5[] =
    "CREATE TABLE pruned ("
    "    id TEXT PRIMARY KEY, runbook TEXT NOT NULL, status TEXT NOT NULL, started_us INTEGER NOT NULL,"
    "    finished_us INTEGER NOT NULL, events INTEGER NOT NULL, bundle TEXT NOT NULL, sha256 TEXT NOT NULL,"
    "    wall_us INTEGER NOT NULL, user TEXT NOT NULL, host TEXT NOT NULL, way TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID";

/* A run in the keeper's hands, and when it takes it up, see keep.c. Of the keeper there is one row at most.
 */
static const char to_version_6[] =
    "DROP TABLE timer;"
    "CREATE TABLE timer (run INTEGER PRIMARY KEY REFERENCES run, due_us INTEGER NOT NULL) STRICT;"
    "CREATE INDEX timer_by_due ON timer (due_us);"
    "CREATE TABLE keeper ("
    "    no INTEGER PRIMARY KEY CHECK (no = 1), host TEXT NOT NULL, pid INTEGER NOT NULL, start INTEGER NOT "
    "NULL,"
    "    until_us INTEGER NOT NULL"
    ") STRICT";

/* In an older file the last full block is in `run_event`; since, it enters while the next one fills up. An
 * older program would not look for it elsewhere. */
static const char to_version_7[] = "";

/* Step i takes a file from version i to i + 1. */
static const struct {
    const char *sql;
    int (*then)(sqlite3 *db, struct err *err); /* or NULL */
} migrations[DB_VERSION] = {{asset_schema_sql, NULL}, {to_version_2, NULL}, {to_version_3, rehash_events},
    {to_version_4, NULL}, {to_version_5, NULL}, {to_version_6, NULL}, {to_version_7, NULL}};

static int migrate_in_transaction(sqlite3 *db, const char *path, struct err *err)
{
    char *stamp autofree =
        mem_printf("PRAGMA application_id = %d; PRAGMA user_version = %d", DB_APPLICATION_ID, DB_VERSION);
    int64_t version;
    int code = recognise(db, path, &version, err); /* again: another process may have been quicker */

    for (; code == 0 && version < DB_VERSION; version++) {
        code = exec(db, migrations[version].sql, err);
        if (code == 0 && migrations[version].then)
            code = migrations[version].then(db, err);
    }
    return code < 0 ? code : exec(db, stamp, err);
}

static int migrate(sqlite3 *db, const char *path, struct err *err)
{
    int code = exec(db, "BEGIN IMMEDIATE", err);

    if (code < 0)
        return code;
    code = migrate_in_transaction(db, path, err);
    if (code == 0)
        code = exec(db, "COMMIT", err);
    if (code < 0)
        sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return code < 0 ? err_wrap(err, "bringing the journal to version %d", DB_VERSION) : 0;
}

/* SQLite does not wait for others when it changes the mode, so that two that create the file at once collide.
 */
static int use_wal(sqlite3 *db, struct err *err)
{
    int rc;

    for (int count = 0;; count++) {
        rc = sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
        if ((rc & 0xff) != SQLITE_BUSY || !wait_for_others(NULL, count))
            break;
    }
    return rc == SQLITE_OK ? 0 : db_error(db, rc, err);
}

/* No temporary files: a full /var/tmp is not the journal's trouble. A WAL that has grown beyond 16 MiB is cut
 * when it begins anew. */
#define SETTINGS "; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 16777216"

static const char *const settings[] = {
    [JOURNAL_SYNC_FULL] = "PRAGMA synchronous = FULL" SETTINGS,
    [JOURNAL_SYNC_NORMAL] = "PRAGMA synchronous = NORMAL" SETTINGS,
};

static int prepare_writer(sqlite3 *db, const char *path, enum journal_sync sync, struct err *err)
{
    int64_t version;
    int code = recognise(db, path, &version, err);

    if (code == 0 && version < DB_VERSION)
        code = use_wal(db, err);
    if (code == 0)
        code = exec(db, settings[sync], err);
    if (code == 0 && version < DB_VERSION)
        code = migrate(db, path, err);
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
    return code;
}

int db_open_writer(const char *path, enum journal_sync sync, sqlite3 **ret_db, struct err *err)
{
    sqlite3 *db = NULL;
    int code = place_check(path, err);

    if (code == 0)
        code = place_create(path, err);

    if (code == 0)
        code = connect(path, path, SQLITE_OPEN_READWRITE, &db, err);
    if (code == 0)
        code = prepare_writer(db, path, sync, err);
    if (code < 0) {
        sqlite3_close(db);
        return code;
    }
    *ret_db = db;
    return 0;
}

int db_open_mover(const char *path, enum journal_sync sync, sqlite3 **ret_db)
{
    sqlite3 *db = NULL;
    int64_t version;
    int code = connect(path, path, SQLITE_OPEN_READWRITE, &db, NULL);

    if (code == 0)
        code = exec(db, settings[sync], NULL);
    if (code == 0)
        code = db_number(db, "PRAGMA user_version", &version, NULL); /* SQLite sees that there is a WAL */
    if (code < 0) {
        sqlite3_close(db);
        return code;
    }
    *ret_db = db;
    return 0;
}

/* --- reading only ------------------------------------------------------------------------------------- */

static int check_readable(sqlite3 *db, const char *path, struct err *err)
{
    int64_t version;
    int code = recognise(db, path, &version, err);

    if (code == 0 && version == 0)
        return err_set(err, ERR_NOT_FOUND, "the journal %s is empty", path);
    if (code == 0 && version < DB_VERSION)
        return err_set(err, ERR_INVALID,
            "the journal %s has the old version %lld: runbook doctor brings it up to date", path,
            (long long)version);
    return code;
}

/* In a folder that is read-only SQLite cannot make its shared memory. With no WAL beside it the file is whole
 * and nobody can be writing, so it may be read as it is. */
static int connect_unchanging(const char *path, sqlite3 **ret_db, struct err *err)
{
    struct text uri autotext = {0};

    text_puts(&uri, "file:");
    for (const char *c = path; *c; c++)
        text_printf(&uri, strchr("?#%", *c) ? "%%%02x" : "%c", *c);
    text_puts(&uri, "?immutable=1");
    return connect(path, text_str(&uri), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, ret_db, err);
}

static bool has_wal(const char *path)
{
    char *wal autofree = mem_printf("%s-wal", path);
    struct stat st;

    return stat(wal, &st) == 0 && st.st_size > 0;
}

static int check_file(const char *path, struct err *err)
{
    struct stat st;

    if (stat(path, &st) < 0 && (errno == ENOENT || errno == ENOTDIR))
        return err_set(err, ERR_NOT_FOUND, "there is no journal %s; the first run creates it", path);
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return err_set(
            err, ERR_USAGE, "%s is a folder, and the journal is a file; name the file in it", path);
    return 0;
}

int db_open_reader(const char *path, sqlite3 **ret_db, struct err *err)
{
    sqlite3 *db = NULL;
    int code = check_file(path, err);

    if (code == 0)
        code = place_check(path, err);
    if (code < 0)
        return code;
    code = connect(path, path, SQLITE_OPEN_READONLY, &db, err);
    if (code == 0)
        code = check_readable(db, path, err);
    if (code == ERR_IO && !has_wal(path)) {
        sqlite3_close(db);
        db = NULL;
        code = connect_unchanging(path, &db, err);
        if (code == 0)
            code = check_readable(db, path, err);
    }
    if (code < 0) {
        sqlite3_close(db);
        return code;
    }
    *ret_db = db;
    return 0;
}

void db_close(sqlite3 *db)
{
    sqlite3_close(db);
}
