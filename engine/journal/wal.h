/* wal: how much the journal's WAL holds, and when that is moved into its file. */
#ifndef JOURNAL_WAL_H
#define JOURNAL_WAL_H

#include "journal/mover.h"

#include <sqlite3.h>

struct wal {
    sqlite3 *db; /* the connection that writes */
    struct mover *mover;
    int pages;      /* in it after the last commit */
    int moved;      /* of them, when the mover began last */
    int full_at;    /* so many are to be moved to the last */
    int passes;     /* of the mover since there were so many */
    bool is_held;   /* the last time not all could be moved, for somebody reads it */
    int commits;    /* since the mover began last */
    size_t batches; /* in these */
};

void wal_open(struct wal *wal, sqlite3 *db, const char *path, enum journal_sync sync);
/* Leave the WAL so that the next process has little to do with it. To be called before the connection closes.
 */
void wal_close(struct wal *wal);

/* To be called in a pause between two commits. What fails is left to the next time. */
void wal_tend(struct wal *wal);

#endif
