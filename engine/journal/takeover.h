/* takeover: may a run be taken over? */
#ifndef JOURNAL_TAKEOVER_H
#define JOURNAL_TAKEOVER_H

#include "journal/store.h"

/* Within a transaction: 0 when it has not ended and nobody drives it; ERR_BUSY, ERR_USAGE, ERR_NOT_FOUND. */
int takeover_check(struct store *store, const char *run_id, struct err *err);

#endif
