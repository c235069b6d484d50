/* read: a run's events, output and sources. */
#include "journal/read.h"
#include "journal/blocks.h"
#include "journal/event_row.h"
#include "journal/rows.h"

/* --- events ------------------------------------------------------------------------------------------- */

/* ?1 the run, ?2 the first sequence number, ?3 where the blocks begin that may not be in the index yet. Read
 * one after the other: between the two the journal may go on, but what lies before ?3 is indexed for good. */
#define INDEXED                                                                                              \
    " FROM run_event r CROSS JOIN event e ON e.idx = r.idx WHERE r.run = ?1 AND r.seq >= ?2 AND r.idx < ?3"  \
    " ORDER BY r.seq"
#define UNINDEXED " FROM event e WHERE e.idx >= ?3 AND e.run = ?1 AND e.seq >= ?2 ORDER BY e.idx"

struct event_query {
    int64_t run, from_seq, unindexed;
    read_row *each;
    void *context;
};

/* 1 when it was stopped. */
static int query_events(
    struct journal *journal, const char *sql, const struct event_query *query, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int rc, code = journal_prepare(journal, sql, &stmt, err);

    if (code < 0)
        return code;
    stmt_bind(stmt, number(query->run), number(query->from_seq), number(query->unindexed));
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        code = query->each(query->context, stmt, err);
        if (code != 0)
            return code;
    }
    return db_done(journal->reader, rc, err);
}

/* Where the blocks begin that may not be in the index yet, and the run's number (0 when there is no such
 * run). */
static int look_up(struct journal *journal, const char *run_id, struct event_query *query, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int rc, code = journal_prepare(journal,
                "SELECT (SELECT no FROM run WHERE id = ?1), coalesce((SELECT max(idx) FROM event), 0)", &stmt,
                err);

    if (code < 0)
        return code;
    stmt_bind(stmt, string(run_id));
    rc = sqlite3_step(stmt);
    if (rc != SQLITE_ROW)
        return db_error(journal->reader, rc, err);
    query->run = sqlite3_column_int64(stmt, 0);
    query->unindexed = blocks_unindexed(sqlite3_column_int64(stmt, 1));
    return 0;
}

int read_events(struct journal *journal, const char *run_id, uint64_t from_seq, enum read_columns columns,
    read_row *each, void *context, struct err *err)
{
    static const char *const sql[][2] = {
        [READ_INDEX] = {"SELECT r.idx FROM run_event r WHERE r.run = ?1 AND r.seq >= ?2 AND r.idx < ?3"
                        " ORDER BY r.seq",
            "SELECT e.idx" UNINDEXED},
        [READ_EVENT] = {EVENT_COLUMNS INDEXED, EVENT_COLUMNS UNINDEXED},
        [READ_DATA] = {EVENT_COLUMNS ", e.data" INDEXED, EVENT_COLUMNS ", e.data" UNINDEXED},
    };
    struct event_query query = {.from_seq = (int64_t)from_seq, .each = each, .context = context};
    int code = look_up(journal, run_id, &query, err);

    for (int part = 0; part < 2 && code == 0; part++)
        code = query_events(journal, sql[columns][part], &query, err);
    return code < 0 ? code : 0;
}

struct telling {
    bool with_data;
    bool (*each)(void *context, const struct event *event);
    void *context;
};

static int tell_event(void *context, sqlite3_stmt *row, struct err *err)
{
    const struct telling *telling = context;
    struct event event;
    bool more;
    int code = event_row_read(row, &event, err);

    if (code < 0)
        return code;
    event.data = telling->with_data ? column_value(row, EVENT_DATA_COLUMN) : NULL;
    more = telling->each(telling->context, &event);
    json_decref(event.data);
    return !more;
}

int journal_events(struct journal *journal, const char *run_id, uint64_t from_seq, bool with_data,
    bool (*each)(void *context, const struct event *event), void *context, struct err *err)
{
    struct telling telling = {with_data, each, context};

    return read_events(
        journal, run_id, from_seq, with_data ? READ_DATA : READ_EVENT, tell_event, &telling, err);
}

/* --- output ------------------------------------------------------------------------------------------- */

static struct output_chunk read_chunk(sqlite3_stmt *stmt)
{
    int stream = output_stream_parse(column_string(stmt, 2));

    return (struct output_chunk){
        .path = column_string(stmt, 1),
        .stream = stream < 0 ? OUTPUT_BODY : (enum output_stream)stream,
        .wall_us = sqlite3_column_int64(stmt, 3),
        .offset = (uint64_t)sqlite3_column_int64(stmt, 4),
        .omitted = (uint64_t)sqlite3_column_int64(stmt, 5),
        .is_last = sqlite3_column_type(stmt, 6) != SQLITE_NULL,
        .total = (uint64_t)sqlite3_column_int64(stmt, 6),
        .sha256 = (const char *)sqlite3_column_text(stmt, 7),
        .bytes = sqlite3_column_blob(stmt, 8),
        .len = (size_t)sqlite3_column_bytes(stmt, 8),
    };
}

int journal_output(struct journal *journal, const char *run_id, const char *path, int64_t *after,
    bool (*each)(void *context, const struct output_chunk *chunk), void *context, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int rc, code = journal_prepare(journal,
                "SELECT o.id, o.path, o.stream, o.wall_us, o.offset, o.omitted, o.total, o.sha256, o.bytes"
                " FROM run r CROSS JOIN output o ON o.id > max(r.no << 32, ?3) AND o.id < (r.no + 1) << 32"
                " WHERE r.id = ?1 AND (?2 IS NULL OR o.path = ?2) ORDER BY o.id",
                &stmt, err);

    if (code < 0)
        return code;
    stmt_bind(stmt, string(run_id), path ? string(path) : string_or_null(""), number(after ? *after : 0));
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct output_chunk chunk = read_chunk(stmt);

        if (after)
            *after = sqlite3_column_int64(stmt, 0);
        if (!each(context, &chunk))
            return 0;
    }
    return db_done(journal->reader, rc, err);
}

/* --- sources ------------------------------------------------------------------------------------------ */

int journal_sources(struct journal *journal, const char *run_id,
    bool (*each)(void *context, const struct source *source), void *context, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int rc, code = journal_prepare(journal,
                "SELECT l.path, s.text, s.sha256 FROM run r JOIN run_source l ON l.run = r.no JOIN source s "
                "ON s.no = l.source"
                " WHERE r.id = ? ORDER BY l.position",
                &stmt, err);

    if (code < 0)
        return code;
    stmt_bind(stmt, string(run_id));
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct source source = {
            .path = column_string(stmt, 0),
            .text = column_string(stmt, 1),
            .len = (size_t)sqlite3_column_bytes(stmt, 1),
        };

        snprintf(source.sha256, sizeof(source.sha256), "%s", column_string(stmt, 2));
        if (!each(context, &source))
            return 0;
    }
    return db_done(journal->reader, rc, err);
}
