/* verify: one pass over everything that the journal has, as of one moment. */
#include "base/mem.h"
#include "journal/audit.h"
#include "journal/canonical.h"
#include "journal/event_row.h"
#include "journal/verify_inside.h"

#include <inttypes.h>
#include <string.h>

enum { COLUMN_DATA = EVENT_DATA_COLUMN, COLUMN_REDACTED, COLUMN_LEAF, COLUMN_RUN };

void verify_found(struct verify *verify, const char *format, ...)
{
    char *text autofree = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        abort();
    va_end(args);
    verify->result->problems++;
    if (verify->options->found)
        verify->options->found(verify->options->context, text);
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

static struct sha256 root_so_far(const struct verify *verify)
{
    struct merkle sum = verify->tree;

    for (int level = TREE_LEVEL - 1; level >= 0; level--)
        if (verify->block.size >> level & 1)
            merkle_add(&sum, level, &verify->block.subtrees[level]);
    return merkle_root(&sum);
}

/* The heads that were made of a tree of this size. */
static void look_at_heads(struct verify *verify)
{
    while (verify->next_wanted < verify->wanted_count &&
           verify->wanted[verify->next_wanted].head.size == verify->tree.size + verify->block.size) {
        struct wanted *wanted = &verify->wanted[verify->next_wanted++];
        struct sha256 root = root_so_far(verify);

        wanted->fits = is_same(&root, &wanted->head.root);
    }
}

/* What the commit that completed a subtree has left. */
static int check_node(struct verify *verify, struct err *err)
{
    uint64_t position = verify->tree.size / TREE_LEAVES - 1;
    struct sha256 hash;
    int rc;

    stmt_bind(verify->node, number(TREE_LEVEL), number((int64_t)position));
    rc = sqlite3_step(verify->node);
    hash = rc == SQLITE_ROW ? column_hash(verify->node, 0) : verify->block_root;
    sqlite3_reset(verify->node);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return db_error(verify->journal->reader, rc, err);
    if (!is_same(&hash, &verify->block_root))
        verify_found(verify,
            "the node of the tree over the events %" PRIu64 " to %" PRIu64 " is not their hash",
            position * TREE_LEAVES + 1, (position + 1) * TREE_LEAVES);
    return 0;
}

static int complete_block(struct verify *verify, struct err *err)
{
    verify->block_root = merkle_root(&verify->block);
    verify->block = (struct merkle){0};
    merkle_add(&verify->tree, TREE_LEVEL, &verify->block_root);
    return check_node(verify, err);
}

static int add_leaf(struct verify *verify, const struct sha256 *leaf, struct err *err)
{
    int code = 0;

    merkle_add(&verify->block, 0, leaf);
    if (verify->block.size == TREE_LEAVES)
        code = complete_block(verify, err);
    look_at_heads(verify);
    return code;
}

/* --- events ------------------------------------------------------------------------------------------- */

static void check_place(struct verify *verify, const struct event *event)
{
    uint64_t expected = verify->last_index + 1;

    if (event->index == expected + 1)
        verify_found(verify, "event %" PRIu64 " is missing", expected);
    else if (event->index != expected)
        verify_found(verify, "the events %" PRIu64 " to %" PRIu64 " are missing", expected, event->index - 1);
    verify->last_index = event->index;
}

static void check_order(struct verify *verify, const struct event *event, struct run_fold *run)
{
    if (event->seq != run->seq + 1)
        verify_found(verify,
            "event %" PRIu64 " is number %" PRIu64 " of run %s, and its number %" PRIu64 " is missing",
            event->index, event->seq, run->id, run->seq + 1);
    if (event->mono_us < run->mono_us)
        verify_found(verify, "event %" PRIu64 " (%s %s) lies before the one before it in run %s",
            event->index, event_type_name(event->type), event->path, run->id);
    run->seq = event->seq;
    run->mono_us = event->mono_us;
}

static int check_event(struct verify *verify, sqlite3_stmt *row, struct err *err)
{
    const char *data = (const char *)sqlite3_column_text(row, COLUMN_DATA);
    size_t data_len = (size_t)sqlite3_column_bytes(row, COLUMN_DATA);
    bool is_redacted = sqlite3_column_type(row, COLUMN_REDACTED) != SQLITE_NULL;
    struct sha256 stored = column_hash(row, COLUMN_LEAF), redacted = column_hash(row, COLUMN_REDACTED), leaf;
    struct run_fold *run = verify_run(verify, sqlite3_column_int64(row, COLUMN_RUN));
    struct event event;

    verify->result->events++;
    verify->result->redacted += is_redacted;
    if (event_row_read(row, &event, err) < 0) {
        verify_found(verify, "%s", err->text);
        verify->last_index = (uint64_t)sqlite3_column_int64(row, 0);
        return add_leaf(verify, &stored, err);
    }
    check_place(verify, &event);
    leaf = canonical_leaf(
        run ? run->id : "", &event, data, data_len, is_redacted ? &redacted : NULL, &verify->scratch);
    if (!run)
        verify_found(verify, "event %" PRIu64 " belongs to no run", event.index);
    else if (!is_same(&leaf, &stored))
        verify_found(verify, "event %" PRIu64 " (%s %s, run %s) does not fit its hash", event.index,
            event_type_name(event.type), event.path, run->id);
    if (run) {
        check_order(verify, &event, run);
        verify_fold(verify, run, &event, data, data_len);
    }
    return add_leaf(verify, &leaf, err);
}

static int check_events(struct verify *verify, struct err *err)
{
    sqlite3_stmt *row autostmt = NULL;
    int rc = SQLITE_DONE,
        code = journal_prepare(verify->journal,
            EVENT_COLUMNS ", e.data, e.redacted, e.leaf, e.run FROM event e ORDER BY e.idx", &row, err);

    if (code == 0)
        code = journal_prepare(
            verify->journal, "SELECT hash FROM node WHERE level = ? AND position = ?", &verify->node, err);
    look_at_heads(verify);
    while (code == 0 && (rc = sqlite3_step(row)) == SQLITE_ROW)
        code = check_event(verify, row, err);
    return code < 0 || rc == SQLITE_DONE ? code : db_error(verify->journal->reader, rc, err);
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
    return rc == SQLITE_DONE ? 0 : db_error(verify->journal->reader, rc, err);
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

static int check_all(struct verify *verify, struct err *err)
{
    int code = verify_pages(verify, err);

    if (code == 0)
        code = verify_read_runs(verify, err);
    if (code == 0)
        code = want_kept(verify, err);
    if (verify->options->kept)
        verify_want(verify, verify->options->kept, NULL);
    if (verify->wanted_count)
        qsort(verify->wanted, verify->wanted_count, sizeof(*verify->wanted), compare_wanted);
    if (code == 0)
        code = check_events(verify, err);
    if (code == 0)
        code = verify_runs(verify, err);
    if (code == 0)
        code = verify_tables(verify, err);
    judge_heads(verify);
    verify->result->root = root_so_far(verify);
    return code;
}

static void verify_fini(struct verify *verify)
{
    for (size_t i = 0; i < verify->wanted_count; i++)
        free(verify->wanted[i].note);
    free(verify->wanted);
    sqlite3_finalize(verify->node);
    text_fini(&verify->scratch);
    verify_runs_fini(verify);
}

int audit_verify(struct journal *journal, const struct audit_options *options,
    struct audit_result *ret_result, struct err *err)
{
    struct verify verify = {.journal = journal, .options = options, .result = ret_result};
    int code = journal_reader(journal, err);

    *ret_result = (struct audit_result){0};
    if (code < 0)
        return code;
    sqlite3_exec(journal->reader, "BEGIN", NULL, NULL, NULL);
    code = check_all(&verify, err);
    verify_fini(&verify);
    sqlite3_exec(journal->reader, "COMMIT", NULL, NULL, NULL);
    return code;
}
