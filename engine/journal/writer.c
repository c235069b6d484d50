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
 * (writer_write_here), while the thread is idle: a serial run then pays for no change of thread. */
#include "journal/writer.h"
#include "base/mem.h"
#include "journal/db.h"
#include "journal/thread.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum {
    GROUP = 8,   /* batches of a commit that are many */
    SPARES = 64, /* that are kept to be filled again: to get and to give back the memory of each costs as much
                  * as to write it */
};

struct writer {
    struct store *store;
    pthread_mutex_t lock;   /* of all below */
    pthread_cond_t work;    /* something was submitted, or it is time to stop */
    pthread_cond_t settled; /* an attempt has ended */
    pthread_t thread;
    bool has_thread, is_stopping;
    bool is_busy; /* the thread has batches in hand */
    struct batch *queue, *queue_last;
    struct batch *spare; /* empty ones */
    size_t spares;
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

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000 + now.tv_nsec;
}

static struct timespec at_ns(int64_t at)
{
    return (struct timespec){.tv_sec = at / 1000000000, .tv_nsec = at % 1000000000};
}

static struct timespec in_ms(int64_t ms)
{
    return at_ns(now_ns() + ms * 1000000);
}

/* --- the thread --------------------------------------------------------------------------------------- */

/* What is written together. */
struct hand {
    struct writer *writer;
    struct batch *first, *last;
    size_t count;
    const struct batch *at; /* the last that was written; NULL = none */
    size_t wanted;          /* so many may come together, */
    struct timespec until;  /* if they do by then */
};

/* What the thread's last commit was like. */
struct past {
    size_t batches;
    int64_t began_ns, ended_ns;
};

/* Called with the lock held. */
static void take(struct hand *hand)
{
    struct writer *writer = hand->writer;

    if (!writer->queue)
        return;
    if (hand->last)
        hand->last->next = writer->queue;
    else
        hand->first = writer->queue;
    hand->last = writer->queue_last;
    for (const struct batch *batch = writer->queue; batch; batch = batch->next)
        hand->count++;
    writer->queue = writer->queue_last = NULL;
}

/* Many that were told at once mostly have something new at once, too. The first of them would be written
 * alone, and the others wait for that: so the transaction stays open for them, for a quarter of the time that
 * the last one took. */
static void let_gather(struct hand *hand, const struct past *past)
{
    if (past->batches < GROUP)
        return;
    hand->wanted = past->batches;
    hand->until = at_ns(past->ended_ns + (past->ended_ns - past->began_ns) / 4);
}

static const struct batch *await_more(struct hand *hand)
{
    struct writer *writer = hand->writer;
    const struct batch *first;
    int waited = 0;

    pthread_mutex_lock(&writer->lock);
    while (!writer->queue && !writer->is_stopping && waited != ETIMEDOUT)
        waited = pthread_cond_timedwait(&writer->work, &writer->lock, &hand->until);
    first = writer->queue;
    take(hand);
    pthread_mutex_unlock(&writer->lock);
    return first;
}

static const struct batch *next_batch(void *context)
{
    struct hand *hand = context;
    const struct batch *next = hand->at ? hand->at->next : hand->first;

    if (!next && hand->count < hand->wanted)
        next = await_more(hand);
    if (next)
        hand->at = next;
    return next;
}

static bool has_rows(const struct batch *list)
{
    while (list && !list->first)
        list = list->next;
    return list != NULL;
}

static bool keep(struct writer *writer, struct batch *batch)
{
    bool has_room;

    if (!batch_clear(batch))
        return false;
    pthread_mutex_lock(&writer->lock);
    has_room = writer->spares < SPARES;
    if (has_room) {
        batch->next = writer->spare;
        writer->spare = batch;
        writer->spares++;
    }
    pthread_mutex_unlock(&writer->lock);
    return has_room;
}

/* All of them are durable before the first is told. */
static void tell(const struct hand *hand)
{
    atomic_store(&hand->writer->durable, hand->last->number);
    for (struct batch *batch = hand->first, *next; batch; batch = next) {
        next = batch->next;
        if (batch->done)
            batch->done(batch->context, batch->number);
        if (!keep(hand->writer, batch))
            batch_free(batch);
    }
}

static int attempt(struct hand *hand, int patience, struct err *err)
{
    int code;

    if (!has_rows(hand->first))
        return 0;
    code = store_write(hand->writer->store, next_batch, hand, patience, err);
    if (code == 0)
        atomic_fetch_add(&hand->writer->commits, 1);
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

/* Without the lock. Negative when it is still to be written. */
static int write_hand(struct hand *hand, int patience, struct past *past, struct err *err)
{
    int code;

    past->began_ns = now_ns();
    hand->at = NULL;
    code = attempt(hand, patience, err);
    hand->wanted = 0;
    if (code < 0)
        return code;
    past->batches = hand->count;
    tell(hand);
    past->ended_ns = now_ns();
    store_tend_wal(hand->writer->store, past->batches);
    return 0;
}

/* Called and left with the lock held. Returns false when it was given up. */
static bool write_all(struct writer *writer, struct past *past)
{
    struct hand hand = {.writer = writer};
    bool last_attempt = false;

    let_gather(&hand, past);
    for (int failures = 1;; failures++) {
        struct err result = {0};
        int code;

        take(&hand);
        pthread_mutex_unlock(&writer->lock);
        code = write_hand(&hand, last_attempt ? DB_PATIENT : DB_FOR_A_SECOND, past, &result);
        pthread_mutex_lock(&writer->lock);
        settle(writer, &result);
        if (code == 0)
            return true;
        if (last_attempt)
            break;
        pause_after(writer, failures);
        last_attempt = writer->is_stopping;
    }
    batch_free_all(hand.first);
    return false;
}

static void *run(void *context)
{
    struct writer *writer = context;
    struct past past = {0};

    pthread_mutex_lock(&writer->lock);
    for (bool goes_on = true; goes_on;) {
        writer->is_busy = false;
        while (!writer->queue && !writer->is_stopping)
            pthread_cond_wait(&writer->work, &writer->lock);
        writer->is_busy = true;
        goes_on = writer->queue && write_all(writer, &past);
    }
    pthread_mutex_unlock(&writer->lock);
    return NULL;
}

/* --- the owner's side --------------------------------------------------------------------------------- */

static void start(struct writer *writer)
{
    int failed = thread_start(&writer->thread, run, writer);

    if (failed)
        err_errno(&writer->trouble, failed, "cannot start the journal's writer");
    writer->has_thread = !failed;
}

struct batch *writer_batch(struct writer *writer)
{
    struct batch *batch;

    pthread_mutex_lock(&writer->lock);
    batch = writer->spare;
    if (batch) {
        writer->spare = batch->next;
        writer->spares--;
    }
    pthread_mutex_unlock(&writer->lock);
    if (!batch)
        return batch_new();
    batch->next = NULL;
    return batch;
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

/* Only the owner submits, so while it is in here the queue stays empty and the thread idle. */
uint64_t writer_write_here(struct writer *writer, struct batch *batch)
{
    struct hand hand = {.writer = writer, .first = batch, .last = batch, .count = 1};
    bool is_idle;

    pthread_mutex_lock(&writer->lock);
    is_idle = !writer->queue && !writer->is_busy && !writer->trouble.code;
    if (is_idle)
        batch->number = writer->submitted + 1;
    pthread_mutex_unlock(&writer->lock);
    /* The owner has more to do than to wait for another process. */
    if (!is_idle || attempt(&hand, DB_SOON, NULL) < 0)
        return writer_submit(writer, batch);
    batch->done = NULL;
    writer->submitted = batch->number;
    tell(&hand);
    store_tend_wal(writer->store, 1);
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
    batch_free_all(writer->queue);
    batch_free_all(writer->spare);
    pthread_cond_destroy(&writer->work);
    pthread_cond_destroy(&writer->settled);
    pthread_mutex_destroy(&writer->lock);
    free(writer);
}
