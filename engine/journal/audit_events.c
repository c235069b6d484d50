/* The events of one run, as they are proved. */
#include "base/mem.h"
#include "journal/audit.h"
#include "journal/canonical.h"
#include "journal/event_row.h"
#include "journal/inside.h"

struct indexes {
    uint64_t *items;
    size_t count, cap;
};

static bool keep_index(void *context, const struct event *event)
{
    struct indexes *indexes = context;

    indexes->items = mem_grow(indexes->items, indexes->count, &indexes->cap, sizeof(*indexes->items));
    indexes->items[indexes->count++] = event->index;
    return true;
}

struct telling {
    const char *run_id;
    bool (*each)(void *context, const struct audit_event *event);
    void *context;
    struct text scratch;
};

static int tell(struct telling *telling, sqlite3_stmt *row, bool *ret_more, struct err *err)
{
    const char *data = (const char *)sqlite3_column_text(row, EVENT_DATA_COLUMN);
    bool is_redacted = sqlite3_column_type(row, EVENT_DATA_COLUMN + 1) != SQLITE_NULL;
    struct sha256 redacted = column_hash(row, EVENT_DATA_COLUMN + 1);
    struct event event;
    int code = event_row_read(row, &event, err);

    if (code < 0)
        return code;
    canonical_leaf(telling->run_id, &event, data, (size_t)sqlite3_column_bytes(row, EVENT_DATA_COLUMN),
        is_redacted ? &redacted : NULL, &telling->scratch);
    *ret_more = telling->each(
        telling->context, &(struct audit_event){event.index, text_str(&telling->scratch), data});
    return 0;
}

static int tell_all(
    struct journal *journal, struct telling *telling, const struct indexes *indexes, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    bool more = true;
    int code = journal_prepare(
        journal, EVENT_COLUMNS ", e.data, e.redacted FROM event e WHERE e.idx = ?", &stmt, err);

    for (size_t i = 0; i < indexes->count && code == 0 && more; i++) {
        int rc;

        stmt_bind(stmt, number((int64_t)indexes->items[i]));
        rc = sqlite3_step(stmt);
        code = rc == SQLITE_ROW ? tell(telling, stmt, &more, err) : db_error(journal->reader, rc, err);
        sqlite3_reset(stmt);
    }
    return code;
}

int audit_events(struct journal *journal, const char *run_id,
    bool (*each)(void *context, const struct audit_event *event), void *context, struct err *err)
{
    struct telling telling = {.run_id = run_id, .each = each, .context = context};
    struct indexes indexes = {0};
    int code = journal_events(journal, run_id, 0, false, keep_index, &indexes, err);

    if (code == 0)
        code = tell_all(journal, &telling, &indexes, err);
    text_fini(&telling.scratch);
    free(indexes.items);
    return code;
}
