/* DESIGN: to move the WAL into the file takes as long as many commits, and whoever waits for a commit would
 * wait for that, too. SQLite lets one connection move pages while another one commits, so the mover has a
 * connection of its own. But the WAL begins anew only when nothing is left in it, and under load there is
 * always one commit more:
 *
 *   commits                   |||||||||||||||||||||||||||||||||||||||||||| . |||||||||
 *   the mover                         -----            -----          -- .
 *   between two commits                                                   -     what came while it moved
 *   pages in the WAL          0                             FULL_PAGES         0
 *
 * The disk has one queue: what the mover flushes at once, a commit waits for. So where many share a commit,
 * the mover moves small pieces; a serial run, for which each of its flushes is one more, lets it wait until
 * the WAL is full. */
#include "journal/wal.h"
#include "base/mem.h"
#include "journal/db.h"

enum {
    FULL_PAGES = 2000,            /* 8 MiB */
    BEHIND_PAGES = 8000,          /* beyond that */
    PIECE_PAGES = 128,            /* are moved where */
    SHARED = 8,                   /* batches share a commit */
    FEW_PAGES = 96,               /* are left to be moved between two commits; */
    PASSES = 2,                   /* how often the mover tries for so few */
    PAGES_LEFT = 64,              /* are read again in 0.1 ms */
    SIZE_LEFT = 16 * 1024 * 1024, /* as journal_size_limit */
};

static void begin(struct wal *wal)
{
    wal->moved = wal->passes = 0;
    wal->is_held = false;
    wal->full_at = FULL_PAGES;
}

static int on_commit(void *context, sqlite3 *db, const char *name, int pages)
{
    struct wal *wal = context;

    (void)db;
    (void)name;
    if (pages < wal->pages)
        begin(wal);
    wal->pages = pages;
    wal->commits++;
    return SQLITE_OK;
}

void wal_open(struct wal *wal, sqlite3 *db, const char *path, enum journal_sync sync)
{
    *wal = (struct wal){.db = db, .mover = mover_new(path, sync)};
    begin(wal);
    /* Instead of SQLite's own checkpoint, which would come before those who wait are told. */
    sqlite3_wal_hook(db, on_commit, wal);
}

static void start_mover(struct wal *wal)
{
    wal->passes += wal->pages >= wal->full_at;
    wal->moved = wal->pages;
    wal->commits = 0;
    wal->batches = 0;
    mover_start(wal->mover);
}

/* The next commit begins the WAL anew. When it does not, because somebody reads what is in it, it grows until
 * it is worth while to try again. */
static void move_the_last(struct wal *wal)
{
    int pages = 0, moved = 0;

    sqlite3_wal_checkpoint_v2(wal->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
    wal->is_held = moved < pages;
    wal->moved = wal->pages;
    wal->passes = 0;
    wal->full_at = wal->pages + FULL_PAGES;
}

/* Where the disk takes more commits than the mover can follow, they wait for it. */
static bool is_mover_ready(struct wal *wal)
{
    if (wal->pages >= wal->full_at + BEHIND_PAGES)
        mover_await(wal->mover);
    return !mover_is_busy(wal->mover) && !mover_has_failed(wal->mover);
}

void wal_tend(struct wal *wal)
{
    int grown = wal->pages - wal->moved;
    bool is_full = wal->pages >= wal->full_at, is_shared = wal->batches >= SHARED * (size_t)wal->commits;

    if (!is_mover_ready(wal))
        return;
    if (is_full && (grown <= FEW_PAGES || wal->passes == PASSES))
        move_the_last(wal);
    else if (is_full || (is_shared && grown >= PIECE_PAGES && !wal->is_held))
        start_mover(wal);
}

/* --- the end ------------------------------------------------------------------------------------------ */

static bool is_file_small(sqlite3 *db)
{
    sqlite3_file *file = NULL;
    sqlite3_int64 size;

    return sqlite3_file_control(db, NULL, SQLITE_FCNTL_JOURNAL_POINTER, &file) == SQLITE_OK && file &&
           file->pMethods && file->pMethods->xFileSize(file, &size) == SQLITE_OK && size <= SIZE_LEFT;
}

/* Move the WAL, and write its first page again, as the first commit after that does: whoever opens it then
 * has one page to read. Nothing of that commit is missed when it is lost, so that it needs no flush. */
static bool begin_anew(sqlite3 *db)
{
    char *commit autofree =
        mem_printf("PRAGMA synchronous = OFF; PRAGMA application_id = %d", DB_APPLICATION_ID);
    int pages, moved;

    if (sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages, &moved) != SQLITE_OK)
        return false;
    if (pages == moved)
        sqlite3_exec(db, commit, NULL, NULL, NULL);
    return true;
}

/* Whoever leaves the file last would move the WAL into it and remove it, for which a short command waits. So
 * a short WAL stays; the next process goes on with it. A longer one is moved, but the file stays, to be
 * written over: to flush a file that grows costs the disk nearly twice. */
void wal_close(struct wal *wal)
{
    bool has_failed = mover_has_failed(wal->mover);

    mover_free(wal->mover);
    if (has_failed || (is_file_small(wal->db) && (wal->pages < PAGES_LEFT || begin_anew(wal->db))))
        sqlite3_db_config(wal->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}
