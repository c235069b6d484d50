/* mover: a thread that moves what the WAL holds into the journal's file while commits go on. There is one
 * only while there is something to move. */
#ifndef JOURNAL_MOVER_H
#define JOURNAL_MOVER_H

#include "journal/journal.h"

struct mover;

struct mover *mover_new(const char *path, enum journal_sync sync);
void mover_free(struct mover *mover); /* waits for it; NULL is fine */

/* Begin to move what is in the WAL now; unless it moves already. */
void mover_start(struct mover *mover);
void mover_await(struct mover *mover);
bool mover_is_busy(const struct mover *mover);
/* A flush has failed, and what it was to flush is on its way to be lost. As long as no process begins the WAL
 * anew everything is still there; this one must not, nor move anything that is not moved yet. */
bool mover_has_failed(const struct mover *mover);

#endif
