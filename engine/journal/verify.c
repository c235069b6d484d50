/* verify: one pass over everything that the journal has, as of one moment. */
#include "base/mem.h"
#include "journal/audit.h"
#include "journal/verify_inside.h"

#include <inttypes.h>
#include <string.h>

void verify_found(struct verify *verify, const char *format, ...)
{
    char *text autofree = NULL;
    va_list args;

    va_start(args, format);
    text = mem_vprintf(format, args);
    va_end(args);
    pthread_mutex_lock(&verify->lock);
    verify->result->problems++;
    if (verify->options->found)
        verify->options->found(verify->options->context, text);
    pthread_mutex_unlock(&verify->lock);
}

/* --- the tree ----------------------------------------------------------------------------------------- */

static int compare_wanted(const void *a, const void *b)
{
    uint64_t x = ((const struct wanted *)a)->head.size, y = ((const struct wanted *)b)->head.size;

    return (x > y) - (x < y);
}

void verify_want(struct verify *verify, const struct tree_head *head, const char *note)
{
    verify->wanted =
        mem_grow(verify->wanted, verify->wanted_count, &verify->wanted_cap, sizeof(*verify->wanted));
    verify->wanted[verify->wanted_count++] =
        (struct wanted){.head = *head, .note = note ? mem_strdup(note) : NULL};
}

static bool is_same(const struct sha256 *a, const struct sha256 *b)
{
    return memcmp(a->bytes, b->bytes, SHA256_SIZE) == 0;
}

/* The heads that were made within this block, or before its first event. */
static void look_at_heads(struct verify *verify, const struct verify_block *block)
{
    struct merkle tree = verify->tree;
    size_t added = 0;

    for (; verify->next_wanted < verify->wanted_count; verify->next_wanted++) {
        struct wanted *wanted = &verify->wanted[verify->next_wanted];
        struct sha256 root;

        if (wanted->head.size > verify->tree.size + block->count)
            return;
        for (; tree.size < wanted->head.size; added++)
            merkle_add(&tree, 0, &block->leaves[added]);
        root = merkle_root(&tree);
        wanted->fits = is_same(&root, &wanted->head.root);
    }
}

/* Where events are missing, the blocks after them are no complete subtrees of this tree any more. */
static void add_block(struct verify *verify, const struct verify_block *block)
{
    if (verify->tree.size % TREE_LEAVES == 0 && block->count == TREE_LEAVES) {
        merkle_add(&verify->tree, TREE_LEVEL, &block->root);
        return;
    }
    for (size_t i = 0; i < block->count; i++)
        merkle_add(&verify->tree, 0, &block->leaves[i]);
}

static void check_node(struct verify *verify, const struct verify_block *block)
{
    uint64_t first = block->number * TREE_LEAVES + 1;

    verify->nodes += block->has_node;
    if (block->count == TREE_LEAVES && !block->is_node_right)
        verify_found(verify,
            "the node of the tree over the events %" PRIu64 " to %" PRIu64 " is not their hash", first,
            first + TREE_LEAVES - 1);
}

static int check_nodes(struct verify *verify, struct err *err)
{
    int64_t count = 0;
    int code = db_number(verify->journal->reader, "SELECT count(*) FROM node", &count, err);

    if (code == 0 && count != verify->nodes)
        verify_found(
            verify, "the tree has %" PRId64 " nodes that belong to no events", count - verify->nodes);
    return code;
}

/* --- events ------------------------------------------------------------------------------------------- */

static void check_place(struct verify *verify, const struct verify_event *event)
{
    uint64_t expected = verify->last_index + 1;

    if (event->index == expected + 1)
        verify_found(verify, "event %" PRIu64 " is missing", expected);
    else if (event->index != expected)
        verify_found(verify, "the events %" PRIu64 " to %" PRIu64 " are missing", expected, event->index - 1);
    verify->last_index = event->index;
}

static void check_order(struct verify *verify, const struct verify_event *event, struct run_fold *run)
{
    if (event->seq != run->seq + 1)
        verify_found(verify,
            "event %" PRIu64 " is number %" PRIu64 " of run %s, and its number %" PRIu64 " is missing",
            event->index, event->seq, run->id, run->seq + 1);
    if (event->mono_us < run->mono_us)
        verify_found(verify, "event %" PRIu64 " (%s) lies before the one before it in run %s", event->index,
            event_type_name((enum event_type)event->type), run->id);
    run->seq = event->seq;
    run->mono_us = event->mono_us;
}

static void check_event(struct verify *verify, const struct verify_event *event)
{
    struct run_fold *run = event->type < 0 ? NULL : verify_run(verify, event->run);

    check_place(verify, event);
    if (event->problem)
        verify_found(verify, "%s", event->problem);
    if (!run)
        return;
    check_order(verify, event, run);
    verify_index_event(verify, run, event->seq, event->index);
    if (event->change)
        verify_fold(run, event->change);
}

static void check_block(struct verify *verify, const struct verify_block *block)
{
    verify->result->events += block->count;
    verify->result->redacted += block->redacted;
    verify->result->pruned += block->pruned;
    for (size_t i = 0; i < block->count; i++)
        check_event(verify, &block->events[i]);
    check_node(verify, block);
    look_at_heads(verify, block);
    add_block(verify, block);
}

/* Whoever gave an event an index below 1 has put it where nobody looks. */
static int check_beginning(struct verify *verify, struct err *err)
{
    int64_t count = 0;
    int code = db_number(verify->journal->reader, "SELECT count(*) FROM event WHERE idx < 1", &count, err);

    if (count)
        verify_found(verify, "%" PRId64 " events stand before the first", count);
    return code;
}

/* The tables that nobody has to read in order, those first of which most is to be read. */
static verify_table *const asides[] = {verify_pages, verify_index, verify_output, verify_sources};

static void read_aside(void *context, size_t which, sqlite3 *db)
{
    struct verify *verify = context;
    struct err err;

    if (asides[which](verify, db, &err) == 0)
        return;
    pthread_mutex_lock(&verify->lock);
    verify->aside = err;
    pthread_mutex_unlock(&verify->lock);
}

static int check_events(struct verify *verify, struct err *err)
{
    const struct verify_block *block = &(const struct verify_block){0};
    int code = check_beginning(verify, err);

    if (code == 0)
        code = verify_index_begin(verify, err);
    look_at_heads(verify, block);
    while (code == 0 && (code = verify_blocks_next(verify->blocks, &block, err)) == 0 && block)
        check_block(verify, block);
    if (code == 0 && verify->aside.code < 0) {
        *err = verify->aside;
        code = err->code;
    }
    return code;
}

/* As many as the runs had that were pruned. */
static int check_pruned(struct verify *verify, struct err *err)
{
    int64_t count = 0;
    int code = db_number(verify->journal->reader, "SELECT coalesce(sum(events), 0) FROM pruned", &count, err);

    if (code == 0 && (uint64_t)count != verify->result->pruned)
        verify_found(verify, "%" PRIu64 " events were pruned, and the runs that were had %" PRId64,
            verify->result->pruned, count);
    return code;
}

/* --- checkpoints -------------------------------------------------------------------------------------- */

static int want_kept(struct verify *verify, struct err *err)
{
    sqlite3_stmt *stmt autostmt = NULL;
    int rc, code = journal_prepare(
                verify->journal, "SELECT size, note FROM checkpoint ORDER BY size", &stmt, err);

    if (code < 0)
        return code;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct tree_head head;
        struct err why;

        verify->result->checkpoints++;
        if (tree_head_read(column_string(stmt, 1), &head, &why) < 0)
            verify_found(verify, "the checkpoint over %lld events: %s",
                (long long)sqlite3_column_int64(stmt, 0), why.text);
        else if (head.size != (uint64_t)sqlite3_column_int64(stmt, 0))
            verify_found(verify, "the checkpoint over %lld events says that it is one over %" PRIu64,
                (long long)sqlite3_column_int64(stmt, 0), head.size);
        else
            verify_want(verify, &head, column_string(stmt, 1));
    }
    return db_done(verify->journal->reader, rc, err);
}

static void judge_heads(struct verify *verify)
{
    const struct audit_options *options = verify->options;

    for (size_t i = 0; i < verify->wanted_count; i++) {
        const struct wanted *wanted = &verify->wanted[i];

        if (!wanted->note) {
            verify->result->kept_fits = wanted->fits;
            continue;
        }
        if (!wanted->fits)
            verify_found(verify,
                "the first %" PRIu64 " events are not those of the checkpoint that was made then",
                wanted->head.size);
        if (options->checkpoint)
            options->checkpoint(options->context, wanted->note, &wanted->head, wanted->fits);
    }
}

/* --- the whole ---------------------------------------------------------------------------------------- */

static int check_content(struct verify *verify, struct err *err)
{
    int code = verify_read_runs(verify, err);

    if (code == 0)
        code = want_kept(verify, err);
    if (verify->options->kept)
        verify_want(verify, verify->options->kept, NULL);
    if (verify->wanted_count)
        qsort(verify->wanted, verify->wanted_count, sizeof(*verify->wanted), compare_wanted);
    if (code == 0)
        code = check_events(verify, err);
    if (code == 0)
        code = check_nodes(verify, err);
    if (code == 0)
        code = check_pruned(verify, err);
    if (code == 0)
        code = verify_runs(verify, err);
    if (code == 0)
        verify_index_end(verify);
    if (code == 0)
        code = verify_pinned(verify, err);
    judge_heads(verify);
    verify->result->root = merkle_root(&verify->tree);
    return code;
}

/* A damaged file is what verifying is to find. */
static int tell_damage(struct verify *verify, int code, struct err *err)
{
    struct err why;

    if (code != ERR_CORRUPT || !verify->journal->reader)
        return code;
    if (!verify->are_pages_read)
        verify_pages(verify, verify->journal->reader, &why);
    verify_found(
        verify, "after event %" PRIu64 " not everything can be read: %s", verify->last_index, err->text);
    return 0;
}

static int check_all(struct verify *verify, struct err *err)
{
    const struct verify_source source = {
        verify->journal, verify_id, read_aside, sizeof(asides) / sizeof(asides[0]), verify};
    int code = verify_blocks_open(&source, &verify->blocks, err);

    if (code == 0)
        code = check_content(verify, err);
    verify_blocks_close(verify->blocks);
    return tell_damage(verify, code, err);
}

static void verify_fini(struct verify *verify)
{
    for (size_t i = 0; i < verify->wanted_count; i++)
        free(verify->wanted[i].note);
    free(verify->wanted);
    verify_runs_fini(verify);
    pthread_mutex_destroy(&verify->lock);
}

int audit_verify(struct journal *journal, const struct audit_options *options,
    struct audit_result *ret_result, struct err *err)
{
    struct verify verify = {.journal = journal, .options = options, .result = ret_result};
    int code;

    *ret_result = (struct audit_result){0};
    pthread_mutex_init(&verify.lock, NULL);
    code = check_all(&verify, err);
    verify_fini(&verify);
    if (journal->reader)
        sqlite3_exec(journal->reader, "COMMIT", NULL, NULL, NULL);
    return code;
}
