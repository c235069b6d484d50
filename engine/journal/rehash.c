#include "journal/rehash.h"
#include "journal/canonical.h"
#include "journal/db.h"
#include "journal/event_row.h"
#include "journal/sql.h"

static int rehash(sqlite3 *db, sqlite3_stmt *row, sqlite3_stmt *update, struct text *scratch, struct err *err)
{
    struct event event;
    int rc, code = event_row_read(row, &event, err);

    if (code < 0)
        return code;
    struct sha256 leaf = canonical_leaf(column_string(row, EVENT_DATA_COLUMN + 1), &event,
        (const char *)sqlite3_column_text(row, EVENT_DATA_COLUMN),
        (size_t)sqlite3_column_bytes(row, EVENT_DATA_COLUMN), NULL, scratch);
    rc = stmt_run(update, blob(leaf.bytes, sizeof(leaf.bytes)), number((int64_t)event.index));
    return rc == SQLITE_DONE ? 0 : db_error(db, rc, err);
}

int rehash_events(sqlite3 *db, struct err *err)
{
    sqlite3_stmt *row autostmt = NULL, *update autostmt = NULL;
    struct text scratch autotext = {0};
    int rc = SQLITE_DONE, code = db_prepare(db,
                              EVENT_COLUMNS ", e.data, r.id FROM event e JOIN run r ON r.no = e.run ORDER BY "
                                            "e.idx",
                              &row, err);

    if (code == 0)
        code = db_prepare(db, "UPDATE event SET leaf = ? WHERE idx = ?", &update, err);
    while (code == 0 && (rc = sqlite3_step(row)) == SQLITE_ROW)
        code = rehash(db, row, update, &scratch, err);
    return code < 0 || rc == SQLITE_DONE ? code : db_error(db, rc, err);
}
