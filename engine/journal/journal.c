#include "journal/inside.h"
#include "base/mem.h"
#include "journal/place.h"
#include "journal/rows.h"

#include <assert.h>
#include <sys/stat.h>

/* --- open and close ----------------------------------------------------------------------------------- */

static int open_store(struct journal *journal, struct err *err)
{
    int code = store_open(&journal->store, journal->path, journal->sync, err);

    if (code == 0)
        journal->writer = writer_new(&journal->store);
    return code;
}

int journal_open(const struct journal_options *options, struct journal **ret_journal, struct err *err)
{
    struct journal *journal = mem_alloc(sizeof(*journal));
    int code = 0;

    journal->sync = options->sync;
    journal->read_only = options->read_only;
    journal->reader_version = -1;
    journal->path = place_find(options->path, err);
    if (!journal->path)
        code = ERR_USAGE;
    else if (journal->read_only)
        code = journal_reader(journal, err);
    else
        code = open_store(journal, err);
    if (code < 0) {
        journal_close(journal);
        return code;
    }
    *ret_journal = journal;
    return 0;
}

void journal_close(struct journal *journal)
{
    if (!journal)
        return;
    if (journal->pending)
        journal_commit(journal, NULL, NULL);
    writer_free(journal->writer);
    db_close(journal->reader);
    store_close(&journal->store);
    free(journal->taken);
    free(journal->path);
    free(journal);
}

int journal_await(
    struct journal *journal, void (*told)(void *context, const char *text), void *context, struct err *err)
{
    return store_await(&journal->store, told, context, err);
}

const char *journal_path(const struct journal *journal)
{
    return journal->path;
}

int journal_reader(struct journal *journal, struct err *err)
{
    return journal->reader ? 0 : db_open_reader(journal->path, &journal->reader, err);
}

int journal_prepare(struct journal *journal, const char *sql, sqlite3_stmt **ret_stmt, struct err *err)
{
    int code = journal_reader(journal, err);

    return code < 0 ? code : db_prepare(journal->reader, sql, ret_stmt, err);
}

int journal_check_writable(const struct journal *journal, struct err *err)
{
    return journal->read_only
               ? err_set(err, ERR_USAGE, "the journal %s was opened for reading only", journal->path)
               : 0;
}

/* --- the live stream ---------------------------------------------------------------------------------- */

struct batch *journal_pending(struct journal *journal)
{
    assert(!journal->read_only);
    if (!journal->pending)
        journal->pending = writer_batch(journal->writer);
    return journal->pending;
}

void journal_append(struct journal *journal, const char *run_id, const struct event *event)
{
    batch_add_event(journal_pending(journal), run_id, event);
}

void journal_append_output(struct journal *journal, const char *run_id, const struct output_chunk *chunk)
{
    batch_add_output(journal_pending(journal), run_id, chunk);
}

void journal_lease(struct journal *journal, const char *run_id, int64_t until_us)
{
    batch_add(journal_pending(journal), row_write_lease, run_id)->number = until_us;
}

void journal_let_go(struct journal *journal, const char *run_id)
{
    batch_add(journal_pending(journal), row_let_go, run_id);
}

static struct batch *take_pending(struct journal *journal, journal_done done, void *context)
{
    struct batch *batch = journal_pending(journal);

    batch->done = done;
    batch->context = context;
    journal->pending = NULL;
    return batch;
}

uint64_t journal_commit(struct journal *journal, journal_done done, void *context)
{
    journal->submitted = writer_submit(journal->writer, take_pending(journal, done, context));
    return journal->submitted;
}

uint64_t journal_commit_here(struct journal *journal, bool is_idle, journal_done done, void *context)
{
    struct batch *batch = take_pending(journal, done, context);

    if (is_idle || journal->sync == JOURNAL_SYNC_NORMAL)
        journal->submitted = writer_write_here(journal->writer, batch);
    else
        journal->submitted = writer_submit(journal->writer, batch);
    return journal->submitted;
}

uint64_t journal_durable(struct journal *journal)
{
    return journal->writer ? writer_durable(journal->writer) : 0;
}

int journal_trouble(struct journal *journal, struct err *err)
{
    return journal->writer ? writer_trouble(journal->writer, err) : 0;
}

int journal_flush(struct journal *journal, int64_t timeout_ms, struct err *err)
{
    return journal->writer ? writer_flush(journal->writer, timeout_ms, err) : 0;
}

uint64_t journal_flushes(struct journal *journal)
{
    return journal->writer ? writer_commits(journal->writer) : 0;
}

uint64_t journal_news(struct journal *journal)
{
    int64_t version;

    if (!journal->read_only)
        return store_news(&journal->store);
    if (journal_reader(journal, NULL) < 0 ||
        db_number(journal->reader, "PRAGMA data_version", &version, NULL) < 0)
        return journal->reader_news;
    journal->reader_news += journal->reader_version >= 0 && journal->reader_version != version;
    journal->reader_version = version;
    return journal->reader_news;
}

/* --- facts -------------------------------------------------------------------------------------------- */

static void add_sizes(const struct journal *journal, json_t *facts)
{
    char *wal autofree = mem_printf("%s-wal", journal->path);
    struct stat st;

    if (stat(journal->path, &st) == 0) {
        json_object_set_new(facts, "mode", json_sprintf("%04o", st.st_mode & 07777));
        json_object_set_new(facts, "size", json_integer(st.st_size));
    }
    json_object_set_new(facts, "wal_size", json_integer(stat(wal, &st) == 0 ? st.st_size : 0));
}

struct fact {
    const char *name, *sql;
};

static const struct fact facts_asked[] = {
    {"runs", "SELECT count(*) FROM run"},
    {"events", "SELECT coalesce(max(idx), 0) FROM event"},
    {"inbox", "SELECT count(*) FROM inbox"},
    {"user_version", "PRAGMA user_version"},
    {"journal_mode", "PRAGMA journal_mode"},
    {"quick_check", "PRAGMA quick_check(1)"},
};

static json_t *ask(struct journal *journal, const char *sql)
{
    sqlite3_stmt *stmt autostmt = NULL;

    if (journal_prepare(journal, sql, &stmt, NULL) < 0 || sqlite3_step(stmt) != SQLITE_ROW)
        return json_null();
    if (sqlite3_column_type(stmt, 0) == SQLITE_INTEGER)
        return json_integer(sqlite3_column_int64(stmt, 0));
    return json_string(column_string(stmt, 0));
}

json_t *journal_facts(struct journal *journal)
{
    json_t *facts = json_object();

    json_object_set_new(facts, "path", json_string(journal->path));
    json_object_set_new(facts, "sync", json_string(journal->sync == JOURNAL_SYNC_FULL ? "full" : "normal"));
    json_object_set_new(facts, "sqlite", json_string(sqlite3_libversion()));
    add_sizes(journal, facts);
    for (size_t i = 0; i < sizeof(facts_asked) / sizeof(facts_asked[0]); i++)
        json_object_set_new(facts, facts_asked[i].name, ask(journal, facts_asked[i].sql));
    return facts;
}
