/* event_row: an event as a row of a query, or as the arguments of a function that SQLite calls for a row. */
#ifndef JOURNAL_EVENT_ROW_H
#define JOURNAL_EVENT_ROW_H

#include "base/err.h"
#include "model/event.h"

#include <sqlite3.h>

#define EVENT_CELLS                                                                                          \
    "e.idx, e.seq, e.wall_us, e.mono_us, e.type, e.cause, e.path, e.user, e.host, e.way, e.status, e.class," \
    " e.exit_code, e.attempt, e.due_us"
#define EVENT_COLUMNS "SELECT " EVENT_CELLS
/* The data are the first that a query adds. */
enum { EVENT_TYPE_COLUMN = 4, EVENT_CAUSE_COLUMN = 5, EVENT_DATA_COLUMN = 15 };

/* Without its data; strings belong to the statement. ERR_CORRUPT for a type or class that does not exist. */
int event_row_read(sqlite3_stmt *stmt, struct event *ret_event, struct err *err);
/* The same of the cells, EVENT_DATA_COLUMN of them. */
int event_cells_read(sqlite3_value **cells, struct event *ret_event, struct err *err);

#endif
