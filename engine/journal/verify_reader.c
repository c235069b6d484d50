/* DESIGN: what reading a row costs through a statement, a call for each column and a step for each row, is
 * more than what hashing it costs. So SQLite hands the rows of a block to a function of ours, within one
 * step. */
#include "journal/verify_reader.h"
#include "journal/canonical.h"
#include "journal/event_row.h"

#include <string.h>

enum { CELL_DATA = EVENT_DATA_COLUMN, CELL_REDACTED, CELL_LEAF, CELL_RUN, CELL_COUNT };

static bool is_same(const struct sha256 *a, const struct sha256 *b)
{
    return memcmp(a->bytes, b->bytes, SHA256_SIZE) == 0;
}

/* --- one event ---------------------------------------------------------------------------------------- */

static const struct verify_change *keep_change(
    struct arena *arena, const struct event *event, const char *data, size_t data_len)
{
    struct verify_change *change = arena_alloc(arena, sizeof(*change));

    *change = (struct verify_change){.event = *event, .data_len = data_len};
    change->event.path = NULL;
    change->event.by.user = arena_strdup(arena, event->by.user);
    change->event.by.host = arena_strdup(arena, event->by.host);
    change->event.by.way = arena_strdup(arena, event->by.way);
    change->data = data ? arena_strndup(arena, data, data_len) : NULL;
    return change;
}

static bool changes_run(const struct event *event)
{
    return event->status >= 0 && strncmp(event_type_name(event->type), "run.", 4) == 0;
}

/* Returns its leaf. */
static struct sha256 look_at(
    struct verify_reader *reader, struct verify_event *to, const struct event *event, sqlite3_value **cells)
{
    struct verify_block *block = reader->block;
    const char *run_id = reader->run_id(reader->context, to->run);
    const char *data = (const char *)sqlite3_value_text(cells[CELL_DATA]);
    size_t data_len = (size_t)sqlite3_value_bytes(cells[CELL_DATA]);
    bool is_redacted = sqlite3_value_type(cells[CELL_REDACTED]) != SQLITE_NULL;
    struct sha256 stored = cell_hash(cells[CELL_LEAF]), redacted = cell_hash(cells[CELL_REDACTED]);
    struct sha256 leaf = canonical_leaf(
        run_id ? run_id : "", event, data, data_len, is_redacted ? &redacted : NULL, &reader->scratch);

    block->redacted += is_redacted;
    if (!run_id)
        to->problem = arena_printf(&block->arena, "event %llu belongs to no run", (long long)event->index);
    else if (!is_same(&leaf, &stored))
        to->problem = arena_printf(&block->arena, "event %llu (%s %s, run %s) does not fit its hash",
            (long long)event->index, event_type_name(event->type), event->path, run_id);
    if (run_id && changes_run(event))
        to->change = keep_change(&block->arena, event, data, data_len);
    return leaf;
}

/* Whatever is not 0 counts as true, and would be hashed as that. */
static bool is_flag(sqlite3_value *cell)
{
    return sqlite3_value_int64(cell) == 0 || sqlite3_value_int64(cell) == 1;
}

static struct sha256 read_event(struct verify_reader *reader, struct verify_event *to, sqlite3_value **cells)
{
    struct event event;
    struct err err;

    if (to->run == 0 && !*cell_string(cells[EVENT_TYPE_COLUMN])) { /* of a run that was pruned */
        reader->block->pruned++;
        return cell_hash(cells[CELL_LEAF]);
    }
    if (!is_flag(cells[EVENT_CAUSE_COLUMN])) {
        to->problem = arena_printf(&reader->block->arena,
            "event %llu: whether it is a cause is neither 0 nor 1", (long long)to->index);
        return cell_hash(cells[CELL_LEAF]);
    }
    if (event_cells_read(cells, &event, &err) < 0) {
        to->problem = arena_strdup(&reader->block->arena, err.text);
        return cell_hash(cells[CELL_LEAF]);
    }
    to->seq = event.seq;
    to->mono_us = event.mono_us;
    to->type = event.type;
    return look_at(reader, to, &event, cells);
}

/* --- one block ---------------------------------------------------------------------------------------- */

/* SQLite goes through the events in the order of their key; where it cannot, the file is damaged. */
static void step(sqlite3_context *context, int count, sqlite3_value **cells)
{
    struct verify_reader *reader = sqlite3_user_data(context);
    struct verify_block *block = reader->block;
    uint64_t index = (uint64_t)sqlite3_value_int64(cells[0]);
    struct verify_event *to = &block->events[block->count];

    (void)count;
    if (block->count == TREE_LEAVES || (block->count && to[-1].index >= index)) {
        sqlite3_result_error_code(context, SQLITE_CORRUPT);
        return;
    }
    *to = (struct verify_event){.index = index, .run = sqlite3_value_int64(cells[CELL_RUN]), .type = -1};
    block->leaves[block->count++] = read_event(reader, to, cells);
}

static void end(sqlite3_context *context)
{
    sqlite3_result_null(context);
}

static const char function[] = "verify_events";

static int prepare(struct verify_reader *reader, struct err *err)
{
    int code, rc = sqlite3_create_function_v2(reader->db, function, CELL_COUNT,
                  SQLITE_UTF8 | SQLITE_DIRECTONLY, reader, NULL, step, end, NULL);

    if (rc != SQLITE_OK)
        return db_error(reader->db, rc, err);
    code = db_prepare(reader->db,
        "SELECT verify_events(" EVENT_CELLS ", e.data, e.redacted, e.leaf, e.run) FROM event e"
        " WHERE e.idx > ? AND e.idx <= ?",
        &reader->events, err);
    if (code == 0)
        code = db_prepare(
            reader->db, "SELECT hash FROM node WHERE level = ? AND position = ?", &reader->node, err);
    return code;
}

static int read_events(struct verify_reader *reader, struct verify_block *block)
{
    int64_t begin = (int64_t)block->number * TREE_LEAVES;
    int rc = stmt_run(reader->events, number(begin), number(begin + TREE_LEAVES));

    return rc == SQLITE_ROW ? 0 : db_error(reader->db, rc, &block->err);
}

static int read_node(struct verify_reader *reader, struct verify_block *block)
{
    struct sha256 hash;
    int rc;

    stmt_bind(reader->node, number(TREE_LEVEL), number((int64_t)block->number));
    rc = sqlite3_step(reader->node);
    block->has_node = rc == SQLITE_ROW;
    hash = block->has_node ? column_hash(reader->node, 0) : block->root;
    block->is_node_right = is_same(&hash, &block->root);
    sqlite3_reset(reader->node);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : db_error(reader->db, rc, &block->err);
}

void verify_reader_read(struct verify_reader *reader, struct verify_block *block)
{
    struct merkle tree = {0};

    reader->block = block;
    block->count = block->redacted = block->pruned = 0;
    block->has_node = false;
    arena_clear(&block->arena);
    block->code = reader->events ? 0 : prepare(reader, &block->err);
    if (block->code == 0)
        block->code = read_events(reader, block);
    if (block->code < 0 || block->count < TREE_LEAVES)
        return;
    for (size_t i = 0; i < TREE_LEAVES; i++)
        merkle_add(&tree, 0, &block->leaves[i]);
    block->root = merkle_root(&tree);
    block->code = read_node(reader, block);
}

void verify_reader_fini(struct verify_reader *reader)
{
    sqlite3_finalize(reader->events);
    sqlite3_finalize(reader->node);
    if (reader->db)
        sqlite3_create_function_v2(
            reader->db, function, CELL_COUNT, SQLITE_UTF8, NULL, NULL, NULL, NULL, NULL);
    text_fini(&reader->scratch);
}
