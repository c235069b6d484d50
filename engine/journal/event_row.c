#include "journal/event_row.h"
#include "journal/canonical.h"
#include "journal/sql.h"

static int64_t number_or(sqlite3_value *cell, int64_t none)
{
    return sqlite3_value_type(cell) == SQLITE_NULL ? none : sqlite3_value_int64(cell);
}

int event_cells_read(sqlite3_value **cells, struct event *ret_event, struct err *err)
{
    const char *type_name = cell_string(cells[4]), *class_name = cell_string(cells[11]);
    int type = event_type_parse(type_name), class_ = fail_class_parse(class_name);

    if (type < 0 || class_ < 0)
        return err_set(err, ERR_CORRUPT, "event %lld of the journal has the unknown type or class '%s' '%s'",
            (long long)sqlite3_value_int64(cells[0]), type_name, class_name);
    *ret_event = (struct event){
        .index = (uint64_t)sqlite3_value_int64(cells[0]),
        .seq = (uint64_t)sqlite3_value_int64(cells[1]),
        .wall_us = sqlite3_value_int64(cells[2]),
        .mono_us = sqlite3_value_int64(cells[3]),
        .type = (enum event_type)type,
        .cause = sqlite3_value_int(cells[EVENT_CAUSE_COLUMN]),
        .path = cell_string(cells[6]),
        .by = {cell_string(cells[7]), cell_string(cells[8]), cell_string(cells[9])},
        .status = event_status_parse((enum event_type)type, cell_string(cells[10])),
        .class_ = (enum fail_class)class_,
        .exit_code = (int)number_or(cells[12], -1),
        .attempt = sqlite3_value_int(cells[13]),
        .due_us = number_or(cells[14], -1),
    };
    return 0;
}

/* A connection is one thread's at a time, so that what its statement shows may be read as values. */
int event_row_read(sqlite3_stmt *stmt, struct event *ret_event, struct err *err)
{
    sqlite3_value *cells[EVENT_DATA_COLUMN];

    for (int i = 0; i < EVENT_DATA_COLUMN; i++)
        cells[i] = sqlite3_column_value(stmt, i);
    return event_cells_read(cells, ret_event, err);
}
