/* journal: the same as floor_journal through the journal: append, hand over to the writer, be called back, go
 * on.
 *
 *   journal noop DB N       2 events and one commit a step, the next step begins when the commit is durable
 *   journal row DB N        1 event a commit
 *   journal group64 DB N    64 runs, one commit for a step of each
 *   journal latency DB N    64 runs, of which each appends its next event when its last one is durable: from
 * the commit to the call that says so, N times, in milliseconds; N / 2 before are not counted, in which the
 * WAL grows to the size that it keeps journal paced DB N      the same of 5,000 appends a second, durable or
 * not what came before; counted from when each was due journal scan DB N       events a second when N events
 * are read with and without their data
 */
#include "base/mem.h"
#include "journal/journal.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { RUNS = 64, APPENDS_A_SECOND = 5000 };

struct shape {
    const char *name;
    long runs, events;
};

static const struct shape shapes[] = {{"noop", 1, 2}, {"row", 1, 1}, {"group64", RUNS, 2},
    {"latency", RUNS, 1}, {"paced", RUNS, 1}, {"scan", RUNS, 64}};

static double now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double written(void)
{
    FILE *file = fopen("/proc/self/io", "r");
    char line[128];
    double bytes = 0;

    while (file && fgets(line, sizeof(line), file))
        sscanf(line, "write_bytes: %lf", &bytes);
    if (file)
        fclose(file);
    return bytes;
}

struct bench {
    struct journal *journal;
    char ids[RUNS][RUN_ID_SIZE];
    uint64_t seq;
    json_t *data;
    int wake;
};

static void must(int code, const struct err *err)
{
    if (code < 0) {
        fprintf(stderr, "journal: %s\n", err->text);
        exit(1);
    }
}

static void start(struct bench *bench, const char *path)
{
    const struct journal_options options = {.path = path, .sync = JOURNAL_SYNC_FULL};
    struct err err;

    must(journal_open(&options, &bench->journal, &err), &err);
    bench->data = json_pack("{s:{s:s, s:i}}", "result", "stdout", "", "exit_code", 0);
    bench->wake = eventfd(0, 0);
    for (int i = 0; i < RUNS; i++) {
        struct run_row row = {
            .runbook = "bench", .status = RUN_RUNNING, .message = "", .engine = "", .engine_host = ""};

        random_base32(row.id, RUN_ID_SIZE - 1);
        memcpy(bench->ids[i], row.id, RUN_ID_SIZE);
        must(journal_create_run(bench->journal, &row, NULL, 0, &err), &err);
    }
}

static void on_durable(void *context, uint64_t batch)
{
    const struct bench *bench = context;

    (void)batch;
    eventfd_write(bench->wake, 1);
}

static void step(struct bench *bench, const struct shape *shape)
{
    eventfd_t woken;

    for (long run = 0; run < shape->runs; run++) {
        for (long i = 0; i < shape->events; i++) {
            const struct event event = {.seq = bench->seq * (uint64_t)shape->events + (uint64_t)i + 1,
                .wall_us = 1700000000000000 + (int64_t)bench->seq,
                .mono_us = (int64_t)bench->seq,
                .type = i % 2 ? EVENT_STEP_STARTED : EVENT_STEP_FINISHED,
                .path = "deploy/rollout#1",
                .status = i % 2 ? STEP_PENDING : STEP_SUCCEEDED,
                .exit_code = i % 2 ? -1 : 0,
                .attempt = 1,
                .due_us = -1,
                .data = i % 2 ? NULL : bench->data};

            journal_append(bench->journal, bench->ids[run], &event);
        }
    }
    bench->seq++;
    journal_commit(bench->journal, on_durable, bench);
    eventfd_read(bench->wake, &woken);
}

static void measure_writing(struct bench *bench, const struct shape *shape, long steps)
{
    double bytes = written(), from = now(), seconds, rows = (double)(steps * shape->events);
    double flushes = (double)journal_flushes(bench->journal);

    for (long done = 0; done < steps; done += shape->runs)
        step(bench, shape);
    seconds = now() - from;
    bytes = written() - bytes;
    flushes = (double)journal_flushes(bench->journal) - flushes;
    printf("journal.%s.rows %.0f rows/s\n", shape->name, rows / seconds);
    printf("journal.%s.commits %.0f commits/s\n", shape->name, flushes / seconds);
    printf("journal.%s.flushes %.4f flushes/step\n", shape->name, flushes / (double)steps);
    printf("journal.%s.disk %.0f B/row, %.0f B/step\n", shape->name, bytes / rows, bytes / (double)steps);
    printf("journal.%s %.0f steps/s\n", shape->name, (double)steps / seconds);
}

/* --- latency ------------------------------------------------------------------------------------------ */

/* By number of the batch, which is one append of one run. */
struct latency {
    struct bench *bench;
    double *began, *ended;
    long *run, count;
    uint64_t base;
    atomic_bool is_woken; /* as the loop's own way of being woken has it: once is enough */
};

static void on_one(void *context, uint64_t batch)
{
    struct latency *latency = context;

    latency->ended[batch - latency->base] = now();
    if (!atomic_exchange(&latency->is_woken, true))
        eventfd_write(latency->bench->wake, 1);
}

static void append_one(struct latency *latency, long run, double began)
{
    struct bench *bench = latency->bench;
    const struct event event = {.seq = ++bench->seq,
        .wall_us = 1700000000000000 + (int64_t)bench->seq,
        .mono_us = (int64_t)bench->seq,
        .type = EVENT_STEP_FINISHED,
        .path = "deploy/rollout#1",
        .status = STEP_SUCCEEDED,
        .attempt = 1,
        .due_us = -1,
        .data = bench->data};

    latency->run[latency->count] = run;
    latency->began[latency->count++] = began;
    journal_append(bench->journal, bench->ids[run], &event);
    journal_commit(bench->journal, on_one, latency);
}

/* Each run goes on when its last event is durable. */
static void append_in_turn(struct latency *latency, long n)
{
    struct bench *bench = latency->bench;
    eventfd_t woken;

    for (long run = 0; run < RUNS; run++)
        append_one(latency, run, now());
    for (long done = 0; done < n;) {
        eventfd_read(bench->wake, &woken);
        atomic_store(&latency->is_woken, false);
        for (long end = (long)(journal_durable(bench->journal) + 1 - latency->base); done < end && done < n;
             done++)
            append_one(latency, latency->run[done], now());
    }
}

static void sleep_until(double at)
{
    struct timespec ts = {.tv_sec = (time_t)at, .tv_nsec = (long)((at - (double)(time_t)at) * 1e9)};

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
        continue;
}

static void append_in_time(struct latency *latency, long n)
{
    double from = now();

    prctl(PR_SET_TIMERSLACK, 1);
    for (long i = 0; i < n; i++) {
        double due = from + (double)i / APPENDS_A_SECOND;

        sleep_until(due);
        append_one(latency, i % RUNS, due);
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void print_percentiles(const char *name, double *seconds, long n)
{
    static const double parts[] = {0.5, 0.9, 0.95, 0.999, 0.99};

    qsort(seconds, (size_t)n, sizeof(double), compare);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        printf("journal.%s.p%g %.3f ms\n", name, parts[i] * 100, seconds[(long)((double)n * parts[i])] * 1e3);
}

static void measure_latency(struct bench *bench, const char *name, long n)
{
    long before = n / 2, all = before + n;
    size_t size = (size_t)(all + 2 * RUNS) * sizeof(double);
    struct latency latency = {.bench = bench,
        .began = mem_alloc(size),
        .ended = mem_alloc(size),
        .run = mem_alloc(size),
        .base = journal_durable(bench->journal) + 1};

    if (strcmp(name, "paced") == 0)
        append_in_time(&latency, all);
    else
        append_in_turn(&latency, all);
    journal_flush(bench->journal, 10000, NULL);
    for (long i = before; i < all; i++)
        latency.ended[i] -= latency.began[i];
    print_percentiles(name, latency.ended + before, n);
    free(latency.began);
    free(latency.ended);
    free(latency.run);
}

/* --- reading ------------------------------------------------------------------------------------------ */

static bool count(void *context, const struct event *event)
{
    *(uint64_t *)context += event->seq > 0;
    return true;
}

static void measure_reading(struct bench *bench, const struct shape *shape, long rows)
{
    for (long done = 0; done < rows; done += shape->runs * shape->events)
        step(bench, shape);
    for (int with_data = 0; with_data < 2; with_data++) {
        uint64_t events = 0;
        double from = now();
        struct err err;

        for (int run = 0; run < RUNS; run++)
            must(journal_events(bench->journal, bench->ids[run], 0, with_data, count, &events, &err), &err);
        printf("journal.scan%s %.0f rows/s\n", with_data ? ".data" : "", (double)events / (now() - from));
    }
}

int main(int argc, char **argv)
{
    size_t which = 0, shape_count = sizeof(shapes) / sizeof(shapes[0]);
    struct bench bench = {0};
    long n;

    while (argc == 4 && which < shape_count && strcmp(argv[1], shapes[which].name) != 0)
        which++;
    if (argc != 4 || which == shape_count) {
        fprintf(stderr, "usage: journal noop|row|group64|latency|paced|scan DB N\n");
        return 2;
    }
    n = strtol(argv[3], NULL, 10);
    start(&bench, argv[2]);
    if (strcmp(shapes[which].name, "latency") == 0 || strcmp(shapes[which].name, "paced") == 0)
        measure_latency(&bench, shapes[which].name, n);
    else if (strcmp(shapes[which].name, "scan") == 0)
        measure_reading(&bench, &shapes[which], n);
    else
        measure_writing(&bench, &shapes[which], n);
    journal_close(bench.journal);
    json_decref(bench.data);
    close(bench.wake);
    return 0;
}
