/* The events of one run, as they are proved. */
#include "base/mem.h"
#include "journal/audit.h"
#include "journal/canonical.h"
#include "journal/event_row.h"
#include "journal/read.h"

struct indexes {
    uint64_t *items;
    size_t count, cap;
};

static int keep_index(void *context, sqlite3_stmt *row, struct err *err)
{
    struct indexes *indexes = context;

    (void)err;
    indexes->items = mem_grow(indexes->items, indexes->count, &indexes->cap, sizeof(*indexes->items));
    indexes->items[indexes->count++] = (uint64_t)sqlite3_column_int64(row, 0);
    return 0;
}

int audit_indexes(
    struct journal *journal, const char *run_id, uint64_t **ret_indexes, size_t *ret_count, struct err *err)
{
    struct indexes indexes = {0};
    int code = read_events(journal, run_id, 0, READ_INDEX, keep_index, &indexes, err);

    *ret_indexes = indexes.items;
    *ret_count = indexes.count;
    return code;
}

struct telling {
    const char *run_id;
    bool (*each)(void *context, const struct audit_event *event);
    void *context;
    struct text scratch;
};

/* 1 when that was enough. */
static int tell(struct telling *telling, sqlite3_stmt *row, struct err *err)
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
    return !telling->each(
        telling->context, &(struct audit_event){event.index, text_str(&telling->scratch), data});
}

static int tell_all(
    struct journal *journal, struct telling *telling, const uint64_t *indexes, size_t count, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int code = journal_prepare(
        journal, EVENT_COLUMNS ", e.data, e.redacted FROM event e WHERE e.idx = ?", &stmt, err);

    for (size_t i = 0; i < count && code == 0; i++) {
        int rc;

        stmt_bind(stmt, number((int64_t)indexes[i]));
        rc = sqlite3_step(stmt);
        code = rc == SQLITE_ROW ? tell(telling, stmt, err) : db_error(journal->reader, rc, err);
        sqlite3_reset(stmt);
    }
    return code < 0 ? code : 0;
}

int audit_events(struct journal *journal, const char *run_id, const uint64_t *indexes, size_t count,
    bool (*each)(void *context, const struct audit_event *event), void *context, struct err *err)
{
    struct telling telling = {.run_id = run_id, .each = each, .context = context};
    int code = tell_all(journal, &telling, indexes, count, err);

    text_fini(&telling.scratch);
    return code;
}
