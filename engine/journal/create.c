/* create: a new run and the sources it pins, in one transaction. */
#include "journal/create.h"
#include "journal/after.h"
#include "journal/group.h"
#include "journal/inside.h"

struct creation {
    const struct run_row *run;
    const struct source *const *sources;
    size_t source_count;
    const struct run_copy *copy; /* or NULL */
};

static int step_once(struct store *store, const char *sql, int64_t *ret_number, const struct arg *args,
    size_t count, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int rc, code = db_prepare(store->db, sql, &stmt, err);

    if (code < 0)
        return code;
    rc = stmt_number_args(stmt, ret_number, args, count);
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : db_error(store->db, rc, err);
}

#define once(store, ret_number, err, sql, ...) step_once(store, sql, ret_number, ARGS(__VA_ARGS__), err)

static struct arg json(const json_t *value, struct text *text)
{
    if (!value)
        return string_or_null("");
    value_canonical(value, text);
    return string_n(text_str(text), text->len);
}

static int insert_run(struct store *store, const struct run_row *run, struct err *err)
{
    struct text params autotext = {0}, labels autotext = {0}, extra autotext = {0};

    return once(store, NULL, err,
        "INSERT INTO run (id, status, created_us, started_us, finished_us, warnings, message, engine, "
        "engine_host,"
        " engine_pid, engine_start, lease_until_us, runbook, title, severity, file, book_sha256, user, host, "
        "way,"
        " trigger, parent, params, labels, group_name, group_limit, extra, epoch)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
        string(run->id), string(run_status_name(run->status)), number(run->created_us),
        number(run->started_us), number(run->finished_us), number((int64_t)run->warnings),
        string(run->message), string(run->engine), string(run->engine_host), number(run->engine_pid),
        number(run->engine_start), number(run->lease_until_us), string(run->runbook), string(run->title),
        string(run->severity), string(run->file), string(run->book_sha256), string(run->initiator.user),
        string(run->initiator.host), string(run->initiator.way), string(run->trigger), string(run->parent),
        json(run->params, &params), json(run->labels, &labels), string(run->group), number(run->group_limit),
        json(run->extra, &extra));
}

static int find_source(struct store *store, const struct source *source, int64_t *ret_no, struct err *err)
{
    *ret_no = 0;
    return once(store, ret_no, err, "SELECT no FROM source WHERE sha256 = ?", string(source->sha256));
}

static int keep_source(struct store *store, const struct source *source, int64_t *ret_no, struct err *err)
{
    int code = find_source(store, source, ret_no, err);

    if (code < 0 || *ret_no)
        return code;
    return once(store, ret_no, err, "INSERT INTO source (sha256, text) VALUES (?, ?) RETURNING no",
        string(source->sha256), string_n(source->text, source->len));
}

static int link_source(
    struct store *store, int64_t run, size_t position, const struct source *source, struct err *err)
{
    int64_t no;
    int code = keep_source(store, source, &no, err);

    if (code < 0)
        return code;
    return once(store, NULL, err, "INSERT INTO run_source (run, position, path, source) VALUES (?, ?, ?, ?)",
        number(run), number((int64_t)position), string(source->path), number(no));
}

int create_rows(struct store *store, const struct run_row *run, const struct source *sources,
    size_t source_count, struct err *err)
{
    int code = insert_run(store, run, err);
    int64_t no = sqlite3_last_insert_rowid(store->db);

    for (size_t i = 0; i < source_count && code == 0; i++)
        code = link_source(store, no, i, &sources[i], err);
    return code;
}

/* Every chunk of what a step printed that has ended in the events ?2 to ?3. Rows of the other run keep their
 * order. */
static int copy_output(struct store *store, int64_t to, const char *from, int64_t first, struct err *err)
{
    return once(store, NULL, err,
        "INSERT INTO output (id, path, stream, wall_us, offset, omitted, total, sha256, bytes)"
        " SELECT (?1 << 32) + row_number() OVER (ORDER BY o.id), o.path, o.stream, o.wall_us, o.offset,"
        " o.omitted, o.total, o.sha256, o.bytes"
        " FROM run r CROSS JOIN output o ON o.id > r.no << 32 AND o.id < (r.no + 1) << 32"
        " WHERE r.id = ?2 AND o.path IN (SELECT path FROM event WHERE idx BETWEEN ?3 AND ?4 AND run = ?1"
        " AND type IN ('step.finished', 'step.retrying', 'step.lost', 'effect.returned'))",
        number(to), string(from), number(first), number(store->next_index - 1));
}

static int write_copy(struct store *store, int64_t run, const struct creation *creation, struct err *err)
{
    const struct run_copy *copy = creation->copy;
    const struct after_rows rows = {creation->run->id, copy->events, copy->event_count};
    const struct postscript postscript = {copy->from, copy->last, {copy->from, copy->after, 1}};
    int64_t first = store->next_index;
    int code = after_write(store, &rows, err);

    if (code == 0)
        code = copy_output(store, run, copy->from, first, err);
    if (code == 0)
        code = after_add(store, &postscript, err);
    return code == 0 ? group_enter(store, creation->run->id, err) : code;
}

static int create(struct store *store, const void *context, struct err *err)
{
    const struct creation *creation = context;
    int code = insert_run(store, creation->run, err);
    int64_t run = sqlite3_last_insert_rowid(store->db);

    if (code == 0 && *creation->run->engine)
        store_hold(store, creation->run->id, 1);
    for (size_t i = 0; i < creation->source_count && code == 0; i++)
        code = link_source(store, run, i, creation->sources[i], err);
    if (code == 0 && creation->copy)
        code = write_copy(store, run, creation, err);
    return code;
}

static int create_in_transaction(struct journal *journal, const struct creation *creation, struct err *err)
{
    int code = journal_check_writable(journal, err);

    if (code == 0)
        code = store_transact(&journal->store, create, creation, err);
    return code < 0 ? err_wrap(err, "creating run %s", creation->run->id) : 0;
}

int journal_create_run(struct journal *journal, const struct run_row *run,
    const struct source *const *sources, size_t source_count, struct err *err)
{
    return create_in_transaction(journal, &(struct creation){run, sources, source_count, NULL}, err);
}

int journal_create_copy(struct journal *journal, const struct run_row *run,
    const struct source *const *sources, size_t source_count, const struct run_copy *copy, struct err *err)
{
    return create_in_transaction(journal, &(struct creation){run, sources, source_count, copy}, err);
}
