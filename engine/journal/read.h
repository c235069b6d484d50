/* read: a run's events as rows, for what needs more of them than journal_events tells. */
#ifndef JOURNAL_READ_H
#define JOURNAL_READ_H

#include "journal/inside.h"

/* What stands in a row: the index of the event alone; EVENT_COLUMNS; and data. */
enum read_columns { READ_INDEX, READ_EVENT, READ_DATA };

/* 1: that was enough. */
typedef int read_row(void *context, sqlite3_stmt *row, struct err *err);

/* The events of a run from a sequence number on, in order. */
int read_events(struct journal *journal, const char *run_id, uint64_t from_seq, enum read_columns columns,
    read_row *each, void *context, struct err *err);

#endif
