/* DESIGN: to verify is to read every row and to hash it, which is the same work for every block of rows, so
 * each thread does both, on a connection of its own. The owner folds what comes out, in order, and reads
 * blocks itself while the next one is not there.
 *
 *            take()        verify_reader_read()        verify_blocks_next()
 *   free  -----------> taken  ----------------> read  ------------------------> the owner's, then free
 *
 * Nobody reads further ahead than `ahead`, and one block more is in the owner's hands: a block's slot is its
 * place in the order modulo that. What is read aside takes long: a helper begins with it, and the owner has
 * the time only when nothing waits for it. */
#include "journal/verify_blocks.h"
#include "journal/thread.h"

#include <unistd.h>

enum { HELPERS_MAX = 7, AHEAD_MAX = 2 * HELPERS_MAX + 1, TRIES = 20 };

struct helper {
    struct verify_blocks *blocks;
    struct verify_reader reader;
    pthread_t thread;
};

struct slot {
    struct verify_block *block; /* made when first needed */
    bool is_read;
};

struct verify_blocks {
    struct verify_source source;
    struct verify_reader owner;
    struct helper helpers[HELPERS_MAX];
    size_t helper_count, started, ahead;
    uint64_t *numbers; /* of the blocks that have events; NULL: 0, 1, … */
    size_t count;
    pthread_mutex_t lock;   /* of all below */
    pthread_cond_t changed; /* something was read, or a block handed back */
    size_t taken, handed;   /* places in the order */
    size_t asides_taken, asides_read;
    bool is_stopping;
    struct slot slots[AHEAD_MAX + 1];
};

/* --- the threads; the lock is held, but while something is read ---------------------------------------- */

static struct slot *slot_of(struct verify_blocks *blocks, size_t place)
{
    return &blocks->slots[place % (blocks->ahead + 1)];
}

static bool take_block(struct verify_blocks *blocks, struct verify_reader *reader)
{
    size_t place = blocks->taken;
    struct slot *slot = slot_of(blocks, place);

    if (place == blocks->count || place == blocks->handed + blocks->ahead)
        return false;
    blocks->taken++;
    if (!slot->block)
        slot->block = mem_alloc(sizeof(*slot->block));
    slot->block->number = blocks->numbers ? blocks->numbers[place] : place;
    pthread_mutex_unlock(&blocks->lock);
    verify_reader_read(reader, slot->block);
    pthread_mutex_lock(&blocks->lock);
    slot->is_read = true;
    pthread_cond_broadcast(&blocks->changed);
    return true;
}

static bool take_aside(struct verify_blocks *blocks, struct verify_reader *reader)
{
    size_t which = blocks->asides_taken;

    if (which == blocks->source.aside_count)
        return false;
    blocks->asides_taken++;
    pthread_mutex_unlock(&blocks->lock);
    blocks->source.aside(blocks->source.context, which, reader->db);
    pthread_mutex_lock(&blocks->lock);
    blocks->asides_read++;
    pthread_cond_broadcast(&blocks->changed);
    return true;
}

static void *help(void *context)
{
    struct helper *helper = context;
    struct verify_blocks *blocks = helper->blocks;

    pthread_mutex_lock(&blocks->lock);
    while (!blocks->is_stopping)
        if (!take_aside(blocks, &helper->reader) && !take_block(blocks, &helper->reader))
            pthread_cond_wait(&blocks->changed, &blocks->lock);
    pthread_mutex_unlock(&blocks->lock);
    return NULL;
}

static void start_helpers(struct verify_blocks *blocks)
{
    pthread_mutex_lock(&blocks->lock);
    while (blocks->started < blocks->helper_count) {
        struct helper *helper = &blocks->helpers[blocks->started];

        if (thread_start(&helper->thread, help, helper) != 0)
            break;
        blocks->started++;
    }
    blocks->ahead = 2 * blocks->started + 1;
    pthread_mutex_unlock(&blocks->lock);
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
        code = db_number(blocks->helpers[i].reader.db, "PRAGMA data_version", &before[i], err);
    if (code == 0)
        code = begin(blocks->owner.db, &version, err);
    for (size_t i = 0; i < blocks->helper_count && code == 0; i++) {
        code = begin(blocks->helpers[i].reader.db, &version, err);
        is_same_moment = is_same_moment && version == before[i];
    }
    return code < 0 || is_same_moment ? code : 1;
}

static void end_all(struct verify_blocks *blocks)
{
    end(blocks->owner.db);
    for (size_t i = 0; i < blocks->helper_count; i++)
        end(blocks->helpers[i].reader.db);
}

static void close_helpers(struct verify_blocks *blocks)
{
    while (blocks->helper_count) {
        struct verify_reader *reader = &blocks->helpers[--blocks->helper_count].reader;

        verify_reader_fini(reader);
        db_close(reader->db);
    }
}

/* What cannot help, because the file cannot be opened once more, does not. */
static void open_helpers(struct verify_blocks *blocks)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    while ((long)blocks->helper_count + 1 < cores && blocks->helper_count < HELPERS_MAX) {
        struct helper *helper = &blocks->helpers[blocks->helper_count];

        helper->blocks = blocks;
        helper->reader = blocks->owner;
        if (db_open_reader(blocks->source.journal->path, &helper->reader.db, NULL) < 0)
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
    return db_done(blocks->owner.db, rc, err);
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
    blocks->owner = (struct verify_reader){
        .db = source->journal->reader, .run_id = source->run_id, .context = source->context};
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
    slot_of(blocks, blocks->handed - 1)->is_read = false;
    pthread_cond_broadcast(&blocks->changed);
}

static const struct verify_block *await_block(struct verify_blocks *blocks, const struct slot *slot)
{
    while (!slot->is_read)
        if (!take_block(blocks, &blocks->owner))
            pthread_cond_wait(&blocks->changed, &blocks->lock);
    return slot->block;
}

static void await_asides(struct verify_blocks *blocks)
{
    while (blocks->asides_read < blocks->source.aside_count)
        if (!take_aside(blocks, &blocks->owner))
            pthread_cond_wait(&blocks->changed, &blocks->lock);
}

int verify_blocks_next(struct verify_blocks *blocks, const struct verify_block **ret_block, struct err *err)
{
    *ret_block = NULL;
    if (!blocks->started)
        start_helpers(blocks);
    pthread_mutex_lock(&blocks->lock);
    hand_back(blocks);
    if (blocks->handed == blocks->count) {
        await_asides(blocks);
    } else {
        *ret_block = await_block(blocks, slot_of(blocks, blocks->handed));
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
    verify_reader_fini(&blocks->owner);
    for (size_t i = 0; i <= AHEAD_MAX; i++) {
        if (blocks->slots[i].block)
            arena_fini(&blocks->slots[i].block->arena);
        free(blocks->slots[i].block);
    }
    free(blocks->numbers);
    pthread_cond_destroy(&blocks->changed);
    pthread_mutex_destroy(&blocks->lock);
    free(blocks);
}
