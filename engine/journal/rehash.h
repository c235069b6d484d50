/* rehash: leaf hashes of a journal from before version 3, and the nodes over them, made anew as they are made
 * since. */
#ifndef JOURNAL_REHASH_H
#define JOURNAL_REHASH_H

#include "base/err.h"

#include <sqlite3.h>

/* Within a transaction. */
int rehash_events(sqlite3 *db, struct err *err);

#endif
