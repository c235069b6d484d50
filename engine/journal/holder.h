/* holder: which process keeps the journal from being written. */
#ifndef JOURNAL_HOLDER_H
#define JOURNAL_HOLDER_H

#include "base/text.h"

/* Append " (pid 1234, sqlite3)", or nothing when it cannot be known. */
void holder_describe(const char *path, struct text *text);

#endif
