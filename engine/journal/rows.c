#include "journal/rows.h"
#include "journal/blocks.h"
#include "journal/canonical.h"
#include "journal/db.h"
#include "journal/sql.h"
#include "journal/store.h"

#include <string.h>

/* --- events ------------------------------------------------------------------------------------------- */

static int update_run(
    struct store *store, const struct store_run *run, const struct row *row, struct err *err)
{
    const struct event *event = &row->event;
    bool started = event->type == EVENT_RUN_STARTED || event->type == EVENT_RUN_FORKED,
         finished = event->type == EVENT_RUN_FINISHED;
    sqlite3_stmt *stmt;
    int code = store_statement(store, STORE_UPDATE_RUN, &stmt, err);

    if (code < 0)
        return code;
    return db_done(store->db,
        stmt_run(stmt, number(run->no), string(event_status_name(event)),
            number_unless(0, started ? event->wall_us : 0), number_unless(0, finished ? event->wall_us : 0),
            number_unless(-1, row->change->warnings),
            string_n(row->change->message, row->change->message ? strlen(row->change->message) : 0)),
        err);
}

static struct sha256 leaf_of(struct store *store, const struct row *row)
{
    struct event event = row->event;

    event.index = (uint64_t)store->next_index;
    return canonical_leaf(row->run_id, &event, row->data, row->data_len, row->redacted, &store->canonical);
}

static int insert_event(struct store *store, const struct store_run *run, const struct row *row,
    const struct sha256 *leaf, struct err *err)
{
    const struct event *event = &row->event;
    sqlite3_stmt *stmt;
    int code = store_statement(store, STORE_INSERT_EVENT, &stmt, err);

    if (code < 0)
        return code;
    return db_done(store->db,
        stmt_run(stmt, number(store->next_index), number(run->no), number((int64_t)event->seq),
            number(event->wall_us), number(event->mono_us), string(event_type_name(event->type)),
            number(event->cause), string_or_null(event->path), string_or_null(event->by.user),
            string_or_null(event->by.host), string_or_null(event->by.way),
            string_or_null(event_status_name(event)), string_or_null(fail_class_name(event->class_)),
            number_unless(-1, event->exit_code), number_unless(0, event->attempt),
            number_unless(-1, event->due_us), string_n(row->data, row->data_len),
            blob(leaf->bytes, sizeof(leaf->bytes))),
        err);
}

static int mark_redacted(struct store *store, const struct row *row, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int code = db_prepare(store->db, "UPDATE event SET redacted = ? WHERE idx = ?", &stmt, err);

    if (code < 0)
        return code;
    return db_done(
        store->db, stmt_run(stmt, blob(row->redacted->bytes, SHA256_SIZE), number(store->next_index)), err);
}

/* Of a run that another engine has taken over nothing is written, see store_is_fenced. */
int row_write_event(struct store *store, const struct row *row, struct err *err)
{
    struct store_run *run;
    struct sha256 leaf;
    int code = store_run_of(store, row->run_id, &run, err);

    if (code == 0 && run->is_fenced)
        return 0;
    if (code < 0)
        return code;
    leaf = leaf_of(store, row);
    code = insert_event(store, run, row, &leaf, err);
    if (code == 0 && row->redacted)
        code = mark_redacted(store, row, err);
    if (code == 0 && row->change)
        code = update_run(store, run, row, err);
    if (code == 0)
        code = blocks_event(store, run->no, row->event.seq, &leaf, err);
    if (code == 0)
        store->next_index++;
    return code;
}

/* --- outputs ------------------------------------------------------------------------------------------ */

static const char *const stream_names[] = {
    [OUTPUT_STDOUT] = "stdout", [OUTPUT_STDERR] = "stderr", [OUTPUT_BODY] = "body"};

const char *output_stream_name(enum output_stream stream)
{
    return stream_names[stream];
}

int output_stream_parse(const char *name)
{
    for (int i = 0; i < (int)(sizeof(stream_names) / sizeof(stream_names[0])); i++)
        if (strcmp(stream_names[i], name) == 0)
            return i;
    return -1;
}

static int find_next_chunk(struct store *store, struct store_run *run, struct err *err)
{
    int64_t first = run->no << STORE_CHUNK_BITS, end = (run->no + 1) << STORE_CHUNK_BITS, last = 0;
    sqlite3_stmt *stmt;
    int rc, code;

    if (run->next_chunk >= 0)
        return 0;
    code = store_statement(store, STORE_LAST_CHUNK, &stmt, err);
    if (code < 0)
        return code;
    rc = stmt_number(stmt, &last, number(first), number(end - 1));
    run->next_chunk = (last ? last : first) + 1;
    return rc == SQLITE_ROW ? 0 : db_error(store->db, rc, err);
}

int row_write_output(struct store *store, const struct row *row, struct err *err)
{
    const struct output_chunk *chunk = &row->chunk;
    struct store_run *run;
    sqlite3_stmt *stmt = NULL;
    int code = store_run_of(store, row->run_id, &run, err);

    if (code == 0 && run->is_fenced)
        return 0;
    if (code == 0)
        code = find_next_chunk(store, run, err);
    if (code == 0)
        code = store_statement(store, STORE_INSERT_OUTPUT, &stmt, err);
    if (code < 0)
        return code;
    return db_done(store->db,
        stmt_run(stmt, number(run->next_chunk++), string(chunk->path),
            string(output_stream_name(chunk->stream)), number(chunk->wall_us), number((int64_t)chunk->offset),
            number_unless(0, (int64_t)chunk->omitted),
            number_unless(-1, chunk->is_last ? (int64_t)chunk->total : -1), string_or_null(chunk->sha256),
            blob(chunk->bytes, chunk->len)),
        err);
}

/* --- the rest ----------------------------------------------------------------------------------------- */

/* The statement for a row of a run; NULL when nothing is to be written, because the run is another's now. */
static int begin_row(struct store *store, const struct row *row, enum store_statement which,
    struct store_run **ret_run, sqlite3_stmt **ret_stmt, struct err *err)
{
    int code = store_run_of(store, row->run_id, ret_run, err);

    *ret_stmt = NULL;
    return code < 0 || (*ret_run)->is_fenced ? code : store_statement(store, which, ret_stmt, err);
}

int row_write_inbox_taken(struct store *store, const struct row *row, struct err *err)
{
    struct store_run *run;
    sqlite3_stmt *stmt;
    int code = begin_row(store, row, STORE_INBOX_TAKEN, &run, &stmt, err);

    return stmt ? db_done(store->db, stmt_run(stmt, number(row->number)), err) : code;
}

int row_write_lease(struct store *store, const struct row *row, struct err *err)
{
    struct store_run *run;
    sqlite3_stmt *stmt;
    int code = begin_row(store, row, STORE_LEASE, &run, &stmt, err);

    return stmt ? db_done(store->db, stmt_run(stmt, number(run->no), number(row->number)), err) : code;
}

static int leave(struct store *store, const struct row *row, struct err *err)
{
    struct store_run *run;
    sqlite3_stmt *stmt;
    int code = begin_row(store, row, STORE_LEAVE_RUN, &run, &stmt, err);

    return stmt ? db_done(store->db, stmt_run(stmt, number(run->no)), err) : code;
}

int row_write_rest(struct store *store, const struct row *row, struct err *err)
{
    struct store_run *run;
    sqlite3_stmt *stmt;
    int code;

    if (row->number == KEEP_NOT)
        return leave(store, row, err);
    code = begin_row(store, row, STORE_KEEP_RUN, &run, &stmt, err);
    return stmt ? db_done(store->db, stmt_run(stmt, number(run->no), number(row->number)), err) : code;
}

int row_write_keep_on(struct store *store, const struct row *row, struct err *err)
{
    sqlite3_stmt *stmt;
    int code = store_statement(store, STORE_KEEP_ON, &stmt, err);

    return code < 0 ? code
                    : db_done(store->db,
                          stmt_run(stmt, number(row->keeper.until_us), number(row->keeper.pid),
                              number(row->keeper.start)),
                          err);
}

int row_let_go(struct store *store, const struct row *row, struct err *err)
{
    (void)err;
    store_let_go(store, row->run_id);
    return 0;
}
