/* writer: the thread that makes batches durable, in the order in which they were handed over. */
#ifndef JOURNAL_WRITER_H
#define JOURNAL_WRITER_H

#include "journal/store.h"

struct writer;

/* The store must outlive the writer. The thread starts with the first batch. */
struct writer *writer_new(struct store *store);
/* Write what is queued, then end; what cannot be written after one more attempt is given up. NULL is fine. */
void writer_free(struct writer *writer);

/* An empty batch, to be filled and handed over. */
struct batch *writer_batch(struct writer *writer);
/* Takes the batch over. Returns its number. */
uint64_t writer_submit(struct writer *writer, struct batch *batch);
/* As writer_submit; but when the thread has nothing to do, the batch is written here and now, without a call
 * of its `done`: two changes of thread are saved. What cannot be written goes to the thread, which tries
 * again. */
uint64_t writer_write_here(struct writer *writer, struct batch *batch);
uint64_t writer_durable(const struct writer *writer);
uint64_t writer_commits(const struct writer *writer);
/* 0, or the code of the last failed attempt, with its text. */
int writer_trouble(struct writer *writer, struct err *err);
/* Wait until all that was submitted is durable. ERR_TIMEOUT, or the trouble there is. */
int writer_flush(struct writer *writer, int64_t timeout_ms, struct err *err);

#endif
