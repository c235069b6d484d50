#include "journal/mover.h"
#include "base/mem.h"
#include "journal/db.h"
#include "journal/thread.h"

#include <sched.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>

enum { NICE = 10 };

struct mover {
    char *path;
    enum journal_sync sync;
    sqlite3 *db; /* the thread's; opened when first needed */
    pthread_t thread;
    bool has_thread;
    atomic_bool is_busy, has_failed;
};

struct mover *mover_new(const char *path, enum journal_sync sync)
{
    struct mover *mover = mem_alloc(sizeof(*mover));

    mover->path = mem_strdup(path);
    mover->sync = sync;
    return mover;
}

void mover_await(struct mover *mover)
{
    if (mover->has_thread)
        pthread_join(mover->thread, NULL);
    mover->has_thread = false;
}

void mover_free(struct mover *mover)
{
    if (!mover)
        return;
    mover_await(mover);
    db_close(mover->db);
    free(mover->path);
    free(mover);
}

/* SQLite flushes the file only when it has moved everything. What it leaves to be flushed a commit would have
 * to wait for. */
static bool flush_file(sqlite3 *db)
{
    sqlite3_file *file = NULL;

    return sqlite3_file_control(db, NULL, SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK && file->pMethods &&
           file->pMethods->xSync(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY) == SQLITE_OK;
}

/* Commits are waited for, this is not. */
static void stand_back(void)
{
    pthread_setschedparam(pthread_self(), SCHED_BATCH, &(struct sched_param){0});
    setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
}

/* That nothing can be moved just now is no trouble. */
static void *move(void *context)
{
    struct mover *mover = context;

    stand_back();
    if ((mover->db || db_open_mover(mover->path, mover->sync, &mover->db) == 0) &&
        sqlite3_wal_checkpoint_v2(mover->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) == SQLITE_OK &&
        !flush_file(mover->db))
        atomic_store(&mover->has_failed, true);
    atomic_store(&mover->is_busy, false);
    return NULL;
}

void mover_start(struct mover *mover)
{
    if (mover_is_busy(mover))
        return;
    mover_await(mover);
    atomic_store(&mover->is_busy, true);
    mover->has_thread = thread_start(&mover->thread, move, mover) == 0;
    if (!mover->has_thread)
        atomic_store(&mover->is_busy, false);
}

bool mover_is_busy(const struct mover *mover)
{
    return atomic_load(&mover->is_busy);
}

bool mover_has_failed(const struct mover *mover)
{
    return atomic_load(&mover->has_failed);
}
