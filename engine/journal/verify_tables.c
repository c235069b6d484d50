/* What is no event: SQLite's pages, pinned sources, the index by run, output. */
#include "base/mem.h"
#include "journal/rows.h"
#include "journal/verify_inside.h"

#include <string.h>

typedef int (*check_row)(struct verify *verify, sqlite3_stmt *row, void *context, struct err *err);

static int each_row(struct verify *verify, const char *sql, check_row check, void *context, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int rc = SQLITE_DONE, code = journal_prepare(verify->journal, sql, &stmt, err);

    while (code == 0 && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        code = check(verify, stmt, context, err);
    return code < 0 || rc == SQLITE_DONE ? code : db_error(verify->journal->reader, rc, err);
}

static int tell_page(struct verify *verify, sqlite3_stmt *row, void *context, struct err *err)
{
    (void)context, (void)err;
    if (strcmp(column_string(row, 0), "ok") != 0)
        verify_found(verify, "the file is damaged: %s", column_string(row, 0));
    return 0;
}

int verify_pages(struct verify *verify, struct err *err)
{
    return each_row(verify, "PRAGMA quick_check(20)", tell_page, NULL, err);
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
    const char *told = run ? value_get_string(run->start, "book") : NULL;

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

static int check_sources(struct verify *verify, struct err *err)
{
    struct pinning pinning = {0};
    int code = each_row(verify, "SELECT sha256, text FROM source", check_source, NULL, err);

    if (code == 0)
        code = each_row(verify,
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

static int check_index(struct verify *verify, struct err *err)
{
    int64_t wrong = 0, missing = 0;
    sqlite3 *db = verify->journal->reader;
    int code = db_number(db,
        "SELECT count(*) FROM run_event r LEFT JOIN event e ON e.idx = r.idx"
        " WHERE e.idx IS NULL OR e.run <> r.run OR e.seq <> r.seq",
        &wrong, err);

    if (code == 0)
        code = db_number(db,
            "SELECT (SELECT count(*) FROM event WHERE idx < (SELECT (coalesce(max(idx), 0) + 1) / 4096 * "
            "4096 FROM "
            "event)) - (SELECT count(*) FROM run_event)",
            &missing, err);
    if (wrong || missing)
        verify_found(verify, "the index of events by run does not fit the events: %lld wrong, %lld missing",
            (long long)wrong, (long long)missing);
    return code;
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

static int check_output(struct verify *verify, struct err *err)
{
    struct reading reading = {0};
    int code = each_row(verify,
        "SELECT id >> 32, path, stream, offset FROM output ORDER BY id >> 32, path, stream, id", check_chunk,
        &reading, err);

    text_fini(&reading.path);
    text_fini(&reading.stream);
    return code;
}

int verify_tables(struct verify *verify, struct err *err)
{
    int code = check_sources(verify, err);

    if (code == 0)
        code = check_index(verify, err);
    return code < 0 ? code : check_output(verify, err);
}
