/* writer: the thread that makes batches durable.
 *
 *            submit                    take all              commit ok: tell each, free
 *   (loop) ----------> queue --------------------> in hand ---------------------------> idle
 *                        |                            |
 *                        |        commit failed       v
 *                        +--------------------->  trouble: wait, take what has queued up since, try again
 *
 * DESIGN: one transaction for everything that is waiting. While an fsync runs, the batches of all runs pile
 * up and share the next one: the busier, the fewer flushes a row. The loop never waits for the thread: it
 * holds `lock` for a few instructions only. A batch in trouble stays at the head, so order is kept and
 * nothing is lost.
 *
 * An owner that has nothing else to do than to wait for the disk may write a batch itself
 * (writer_write_here), while the thread is idle: a serial run then pays for no change of thread. Checkpoints
 * stay the thread's. */
#include "journal/writer.h"
#include "base/mem.h"
#include "journal/db.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

struct writer {
    struct store *store;
    pthread_mutex_t lock;   /* of all below */
    pthread_cond_t work;    /* something was submitted, or it is time to stop */
    pthread_cond_t settled; /* an attempt has ended */
    pthread_t thread;
    bool has_thread, is_stopping;
    bool is_busy;          /* the thread has batches in hand, or moves the WAL */
    bool wants_checkpoint; /* somebody else has written, and the WAL has grown */
    struct batch *queue, *queue_last;
    uint64_t submitted; /* number of the last batch */
    struct err trouble; /* code 0 = none */
    atomic_uint_fast64_t durable, commits;
};

static void init_cond(pthread_cond_t *cond)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attributes);
    pthread_condattr_destroy(&attributes);
}

struct writer *writer_new(struct store *store)
{
    struct writer *writer = mem_alloc(sizeof(*writer));

    writer->store = store;
    pthread_mutex_init(&writer->lock, NULL);
    init_cond(&writer->work);
    init_cond(&writer->settled);
    return writer;
}

static struct timespec in_ms(int64_t ms)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += ms % 1000 * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

/* --- the thread --------------------------------------------------------------------------------------- */

/* Append what was submitted to what is in hand. */
static void take(struct writer *writer, struct batch **hand)
{
    while (*hand)
        hand = &(*hand)->next;
    *hand = writer->queue;
    writer->queue = writer->queue_last = NULL;
}

static bool has_rows(const struct batch *list)
{
    while (list && !list->first)
        list = list->next;
    return list != NULL;
}

static void tell(struct writer *writer, struct batch *list)
{
    while (list) {
        struct batch *batch = list;

        list = batch->next;
        atomic_store(&writer->durable, batch->number);
        if (batch->done)
            batch->done(batch->context, batch->number);
        batch_free(batch);
    }
}

static int attempt(struct writer *writer, const struct batch *hand, int patience, struct err *err)
{
    int code;

    if (!has_rows(hand))
        return 0;
    code = store_write(writer->store, hand, patience, err);
    if (code == 0)
        atomic_fetch_add(&writer->commits, 1);
    return code;
}

/* Pause before the next attempt: soon at first, for another process may only be slow, then every second. New
 * work does not shorten it. */
static void pause_after(struct writer *writer, int failures)
{
    static const int pauses_ms[] = {20, 100, 300, 1000};
    enum { LAST = sizeof(pauses_ms) / sizeof(pauses_ms[0]) - 1 };
    struct timespec until = in_ms(pauses_ms[failures > LAST ? LAST : failures - 1]);

    while (!writer->is_stopping && pthread_cond_timedwait(&writer->work, &writer->lock, &until) != ETIMEDOUT)
        continue;
}

static void settle(struct writer *writer, const struct err *result)
{
    writer->trouble = *result;
    pthread_cond_broadcast(&writer->settled);
}

/* Called and left with the lock held. Returns false when there is nothing more to do. */
static bool write_all(struct writer *writer)
{
    struct batch *hand = NULL;
    bool last_attempt = false;

    take(writer, &hand);
    for (int failures = 0; hand;) {
        struct err result = {0};
        int code;

        pthread_mutex_unlock(&writer->lock);
        code = attempt(writer, hand, last_attempt ? DB_PATIENT : DB_FOR_A_SECOND, &result);
        if (code == 0) {
            tell(writer, hand);
            store_checkpoint(writer->store);
            hand = NULL;
        }
        pthread_mutex_lock(&writer->lock);
        settle(writer, &result);
        if (code < 0 && last_attempt)
            break;
        if (code < 0)
            pause_after(writer, ++failures);
        last_attempt = writer->is_stopping;
        take(writer, &hand);
    }
    for (struct batch *next; hand; hand = next) {
        next = hand->next;
        batch_free(hand);
    }
    return !writer->is_stopping;
}

/* Called and left with the lock held. */
static void checkpoint(struct writer *writer)
{
    writer->wants_checkpoint = false;
    pthread_mutex_unlock(&writer->lock);
    store_checkpoint(writer->store);
    pthread_mutex_lock(&writer->lock);
}

static void *run(void *context)
{
    struct writer *writer = context;

    pthread_mutex_lock(&writer->lock);
    for (bool goes_on = true; goes_on;) {
        writer->is_busy = false;
        while (!writer->queue && !writer->is_stopping && !writer->wants_checkpoint)
            pthread_cond_wait(&writer->work, &writer->lock);
        writer->is_busy = true;
        if (writer->queue)
            goes_on = write_all(writer);
        else if (writer->is_stopping)
            goes_on = false;
        else
            checkpoint(writer);
    }
    pthread_mutex_unlock(&writer->lock);
    return NULL;
}

/* --- the owner's side --------------------------------------------------------------------------------- */

/* Signals are the loop's business. */
static void start(struct writer *writer)
{
    sigset_t all, before;
    int failed;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&writer->thread, NULL, run, writer);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        err_errno(&writer->trouble, failed, "cannot start the journal's writer");
    writer->has_thread = !failed;
}

static void enqueue(struct writer *writer, struct batch *batch)
{
    if (writer->queue)
        writer->queue_last->next = batch;
    else
        writer->queue = batch;
    writer->queue_last = batch;
    if (!writer->has_thread)
        start(writer);
}

uint64_t writer_submit(struct writer *writer, struct batch *batch)
{
    uint64_t number;

    pthread_mutex_lock(&writer->lock);
    number = batch->number = ++writer->submitted;
    enqueue(writer, batch);
    pthread_mutex_unlock(&writer->lock);
    pthread_cond_signal(&writer->work); /* after the lock is free, or the woken thread would wait once more */
    return number;
}

/* The WAL has grown by what the owner wrote: let the thread move it. */
static void ask_for_checkpoint(struct writer *writer)
{
    pthread_mutex_lock(&writer->lock);
    writer->wants_checkpoint = true;
    if (!writer->has_thread)
        start(writer);
    pthread_mutex_unlock(&writer->lock);
    pthread_cond_signal(&writer->work);
}

/* Only the owner submits, so while it is in here the queue stays empty and the thread idle. */
uint64_t writer_write_here(struct writer *writer, struct batch *batch)
{
    bool is_idle;

    pthread_mutex_lock(&writer->lock);
    is_idle = !writer->queue && !writer->is_busy && !writer->wants_checkpoint && !writer->trouble.code;
    if (is_idle)
        batch->number = writer->submitted + 1;
    pthread_mutex_unlock(&writer->lock);
    /* The owner has more to do than to wait for another process. */
    if (!is_idle || attempt(writer, batch, DB_SOON, NULL) < 0)
        return writer_submit(writer, batch);
    batch->done = NULL;
    writer->submitted = batch->number;
    tell(writer, batch);
    if (store_wants_checkpoint(writer->store))
        ask_for_checkpoint(writer);
    return writer->submitted;
}

uint64_t writer_durable(const struct writer *writer)
{
    return atomic_load(&writer->durable);
}

uint64_t writer_commits(const struct writer *writer)
{
    return atomic_load(&writer->commits);
}

int writer_trouble(struct writer *writer, struct err *err)
{
    int code;

    pthread_mutex_lock(&writer->lock);
    code = writer->trouble.code;
    if (code && err)
        *err = writer->trouble;
    pthread_mutex_unlock(&writer->lock);
    return code;
}

int writer_flush(struct writer *writer, int64_t timeout_ms, struct err *err)
{
    struct timespec until = in_ms(timeout_ms);
    int waited = 0;
    uint64_t goal;

    pthread_mutex_lock(&writer->lock);
    goal = writer->submitted;
    while (atomic_load(&writer->durable) < goal && waited != ETIMEDOUT)
        waited = pthread_cond_timedwait(&writer->settled, &writer->lock, &until);
    pthread_mutex_unlock(&writer->lock);
    if (atomic_load(&writer->durable) >= goal)
        return 0;
    return writer_trouble(writer, err) < 0
               ? err_wrap(err, "not everything is durable")
               : err_set(err, ERR_TIMEOUT, "the journal did not become durable within %lld ms",
                     (long long)timeout_ms);
}

void writer_free(struct writer *writer)
{
    if (!writer)
        return;
    pthread_mutex_lock(&writer->lock);
    writer->is_stopping = true;
    pthread_cond_signal(&writer->work);
    pthread_mutex_unlock(&writer->lock);
    if (writer->has_thread)
        pthread_join(writer->thread, NULL);
    for (struct batch *next; writer->queue; writer->queue = next) {
        next = writer->queue->next;
        batch_free(writer->queue);
    }
    pthread_cond_destroy(&writer->work);
    pthread_cond_destroy(&writer->settled);
    pthread_mutex_destroy(&writer->lock);
    free(writer);
}
