/* batch: rows that wait to become durable together. Filled by the loop, written by the writer. */
#ifndef JOURNAL_BATCH_H
#define JOURNAL_BATCH_H

#include "base/mem.h"
#include "journal/journal.h"

struct store;
struct row;

/* Write one row inside the open transaction. */
typedef int (*row_write)(struct store *store, const struct row *row, struct err *err);

/* What a run.* event changes in the run's own row. */
struct run_change {
    const char *message; /* NULL = leave as it is */
    int64_t warnings;    /* -1 = leave as it is */
};

/* All pointers belong to the batch. */
struct row {
    struct row *next;
    row_write write;
    const char *run_id;
    union {
        struct {
            struct event event; /* data NULL: here it is text */
            const char *data;   /* canonical JSON or NULL */
            size_t data_len;
            const struct run_change *change; /* or NULL */
            const struct sha256 *redacted;   /* the hash of data that were taken away, or NULL */
        };
        struct output_chunk chunk;
        int64_t number; /* inbox id, lease or rest in µs */
        struct {
            int64_t pid, start, until_us;
        } keeper;
    };
};

struct batch {
    struct batch *next;
    uint64_t number;
    struct arena arena;
    struct row *first, *last;
    journal_done done;
    void *context;
};

struct batch *batch_new(void);
void batch_free(struct batch *batch);
void batch_free_all(struct batch *list);
/* Make it empty, but keep its memory. False when that is more than most need. */
bool batch_clear(struct batch *batch);
/* A new last row, zeroed but for the run's id (NULL: none). */
struct row *batch_add(struct batch *batch, row_write write, const char *run_id);
void batch_add_event(struct batch *batch, const char *run_id, const struct event *event);
/* The same of one whose data were taken away elsewhere. */
void batch_add_redacted(
    struct batch *batch, const char *run_id, const struct event *event, const struct sha256 *hash);
void batch_add_output(struct batch *batch, const char *run_id, const struct output_chunk *chunk);

#endif
