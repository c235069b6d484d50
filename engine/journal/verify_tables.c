/* What is no event: SQLite's pages, pinned sources, the index by run, output. */
#include "base/mem.h"
#include "journal/blocks.h"
#include "journal/rows.h"
#include "journal/verify_inside.h"

#include <string.h>

typedef int (*check_row)(struct verify *verify, sqlite3_stmt *row, void *context, struct err *err);

static int each_row(
    struct verify *verify, sqlite3 *db, const char *sql, check_row check, void *context, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int rc = SQLITE_DONE, code = db_prepare(db, sql, &stmt, err);

    while (code == 0 && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        code = check(verify, stmt, context, err);
    return code < 0 || rc == SQLITE_DONE ? code : db_error(db, rc, err);
}

/* --- pages -------------------------------------------------------------------------------------------- */

static int tell_damage(struct verify *verify, sqlite3_stmt *row, void *context, struct err *err)
{
    const char *text = column_string(row, 0);

    (void)context, (void)err;
    if (strcmp(text, "ok") != 0)
        verify_found(verify, "the file is damaged: %s", text);
    return 0;
}

int verify_pages(struct verify *verify, sqlite3 *db, struct err *err)
{
    verify->are_pages_read = true;
    if (each_row(verify, db, "PRAGMA quick_check(20)", tell_damage, NULL, err) < 0)
        verify_found(verify, "the file is damaged: %s", err->text);
    return 0;
}

/* --- sources ------------------------------------------------------------------------------------------ */

static int check_source(struct verify *verify, sqlite3_stmt *row, void *context, struct err *err)
{
    struct sha256 hash = sha256_of(sqlite3_column_text(row, 1), (size_t)sqlite3_column_bytes(row, 1));
    char hex[SHA256_HEX_SIZE];

    (void)context, (void)err;
    sha256_hex(&hash, hex);
    verify->result->sources++;
    if (strcmp(hex, column_string(row, 0)) != 0)
        verify_found(verify, "the pinned source %.12s… is not the text of that hash", column_string(row, 0));
    return 0;
}

/* The sources of one run: the hash over their hashes, as book_pin makes it, and the one over their list, as
 * the run's first event has it. */
struct pinning {
    int64_t run, count;
    char book[SHA256_HEX_SIZE];
    struct text hashes, list;
};

static bool has_hash(const struct text *text, const char *hex)
{
    struct sha256 hash = sha256_of(text_str(text), text->len);
    char own[SHA256_HEX_SIZE];

    sha256_hex(&hash, own);
    return strcmp(own, hex) == 0;
}

static void end_pinning(struct verify *verify, struct pinning *pinning)
{
    const struct run_fold *run = verify_run(verify, pinning->run);
    const char *told = !run ? NULL : run->taken_book ? run->taken_book : run->book;

    if (run && (!has_hash(&pinning->hashes, pinning->book) || (told && !has_hash(&pinning->list, told))))
        verify_found(verify, "run %s: its sources are not those that it was begun with", run->id);
    text_clear(&pinning->hashes);
    text_clear(&pinning->list);
    pinning->count = 0;
}

static int check_pinned(struct verify *verify, sqlite3_stmt *row, void *context, struct err *err)
{
    struct pinning *pinning = context;
    int64_t run = sqlite3_column_int64(row, 0);
    const char *hex = column_string(row, 2);

    (void)err;
    if (pinning->run && pinning->run != run)
        end_pinning(verify, pinning);
    pinning->run = run;
    snprintf(pinning->book, sizeof(pinning->book), "%s", column_string(row, 1));
    if (sqlite3_column_type(row, 4) == SQLITE_NULL)
        return 0;
    if (sqlite3_column_int64(row, 4) != pinning->count++)
        verify_found(verify, "the sources of run %lld are not in order", (long long)run);
    text_puts(&pinning->hashes, hex);
    text_printf(&pinning->list, "%s  %s\n", hex, column_string(row, 3));
    return 0;
}

int verify_sources(struct verify *verify, sqlite3 *db, struct err *err)
{
    return each_row(verify, db, "SELECT sha256, text FROM source", check_source, NULL, err);
}

int verify_pinned(struct verify *verify, struct err *err)
{
    struct pinning pinning = {0};
    int code = each_row(verify, verify->journal->reader,
        "SELECT r.no, r.book_sha256, coalesce(s.sha256, ''), l.path, l.position FROM run r"
        " LEFT JOIN run_source l ON l.run = r.no LEFT JOIN source s ON s.no = l.source"
        " ORDER BY r.no, l.position",
        check_pinned, &pinning, err);

    if (code == 0 && pinning.run)
        end_pinning(verify, &pinning);
    text_fini(&pinning.hashes);
    text_fini(&pinning.list);
    return code;
}

/* --- the index by run --------------------------------------------------------------------------------- */

int verify_index_begin(struct verify *verify, struct err *err)
{
    int64_t last = 0;
    int code = db_number(verify->journal->reader, "SELECT coalesce(max(idx), 0) FROM event", &last, err);

    verify->unindexed = (uint64_t)blocks_unindexed(last);
    return code;
}

/* A run's events stand in the index in the order in which they were written, so that both ways of reading
 * them give one chain of hashes. */
void verify_index_event(const struct verify *verify, struct run_fold *run, uint64_t seq, uint64_t index)
{
    if (index < verify->unindexed)
        run->events = hash_chain(run->events, seq, index);
}

/* Of a block that is on its way into the index there may be entries, for events that there are. */
static int check_early(struct verify *verify, sqlite3_stmt *row, sqlite3_stmt *event, struct err *err)
{
    int rc;

    stmt_bind(event, number(sqlite3_column_int64(row, 2)), number(sqlite3_column_int64(row, 0)),
        number(sqlite3_column_int64(row, 1)));
    rc = sqlite3_step(event);
    sqlite3_reset(event);
    if (rc == SQLITE_DONE)
        verify_found(verify, "the index of events by run has event %lld, which is another one or none",
            (long long)sqlite3_column_int64(row, 2));
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : db_error(sqlite3_db_handle(event), rc, err);
}

static int add_to_index(struct verify *verify, sqlite3_stmt *row, void *context, struct err *err)
{
    struct run_fold *run = verify_run(verify, sqlite3_column_int64(row, 0));

    if (run && sqlite3_column_int64(row, 2) >= (int64_t)verify->unindexed)
        return check_early(verify, row, context, err);
    if (run)
        run->indexed = hash_chain(
            run->indexed, (uint64_t)sqlite3_column_int64(row, 1), (uint64_t)sqlite3_column_int64(row, 2));
    else
        verify_found(verify, "the index of events by run has events of a run that is none");
    return 0;
}

int verify_index(struct verify *verify, sqlite3 *db, struct err *err)
{
    sqlite3_stmt *event autostmt = NULL;
    int code = db_prepare(db, "SELECT 1 FROM event WHERE idx = ? AND run = ? AND seq = ?", &event, err);

    if (code < 0)
        return code;
    return each_row(
        verify, db, "SELECT run, seq, idx FROM run_event ORDER BY run, seq, idx", add_to_index, event, err);
}

void verify_index_end(struct verify *verify)
{
    for (size_t i = 0; i < verify->run_count; i++)
        if (verify->runs[i].events != verify->runs[i].indexed)
            verify_found(verify, "run %s: the index of its events does not fit them", verify->runs[i].id);
}

/* --- output ------------------------------------------------------------------------------------------- */

/* One stream of one attempt. */
struct reading {
    int64_t run;
    struct text path, stream, bytes;
    int64_t end;
};

static bool goes_on(const struct reading *reading, sqlite3_stmt *row)
{
    return reading->run == sqlite3_column_int64(row, 0) &&
           strcmp(text_str(&reading->path), column_string(row, 1)) == 0 &&
           strcmp(text_str(&reading->stream), column_string(row, 2)) == 0;
}

static void begin_stream(struct reading *reading, sqlite3_stmt *row)
{
    text_clear(&reading->path);
    text_clear(&reading->stream);
    text_puts(&reading->path, column_string(row, 1));
    text_puts(&reading->stream, column_string(row, 2));
    reading->run = sqlite3_column_int64(row, 0);
    reading->end = 0;
}

/* Masks are shorter or longer than what they hide, so that chunks may begin earlier or later than the text so
 * far is long; they never begin before the chunk before them. */
static int check_chunk(struct verify *verify, sqlite3_stmt *row, void *context, struct err *err)
{
    struct reading *reading = context;
    const struct run_fold *run = verify_run(verify, sqlite3_column_int64(row, 0));
    int64_t offset = sqlite3_column_int64(row, 3);

    (void)err;
    verify->result->chunks++;
    if (!run) {
        verify_found(verify, "output of %s belongs to no run", column_string(row, 1));
        return 0;
    }
    if (!goes_on(reading, row))
        begin_stream(reading, row);
    if (output_stream_parse(column_string(row, 2)) < 0)
        verify_found(verify, "run %s: output of %s has the unknown stream %s", run->id, column_string(row, 1),
            column_string(row, 2));
    if (offset < reading->end)
        verify_found(verify, "run %s: output of %s is not in order", run->id, column_string(row, 1));
    reading->end = offset;
    return 0;
}

int verify_output(struct verify *verify, sqlite3 *db, struct err *err)
{
    struct reading reading = {0};
    int code = each_row(verify, db,
        "SELECT id >> 32, path, stream, offset FROM output ORDER BY id >> 32, path, stream, id", check_chunk,
        &reading, err);

    text_fini(&reading.path);
    text_fini(&reading.stream);
    return code;
}
