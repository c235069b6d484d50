/* create: the row of a run and its sources. */
#ifndef JOURNAL_CREATE_H
#define JOURNAL_CREATE_H

#include "journal/store.h"

/* Within a transaction. */
int create_rows(struct store *store, const struct run_row *run, const struct source *sources,
    size_t source_count, struct err *err);

#endif
