/* group: who is in a concurrency group, and who comes next. */
#ifndef JOURNAL_GROUP_H
#define JOURNAL_GROUP_H

#include "journal/store.h"

/* Within a transaction: the run takes its place, or ERR_BUSY. A run without a group is let in anywhere. */
int group_enter(struct store *store, const char *run_id, struct err *err);

#endif
