#include "journal/event_row.h"
#include "journal/canonical.h"
#include "journal/sql.h"

static int64_t number_or(sqlite3_stmt *stmt, int column, int64_t none)
{
    return sqlite3_column_type(stmt, column) == SQLITE_NULL ? none : sqlite3_column_int64(stmt, column);
}

int event_row_read(sqlite3_stmt *stmt, struct event *ret_event, struct err *err)
{
    int type = event_type_parse(column_string(stmt, 4)), class_ = fail_class_parse(column_string(stmt, 11));

    if (type < 0 || class_ < 0)
        return err_set(err, ERR_CORRUPT, "event %lld of the journal has the unknown type or class '%s' '%s'",
            (long long)sqlite3_column_int64(stmt, 0), column_string(stmt, 4), column_string(stmt, 11));
    *ret_event = (struct event){
        .index = (uint64_t)sqlite3_column_int64(stmt, 0),
        .seq = (uint64_t)sqlite3_column_int64(stmt, 1),
        .wall_us = sqlite3_column_int64(stmt, 2),
        .mono_us = sqlite3_column_int64(stmt, 3),
        .type = (enum event_type)type,
        .cause = sqlite3_column_int(stmt, 5),
        .path = column_string(stmt, 6),
        .by = {column_string(stmt, 7), column_string(stmt, 8), column_string(stmt, 9)},
        .status = event_status_parse((enum event_type)type, column_string(stmt, 10)),
        .class_ = (enum fail_class)class_,
        .exit_code = (int)number_or(stmt, 12, -1),
        .attempt = sqlite3_column_int(stmt, 13),
        .due_us = number_or(stmt, 14, -1),
    };
    return 0;
}
