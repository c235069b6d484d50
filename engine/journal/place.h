/* place: where the journal is, and making its folder. */
#ifndef JOURNAL_PLACE_H
#define JOURNAL_PLACE_H

#include "base/err.h"

/* `path` itself; NULL: RUNBOOK_JOURNAL, else $XDG_STATE_HOME/runbook/journal.db, else
 * ~/.local/state/runbook/journal.db. The caller frees it; NULL with `err` when there is no home. */
char *place_find(const char *path, struct err *err);
/* ERR_INVALID on a file system that other machines share, whether the file exists already or not: SQLite's
 * locks and its shared memory end at the machine's edge, and two machines would write over each other. */
int place_check(const char *path, struct err *err);
/* Create the file (0600) and the folders above it that are missing (0700), whatever the umask. */
int place_create(const char *path, struct err *err);

#endif
