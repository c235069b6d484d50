/* faulty: a VFS between SQLite and the real one that fails the Nth call of a kind, once or from then on. */
#ifndef TESTS_UNIT_JOURNAL_FAULTY_H
#define TESTS_UNIT_JOURNAL_FAULTY_H

#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

enum fault { FAULT_WRITE, FAULT_SYNC, FAULT_SHM_LOCK, FAULT_COUNT };

/* How each kind fails. */
static const int fault_codes[FAULT_COUNT][2] = {
    [FAULT_WRITE] = {SQLITE_FULL, SQLITE_IOERR_WRITE},
    [FAULT_SYNC] = {SQLITE_IOERR_FSYNC, SQLITE_FULL},
    [FAULT_SHM_LOCK] = {SQLITE_BUSY, SQLITE_IOERR_SHMLOCK},
};

struct faulty {
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    sqlite3_io_methods methods;
    atomic_int left[FAULT_COUNT]; /* calls until it fails; -1 = never */
    atomic_bool lasting;          /* fail all that follow, too */
    atomic_int how;               /* index into fault_codes */
    atomic_int hits;              /* failures so far */
};

/* SQLite hands out its file only; there is one shim for the whole test program. */
static struct faulty faulty;

struct faulty_file {
    sqlite3_file base;
    sqlite3_file *real;
    sqlite3_io_methods methods; /* of the same version as the real ones */
};

static inline int faulty_strike(enum fault fault)
{
    int left = atomic_load(&faulty.left[fault]);

    if (left < 0)
        return SQLITE_OK;
    if (left > 1 && atomic_fetch_sub(&faulty.left[fault], 1) > 1)
        return SQLITE_OK;
    atomic_store(&faulty.left[fault], atomic_load(&faulty.lasting) ? 1 : -1);
    atomic_fetch_add(&faulty.hits, 1);
    return fault_codes[fault][atomic_load(&faulty.how)];
}

#define FAULTY_REAL(file) (((struct faulty_file *)(file))->real)
#define FAULTY_PASS(name, parameters, ...)                                                                   \
    static int faulty_##name parameters                                                                      \
    {                                                                                                        \
        return FAULTY_REAL(f)->pMethods->x##name(FAULTY_REAL(f), ##__VA_ARGS__);                             \
    }
#define FAULTY_STRIKE(fault, name, parameters, ...)                                                          \
    static int faulty_##name parameters                                                                      \
    {                                                                                                        \
        int rc = faulty_strike(fault);                                                                       \
        return rc ? rc : FAULTY_REAL(f)->pMethods->x##name(FAULTY_REAL(f), ##__VA_ARGS__);                   \
    }

FAULTY_PASS(Close, (sqlite3_file * f))
FAULTY_PASS(Read, (sqlite3_file * f, void *p, int n, sqlite3_int64 at), p, n, at)
FAULTY_STRIKE(FAULT_WRITE, Write, (sqlite3_file * f, const void *p, int n, sqlite3_int64 at), p, n, at)
FAULTY_PASS(Truncate, (sqlite3_file * f, sqlite3_int64 n), n)
FAULTY_STRIKE(FAULT_SYNC, Sync, (sqlite3_file * f, int flags), flags)
FAULTY_PASS(FileSize, (sqlite3_file * f, sqlite3_int64 *n), n)
FAULTY_PASS(Lock, (sqlite3_file * f, int level), level)
FAULTY_PASS(Unlock, (sqlite3_file * f, int level), level)
FAULTY_PASS(CheckReservedLock, (sqlite3_file * f, int *out), out)
FAULTY_PASS(FileControl, (sqlite3_file * f, int op, void *arg), op, arg)
FAULTY_PASS(SectorSize, (sqlite3_file * f))
FAULTY_PASS(DeviceCharacteristics, (sqlite3_file * f))
FAULTY_PASS(
    ShmMap, (sqlite3_file * f, int page, int size, int extend, void volatile **pp), page, size, extend, pp)
static int faulty_ShmLock(sqlite3_file *f, int offset, int n, int flags)
{
    int rc = flags & SQLITE_SHM_UNLOCK ? SQLITE_OK : faulty_strike(FAULT_SHM_LOCK);

    return rc ? rc : FAULTY_REAL(f)->pMethods->xShmLock(FAULTY_REAL(f), offset, n, flags);
}
static void faulty_ShmBarrier(sqlite3_file *f)
{
    FAULTY_REAL(f)->pMethods->xShmBarrier(FAULTY_REAL(f));
}
FAULTY_PASS(ShmUnmap, (sqlite3_file * f, int delete_flag), delete_flag)

static inline int faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
    struct faulty_file *file = (struct faulty_file *)f;
    int rc;

    (void)vfs;
    file->real = (sqlite3_file *)(file + 1);
    rc = faulty.real->xOpen(faulty.real, name, file->real, flags, out);
    file->methods = faulty.methods;
    /* Only what is opened has methods; a WAL file has none for shared memory. */
    file->base.pMethods = file->real->pMethods ? &file->methods : NULL;
    if (file->real->pMethods)
        file->methods.iVersion = file->real->pMethods->iVersion < 2 ? 1 : 2;
    return rc;
}

static inline void faulty_calm(void)
{
    for (int i = 0; i < FAULT_COUNT; i++)
        atomic_store(&faulty.left[i], -1);
}

/* Fail the `nth` call from now on (from 1), and with `lasting` all after it. */
static inline void faulty_arm(enum fault fault, int nth, bool lasting, int how)
{
    faulty_calm();
    atomic_store(&faulty.hits, 0);
    atomic_store(&faulty.lasting, lasting);
    atomic_store(&faulty.how, how);
    atomic_store(&faulty.left[fault], nth);
}

/* From here on every connection goes through it. */
static inline void faulty_install(void)
{
    faulty.real = sqlite3_vfs_find(NULL);
    faulty.vfs = *faulty.real;
    faulty.vfs.zName = "faulty";
    faulty.vfs.szOsFile = (int)sizeof(struct faulty_file) + faulty.real->szOsFile;
    faulty.vfs.xOpen = faulty_open;
    faulty.methods = (sqlite3_io_methods){
        .iVersion = 2,
        .xClose = faulty_Close,
        .xRead = faulty_Read,
        .xWrite = faulty_Write,
        .xTruncate = faulty_Truncate,
        .xSync = faulty_Sync,
        .xFileSize = faulty_FileSize,
        .xLock = faulty_Lock,
        .xUnlock = faulty_Unlock,
        .xCheckReservedLock = faulty_CheckReservedLock,
        .xFileControl = faulty_FileControl,
        .xSectorSize = faulty_SectorSize,
        .xDeviceCharacteristics = faulty_DeviceCharacteristics,
        .xShmMap = faulty_ShmMap,
        .xShmLock = faulty_ShmLock,
        .xShmBarrier = faulty_ShmBarrier,
        .xShmUnmap = faulty_ShmUnmap,
    };
    faulty_calm();
    sqlite3_vfs_register(&faulty.vfs, 1);
}

#endif
