/* runs: the rows of runs, and finding one by what a person types. */
#include "journal/audit.h"
#include "journal/inside.h"
#include "base/mem.h"
#include "journal/lease.h"

enum { PREFIX_MIN = 6, ID_LEN = RUN_ID_SIZE - 1, CANDIDATES_SHOWN = 5 };

#define RUN_COLUMNS                                                                                          \
    "SELECT id, status, created_us, started_us, finished_us, warnings, message, engine, engine_host, "       \
    "engine_pid,"                                                                                            \
    " engine_start, lease_until_us, runbook, title, severity, file, book_sha256, user, host, way, trigger, " \
    "parent,"                                                                                                \
    " params, labels, group_name, group_limit, extra,"                                                       \
    " (SELECT c.id FROM run c WHERE c.parent = run.id AND c.parent <> '' ORDER BY c.no DESC LIMIT 1),"       \
    " (SELECT due_us FROM timer WHERE timer.run = run.no) FROM run "

/* --- rows --------------------------------------------------------------------------------------------- */

static bool has_ended(enum run_status status)
{
    return status == RUN_SUCCEEDED || status == RUN_FAILED || status == RUN_CANCELLED;
}

/* At rest it is nobody's, and is taken up when it is due as long as there is a keeper. */
static bool is_left(const struct run_row *row, bool has_keeper)
{
    return *row->engine &&
           lease_holder_is_gone(row->engine_host, row->engine_pid, row->engine_start, row->lease_until_us) &&
           !(row->keep_us != KEEP_NOT && has_keeper);
}

static enum run_status status_now(const struct run_row *row, const char *stored, bool has_keeper)
{
    int status = run_status_parse(stored);

    if (status < 0)
        return RUN_QUEUED;
    return has_ended((enum run_status)status) || !is_left(row, has_keeper) ? (enum run_status)status
                                                                           : RUN_INTERRUPTED;
}

/* Strings belong to the statement; params and labels are left out. */
static struct run_row read_row(sqlite3_stmt *stmt, bool has_keeper)
{
    struct run_row row = {
        .created_us = sqlite3_column_int64(stmt, 2),
        .started_us = sqlite3_column_int64(stmt, 3),
        .finished_us = sqlite3_column_int64(stmt, 4),
        .warnings = (size_t)sqlite3_column_int64(stmt, 5),
        .message = column_string(stmt, 6),
        .engine = column_string(stmt, 7),
        .engine_host = column_string(stmt, 8),
        .engine_pid = sqlite3_column_int64(stmt, 9),
        .engine_start = sqlite3_column_int64(stmt, 10),
        .lease_until_us = sqlite3_column_int64(stmt, 11),
        .runbook = column_string(stmt, 12),
        .title = column_string(stmt, 13),
        .severity = column_string(stmt, 14),
        .file = column_string(stmt, 15),
        .book_sha256 = column_string(stmt, 16),
        .initiator = {column_string(stmt, 17), column_string(stmt, 18), column_string(stmt, 19)},
        .trigger = column_string(stmt, 20),
        .parent = column_string(stmt, 21),
        .successor = column_string(stmt, 27),
        .group = column_string(stmt, 24),
        .group_limit = sqlite3_column_int64(stmt, 25),
        .keep_us = sqlite3_column_int64(stmt, 28),
    };

    snprintf(row.id, sizeof(row.id), "%s", column_string(stmt, 0));
    row.status = status_now(&row, column_string(stmt, 1), has_keeper);
    return row;
}

static void read_values(struct run_row *row, sqlite3_stmt *stmt)
{
    row->params = column_value(stmt, 22);
    row->labels = column_value(stmt, 23);
    row->extra = column_value(stmt, 26);
}

static void drop_values(struct run_row *row)
{
    json_decref(row->params);
    json_decref(row->labels);
    json_decref(row->extra);
}

/* A row that outlives its statement: the strings are in the arena behind it. */
struct kept_row {
    struct run_row row; /* first: it is what the caller holds */
    struct arena arena;
};

struct run_row *journal_get_run(struct journal *journal, const char *run_id, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    struct kept_row *kept;
    int rc, code = journal_prepare(journal, RUN_COLUMNS "WHERE id = ?", &stmt, err);

    if (code < 0)
        return NULL;
    stmt_bind(stmt, string(run_id));
    rc = sqlite3_step(stmt);
    if (rc != SQLITE_ROW) {
        rc == SQLITE_DONE ? err_set(err, ERR_NOT_FOUND, "the journal %s has no run %s", journal->path, run_id)
                          : db_error(journal->reader, rc, err);
        return NULL;
    }
    kept = mem_alloc(sizeof(*kept));
    kept->row = read_row(stmt, journal_keeper(journal) != 0);
    read_values(&kept->row, stmt);
    const char **strings[] = {&kept->row.message, &kept->row.engine, &kept->row.engine_host,
        &kept->row.runbook, &kept->row.title, &kept->row.severity, &kept->row.file, &kept->row.book_sha256,
        &kept->row.initiator.user, &kept->row.initiator.host, &kept->row.initiator.way, &kept->row.trigger,
        &kept->row.parent, &kept->row.group, &kept->row.successor};
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
        *strings[i] = arena_strdup(&kept->arena, *strings[i]);
    return &kept->row;
}

void run_row_free(struct run_row *row)
{
    struct kept_row *kept = (struct kept_row *)row;

    if (!kept)
        return;
    drop_values(&kept->row);
    arena_fini(&kept->arena);
    free(kept);
}

static bool fits(const struct run_row *row, const struct run_filter *filter)
{
    return !filter->status || strcmp(run_status_name(row->status), filter->status) == 0;
}

int journal_runs(struct journal *journal, const struct run_filter *filter,
    bool (*each)(void *context, const struct run_row *run), void *context, struct err *err)
{
    size_t left = filter->limit ? filter->limit : 50;
    bool has_keeper = journal_keeper(journal) != 0;
    sqlite3_stmt *stmt autostmt = NULL;
    int rc, code = journal_prepare(journal,
                RUN_COLUMNS "WHERE (?1 IS NULL OR runbook = ?1) AND created_us >= ?2 ORDER BY no DESC", &stmt,
                err);

    if (code < 0)
        return code;
    stmt_bind(stmt, string_or_null(filter->runbook), number(filter->since_us));
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct run_row row = read_row(stmt, has_keeper);
        bool more;

        if (!fits(&row, filter))
            continue;
        read_values(&row, stmt); /* only of those that are wanted: this is what takes the time */
        more = each(context, &row);
        drop_values(&row);
        if (!more || --left == 0)
            return 0;
    }
    return db_done(journal->reader, rc, err);
}

/* --- names -------------------------------------------------------------------------------------------- */

/* The id in the first row of a query with one parameter. ERR_NOT_FOUND without text when there is none. */
static int find_id(
    struct journal *journal, const char *sql, const char *name, char ret_id[RUN_ID_SIZE], struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int rc, code = journal_prepare(journal, sql, &stmt, err);

    if (code < 0)
        return code;
    stmt_bind(stmt, string(name));
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        snprintf(ret_id, RUN_ID_SIZE, "%s", column_string(stmt, 0));
    return rc == SQLITE_ROW ? 0 : rc == SQLITE_DONE ? ERR_NOT_FOUND : db_error(journal->reader, rc, err);
}

/* All ids that begin with the prefix: base32 letters are all below '~'. */
#define BY_PREFIX "SELECT id, runbook FROM run WHERE id >= ?1 AND id < ?1 || '~' ORDER BY id LIMIT 6"

static int find_prefix(struct journal *journal, const char *prefix, char ret_id[RUN_ID_SIZE], struct err *err)
{
    struct text candidates autotext = {0};
    sqlite3_stmt *stmt autostmt = NULL;
    int rc, count = 0, code = journal_prepare(journal, BY_PREFIX, &stmt, err);

    if (code < 0)
        return code;
    stmt_bind(stmt, string(prefix));
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && count++ < CANDIDATES_SHOWN) {
        text_printf(
            &candidates, "%s%s (%s)", count > 1 ? ", " : "", column_string(stmt, 0), column_string(stmt, 1));
        if (count == 1)
            snprintf(ret_id, RUN_ID_SIZE, "%s", column_string(stmt, 0));
    }
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return db_error(journal->reader, rc, err);
    if (count > 1)
        return err_set(err, ERR_CONFLICT, "'%s' could be %s%s; give more letters", prefix,
            text_str(&candidates), count > CANDIDATES_SHOWN ? " and more" : "");
    return count ? 0 : ERR_NOT_FOUND;
}

static bool looks_like_id(const char *name)
{
    size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz234567");

    return len >= PREFIX_MIN && len <= ID_LEN && !name[len];
}

int journal_find_run(struct journal *journal, const char *name, char ret_id[RUN_ID_SIZE], struct err *err)
{
    struct text pruned autotext = {0};
    int code = ERR_NOT_FOUND;

    if (strcmp(name, "last") == 0) {
        code = find_id(journal, "SELECT id FROM run ORDER BY no DESC LIMIT 1", name, ret_id, err);
        return code == ERR_NOT_FOUND ? err_set(err, code, "the journal %s has no runs yet", journal->path)
                                     : code;
    }
    if (looks_like_id(name))
        code = find_prefix(journal, name, ret_id, err);
    if (code == ERR_NOT_FOUND)
        code = find_id(
            journal, "SELECT id FROM run WHERE runbook = ? ORDER BY no DESC LIMIT 1", name, ret_id, err);
    if (code == ERR_NOT_FOUND && looks_like_id(name) && audit_pruned_words(journal, name, &pruned))
        return err_set(err, code, "%s", text_str(&pruned));
    if (code == ERR_NOT_FOUND)
        return err_set(err, code,
            "no run '%s' in %s; name one by at least %d letters of its id, by its runbook, or as 'last' "
            "(runbook runs lists them)",
            name, journal->path, PREFIX_MIN);
    return code;
}

static size_t common(const char *a, const char *b)
{
    size_t n = 0;

    while (a[n] && a[n] == b[n])
        n++;
    return n;
}

void journal_short_id(struct journal *journal, const char *run_id, char ret_id[RUN_ID_SIZE])
{
    static const char *const neighbours[] = {
        "SELECT max(id) FROM run WHERE id < ?", "SELECT min(id) FROM run WHERE id > ?"};
    size_t len = PREFIX_MIN;

    for (int i = 0; i < 2; i++) {
        char neighbour[RUN_ID_SIZE];
        int code = find_id(journal, neighbours[i], run_id, neighbour, NULL);
        size_t need = code < 0 ? ID_LEN : common(run_id, neighbour) + 1;

        len = need > len ? need : len;
    }
    snprintf(ret_id, RUN_ID_SIZE, "%.*s", (int)len, run_id);
}
