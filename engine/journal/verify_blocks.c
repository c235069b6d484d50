/* DESIGN: to verify is to read every row and to hash it, which is the same work for every block of rows, so
 * each thread does both, on a connection of its own. The owner folds what comes out, in order, and reads
 * blocks itself while the next one is not there.
 *
 *            take()              read_block()              verify_blocks_next()
 *   free  -----------> taken  ----------------> read  ------------------------> the owner's, then free
 *
 * A block's slot is its place in the order modulo SLOTS; nobody reads further ahead than `ahead`. */
#include "journal/verify_blocks.h"
#include "journal/canonical.h"
#include "journal/event_row.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum { HELPERS_MAX = 7, SLOTS = 2 * (HELPERS_MAX + 1), TRIES = 20 };
enum { COLUMN_DATA = EVENT_DATA_COLUMN, COLUMN_REDACTED, COLUMN_LEAF, COLUMN_RUN };

struct reader {
    struct verify_blocks *blocks;
    sqlite3 *db;
    sqlite3_stmt *events, *node;
    struct text scratch;
    pthread_t thread;
};

struct verify_blocks {
    struct verify_source source;
    struct reader owner, helpers[HELPERS_MAX];
    size_t helper_count, started, ahead;
    uint64_t *numbers; /* of the blocks that have events; NULL: 0, 1, … */
    size_t count;
    pthread_mutex_t lock;   /* of all below */
    pthread_cond_t changed; /* a block was read, or handed back */
    size_t taken, handed;   /* places in the order */
    bool is_aside_taken, is_stopping;
    bool is_read[SLOTS];
    struct verify_block *slots[SLOTS]; /* made when first needed */
};

/* --- one event ---------------------------------------------------------------------------------------- */

static bool is_same(const struct sha256 *a, const struct sha256 *b)
{
    return memcmp(a->bytes, b->bytes, SHA256_SIZE) == 0;
}

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
static struct sha256 look_at(struct reader *reader, struct verify_block *block, struct verify_event *to,
    const struct event *event, sqlite3_stmt *row)
{
    const struct verify_source *source = &reader->blocks->source;
    const char *run_id = source->run_id(source->context, to->run);
    const char *data = (const char *)sqlite3_column_text(row, COLUMN_DATA);
    size_t data_len = (size_t)sqlite3_column_bytes(row, COLUMN_DATA);
    bool is_redacted = sqlite3_column_type(row, COLUMN_REDACTED) != SQLITE_NULL;
    struct sha256 stored = column_hash(row, COLUMN_LEAF), redacted = column_hash(row, COLUMN_REDACTED);
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

static void read_event(struct reader *reader, struct verify_block *block, sqlite3_stmt *row)
{
    struct verify_event *to = &block->events[block->count];
    struct sha256 *leaf = &block->leaves[block->count++];
    struct event event;
    struct err err;

    *to = (struct verify_event){.index = (uint64_t)sqlite3_column_int64(row, 0),
        .run = sqlite3_column_int64(row, COLUMN_RUN),
        .type = -1};
    if (to->run == 0 && !*column_string(row, EVENT_TYPE_COLUMN)) { /* of a run that was pruned */
        block->pruned++;
        *leaf = column_hash(row, COLUMN_LEAF);
        return;
    }
    if (event_row_read(row, &event, &err) < 0) {
        to->problem = arena_strdup(&block->arena, err.text);
        *leaf = column_hash(row, COLUMN_LEAF);
        return;
    }
    to->seq = event.seq;
    to->mono_us = event.mono_us;
    to->type = event.type;
    *leaf = look_at(reader, block, to, &event, row);
}

/* --- one block ---------------------------------------------------------------------------------------- */

static int prepare(struct reader *reader, struct err *err)
{
    int code = db_prepare(reader->db,
        EVENT_COLUMNS
        ", e.data, e.redacted, e.leaf, e.run FROM event e WHERE e.idx > ? AND e.idx <= ? ORDER BY e.idx",
        &reader->events, err);

    if (code == 0)
        code = db_prepare(
            reader->db, "SELECT hash FROM node WHERE level = ? AND position = ?", &reader->node, err);
    return code;
}

static int read_events(struct reader *reader, struct verify_block *block)
{
    int64_t begin = (int64_t)block->number * TREE_LEAVES;
    int rc;

    stmt_bind(reader->events, number(begin), number(begin + TREE_LEAVES));
    while ((rc = sqlite3_step(reader->events)) == SQLITE_ROW)
        read_event(reader, block, reader->events);
    sqlite3_reset(reader->events);
    return rc == SQLITE_DONE ? 0 : db_error(reader->db, rc, &block->err);
}

static int read_node(struct reader *reader, struct verify_block *block)
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

static void read_block(struct reader *reader, struct verify_block *block)
{
    struct merkle tree = {0};

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

/* --- the threads; the lock is held, but while something is read ---------------------------------------- */

static bool can_take(const struct verify_blocks *blocks)
{
    return blocks->taken < blocks->count && blocks->taken < blocks->handed + blocks->ahead;
}

static void take(struct verify_blocks *blocks, struct reader *reader)
{
    size_t place = blocks->taken++, slot = place % SLOTS;
    struct verify_block *block = blocks->slots[slot];

    if (!block)
        block = blocks->slots[slot] = mem_alloc(sizeof(*block));
    block->number = blocks->numbers ? blocks->numbers[place] : place;
    pthread_mutex_unlock(&blocks->lock);
    read_block(reader, block);
    pthread_mutex_lock(&blocks->lock);
    blocks->is_read[slot] = true;
    pthread_cond_broadcast(&blocks->changed);
}

static void look_aside(struct verify_blocks *blocks, struct reader *reader)
{
    if (blocks->is_aside_taken)
        return;
    blocks->is_aside_taken = true;
    pthread_mutex_unlock(&blocks->lock);
    blocks->source.aside(blocks->source.context, reader->db);
    pthread_mutex_lock(&blocks->lock);
}

static void *help(void *context)
{
    struct reader *reader = context;
    struct verify_blocks *blocks = reader->blocks;

    pthread_mutex_lock(&blocks->lock);
    look_aside(blocks, reader);
    while (!blocks->is_stopping) {
        if (can_take(blocks))
            take(blocks, reader);
        else
            pthread_cond_wait(&blocks->changed, &blocks->lock);
    }
    pthread_mutex_unlock(&blocks->lock);
    return NULL;
}

/* Signals are the owner's business. */
static void start_helpers(struct verify_blocks *blocks)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (blocks->started < blocks->helper_count && pthread_create(&blocks->helpers[blocks->started].thread,
                                                         NULL, help, &blocks->helpers[blocks->started]) == 0)
        blocks->started++;
    blocks->ahead = 2 * blocks->started + 1; /* less than SLOTS: one is in the owner's hands */
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void stop_helpers(struct verify_blocks *blocks)
{
    pthread_mutex_lock(&blocks->lock);
    blocks->is_stopping = true;
    pthread_cond_broadcast(&blocks->changed);
    pthread_mutex_unlock(&blocks->lock);
    while (blocks->started)
        pthread_join(blocks->helpers[--blocks->started].thread, NULL);
}

/* --- as of one moment --------------------------------------------------------------------------------- */

/* A transaction begins when something is read. */
static int begin(sqlite3 *db, int64_t *ret_version, struct err *err)
{
    if (sqlite3_exec(db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
        return db_error(db, sqlite3_errcode(db), err);
    return db_number(db, "PRAGMA data_version", ret_version, err);
}

static void end(sqlite3 *db)
{
    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
}

/* The owner's transaction begins between two looks of each helper, which says whether somebody has written in
 * between. 1 when somebody has. */
static int begin_all(struct verify_blocks *blocks, struct err *err)
{
    int64_t before[HELPERS_MAX] = {0}, version = 0;
    bool is_same_moment = true;
    int code = 0;

    for (size_t i = 0; i < blocks->helper_count && code == 0; i++)
        code = db_number(blocks->helpers[i].db, "PRAGMA data_version", &before[i], err);
    if (code == 0)
        code = begin(blocks->owner.db, &version, err);
    for (size_t i = 0; i < blocks->helper_count && code == 0; i++) {
        code = begin(blocks->helpers[i].db, &version, err);
        is_same_moment = is_same_moment && version == before[i];
    }
    return code < 0 || is_same_moment ? code : 1;
}

static void end_all(struct verify_blocks *blocks)
{
    end(blocks->owner.db);
    for (size_t i = 0; i < blocks->helper_count; i++)
        end(blocks->helpers[i].db);
}

static void close_helpers(struct verify_blocks *blocks)
{
    while (blocks->helper_count) {
        struct reader *reader = &blocks->helpers[--blocks->helper_count];

        sqlite3_finalize(reader->events);
        sqlite3_finalize(reader->node);
        text_fini(&reader->scratch);
        db_close(reader->db);
    }
}

/* What cannot help, because the file cannot be opened once more, does not. */
static void open_helpers(struct verify_blocks *blocks)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    while ((long)blocks->helper_count + 1 < cores && blocks->helper_count < HELPERS_MAX) {
        struct reader *reader = &blocks->helpers[blocks->helper_count];

        reader->blocks = blocks;
        if (db_open_reader(blocks->source.journal->path, &reader->db, NULL) < 0)
            return;
        blocks->helper_count++;
    }
}

static int begin_at_one_moment(struct verify_blocks *blocks, struct err *err)
{
    int code = 1;

    open_helpers(blocks);
    for (int i = 0; i < TRIES && code != 0; i++) {
        code = begin_all(blocks, err);
        if (code != 0)
            end_all(blocks);
    }
    if (code == 0)
        return 0;
    close_helpers(blocks); /* somebody writes all the time */
    return begin_all(blocks, err);
}

/* --- which blocks there are --------------------------------------------------------------------------- */

static int list_numbers(struct verify_blocks *blocks, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    size_t cap = 0;
    int rc, code = journal_prepare(blocks->source.journal,
                "SELECT DISTINCT (idx - 1) / ? FROM event WHERE idx > 0 ORDER BY idx", &stmt, err);

    if (code < 0)
        return code;
    stmt_bind(stmt, number(TREE_LEAVES));
    blocks->count = 0;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        blocks->numbers = mem_grow(blocks->numbers, blocks->count, &cap, sizeof(*blocks->numbers));
        blocks->numbers[blocks->count++] = (uint64_t)sqlite3_column_int64(stmt, 0);
    }
    return rc == SQLITE_DONE ? 0 : db_error(blocks->owner.db, rc, err);
}

/* An index far beyond the others must not make us look at everything between: there is none that the file has
 * no room for. */
static int find_blocks(struct verify_blocks *blocks, struct err *err)
{
    int64_t pages = 0, size = 0, last = 0;
    int code = db_number(blocks->owner.db, "PRAGMA page_count", &pages, err);

    if (code == 0)
        code = db_number(blocks->owner.db, "PRAGMA page_size", &size, err);
    if (code == 0)
        code = db_number(blocks->owner.db, "SELECT coalesce(max(idx), 0) FROM event", &last, err);
    blocks->count = last > 0 ? ((size_t)last + TREE_LEAVES - 1) / TREE_LEAVES : 0;
    return code == 0 && last > pages * size / SHA256_SIZE ? list_numbers(blocks, err) : code;
}

/* --- the owner's side --------------------------------------------------------------------------------- */

int verify_blocks_open(const struct verify_source *source, struct verify_blocks **ret_blocks, struct err *err)
{
    struct verify_blocks *blocks = mem_alloc(sizeof(*blocks));
    int code = journal_reader(source->journal, err);

    blocks->source = *source;
    blocks->owner = (struct reader){.blocks = blocks, .db = source->journal->reader};
    pthread_mutex_init(&blocks->lock, NULL);
    pthread_cond_init(&blocks->changed, NULL);
    if (code == 0)
        code = begin_at_one_moment(blocks, err);
    if (code == 0)
        code = find_blocks(blocks, err);
    if (code < 0) {
        verify_blocks_close(blocks);
        return code;
    }
    *ret_blocks = blocks;
    return 0;
}

static void hand_back(struct verify_blocks *blocks)
{
    if (!blocks->handed)
        return;
    blocks->is_read[(blocks->handed - 1) % SLOTS] = false;
    pthread_cond_broadcast(&blocks->changed);
}

int verify_blocks_next(struct verify_blocks *blocks, const struct verify_block **ret_block, struct err *err)
{
    size_t slot = blocks->handed % SLOTS;

    *ret_block = NULL;
    if (!blocks->started)
        start_helpers(blocks);
    pthread_mutex_lock(&blocks->lock);
    if (!blocks->started)
        look_aside(blocks, &blocks->owner);
    hand_back(blocks);
    while (blocks->handed < blocks->count && !blocks->is_read[slot]) {
        if (can_take(blocks))
            take(blocks, &blocks->owner);
        else
            pthread_cond_wait(&blocks->changed, &blocks->lock);
    }
    if (blocks->handed < blocks->count) {
        *ret_block = blocks->slots[slot];
        blocks->handed++;
    }
    pthread_mutex_unlock(&blocks->lock);
    if (*ret_block && (*ret_block)->code < 0) {
        *err = (*ret_block)->err;
        return (*ret_block)->code;
    }
    return 0;
}

void verify_blocks_close(struct verify_blocks *blocks)
{
    if (!blocks)
        return;
    stop_helpers(blocks);
    close_helpers(blocks);
    sqlite3_finalize(blocks->owner.events);
    sqlite3_finalize(blocks->owner.node);
    text_fini(&blocks->owner.scratch);
    for (int i = 0; i < SLOTS; i++) {
        if (blocks->slots[i])
            arena_fini(&blocks->slots[i]->arena);
        free(blocks->slots[i]);
    }
    free(blocks->numbers);
    pthread_cond_destroy(&blocks->changed);
    pthread_mutex_destroy(&blocks->lock);
    free(blocks);
}
