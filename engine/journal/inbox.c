/* inbox: what people and other processes say to a run. */
#include "journal/inside.h"
#include "base/mem.h"
#include "journal/rows.h"

struct letter {
    const char *run_id;
    const struct inbox_item *item;
};

static int put(struct store *store, const void *context, struct err *err)
{
    const struct letter *letter = context;
    const struct inbox_item *item = letter->item;
    struct text data autotext = {0};
    sqlite3_stmt *stmt autostmt = NULL;
    struct store_run *run;
    int rc, code = store_run_of(store, letter->run_id, &run, err);

    if (code == 0)
        code = db_prepare(store->db,
            "INSERT INTO inbox (run, wall_us, verb, path, name, user, host, way, data)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            &stmt, err);
    if (code < 0)
        return code;
    if (item->data)
        value_canonical(item->data, &data);
    rc = stmt_run(stmt, number(run->no), number(item->wall_us), string(item->verb), string(item->path),
        string(item->name), string(item->by.user), string(item->by.host), string(item->by.way),
        string_or_null(text_str(&data)));
    return db_done(store->db, rc, err);
}

int journal_inbox_put(
    struct journal *journal, const char *run_id, const struct inbox_item *item, struct err *err)
{
    const struct letter letter = {run_id, item};
    int code = journal_check_writable(journal, err);

    if (code < 0)
        return code;
    if (!item->by.user || !*item->by.user)
        return err_set(err, ERR_USAGE, "'%s' needs to know who says it", item->verb);
    return store_transact(&journal->store, put, &letter, err);
}

/* Forget those whose removal is durable: they are gone from the table. */
static void forget_taken(struct journal *journal)
{
    uint64_t durable = journal_durable(journal);
    size_t kept = 0;

    for (size_t i = 0; i < journal->taken_len; i++)
        if (journal->taken[i].batch > durable)
            journal->taken[kept++] = journal->taken[i];
    journal->taken_len = kept;
}

static bool is_taken(const struct journal *journal, int64_t id)
{
    for (size_t i = 0; i < journal->taken_len; i++)
        if (journal->taken[i].id == id)
            return true;
    return false;
}

void journal_inbox_taken(struct journal *journal, const char *run_id, int64_t id)
{
    batch_add(journal_pending(journal), row_write_inbox_taken, run_id)->number = id;
    journal->taken =
        mem_grow(journal->taken, journal->taken_len, &journal->taken_cap, sizeof(*journal->taken));
    journal->taken[journal->taken_len++] = (struct taken){.id = id, .batch = journal->submitted + 1};
}

static struct inbox_item read_item(sqlite3_stmt *stmt)
{
    return (struct inbox_item){
        .id = sqlite3_column_int64(stmt, 0),
        .wall_us = sqlite3_column_int64(stmt, 1),
        .verb = column_string(stmt, 2),
        .path = column_string(stmt, 3),
        .name = column_string(stmt, 4),
        .by = {column_string(stmt, 5), column_string(stmt, 6), column_string(stmt, 7)},
        .data = column_value(stmt, 8),
    };
}

int journal_inbox_read(struct journal *journal, const char *run_id,
    bool (*each)(void *context, const struct inbox_item *item), void *context, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int rc, code = journal_prepare(journal,
                "SELECT id, wall_us, verb, path, name, user, host, way, data FROM inbox"
                " WHERE run = (SELECT no FROM run WHERE id = ?) ORDER BY id",
                &stmt, err);

    if (code < 0)
        return code;
    forget_taken(journal);
    stmt_bind(stmt, string(run_id));
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct inbox_item item = read_item(stmt);
        bool more = is_taken(journal, item.id) || each(context, &item);

        json_decref(item.data);
        if (!more)
            return 0;
    }
    return db_done(journal->reader, rc, err);
}
