#include "lib/test.h"

#include "base/clock.h"
#include "io/loop.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

struct log {
    struct loop *loop;
    char order[64];
    size_t len;
    struct loop_timer *victim;
    int fd;
    struct loop_watch *watch;
    struct loop_wake *wake;
};

struct mark {
    struct log *log;
    char letter;
};

static void note(void *context)
{
    struct mark *mark = context;

    mark->log->order[mark->log->len++] = mark->letter;
}

static void timers_fire_in_the_order_they_are_due(void **state)
{
    struct log log = {.loop = loop_new()};
    struct mark a = {&log, 'a'}, b = {&log, 'b'}, c = {&log, 'c'}, d = {&log, 'd'};
    int64_t now = loop_now_us(log.loop);

    (void)state;
    loop_timer_start(log.loop, now + 3000, note, &c);
    loop_timer_start(log.loop, now + 1000, note, &a);
    loop_timer_start(log.loop, now + 2000, note, &b);
    loop_timer_start(log.loop, now - 5, note, &d);
    loop_run(log.loop);
    assert_string_equal(log.order, "dabc");
    assert_true(clock_mono_us() >= now + 3000);
    loop_free(log.loop);
}

static void timers_due_together_fire_in_the_order_they_were_started(void **state)
{
    struct log log = {.loop = loop_new()};
    struct mark marks[26];
    int64_t due = loop_now_us(log.loop) + 500;

    (void)state;
    for (int i = 0; i < 26; i++) {
        marks[i] = (struct mark){&log, (char)('a' + i)};
        loop_timer_start(log.loop, due, note, &marks[i]);
    }
    loop_run(log.loop);
    assert_string_equal(log.order, "abcdefghijklmnopqrstuvwxyz");
    loop_free(log.loop);
}

static void stop_victim(void *context)
{
    struct mark *mark = context;

    note(mark);
    loop_timer_stop(mark->log->loop, mark->log->victim);
}

static void a_timer_can_stop_another_that_is_due_in_the_same_turn(void **state)
{
    struct log log = {.loop = loop_new()};
    struct mark a = {&log, 'a'}, b = {&log, 'b'};

    (void)state;
    loop_timer_start(log.loop, loop_now_us(log.loop), stop_victim, &a);
    log.victim = loop_timer_start(log.loop, loop_now_us(log.loop), note, &b);
    loop_timer_stop(log.loop, NULL);
    loop_run(log.loop);
    assert_string_equal(log.order, "a");
    loop_free(log.loop);
}

static void defer_again(void *context)
{
    struct mark *mark = context;

    note(mark);
    if (mark->log->len < 5)
        loop_defer(mark->log->loop, defer_again, mark);
}

static void deferred_calls_run_in_order_and_may_defer_more(void **state)
{
    struct log log = {.loop = loop_new()};
    struct mark a = {&log, 'a'}, b = {&log, 'b'};

    (void)state;
    loop_defer(log.loop, defer_again, &a);
    loop_defer(log.loop, note, &b);
    assert_int_equal(log.len, 0);
    loop_run(log.loop);
    assert_string_equal(log.order, "abaaa");
    loop_free(log.loop);
}

static void many(void *context)
{
    ++*(size_t *)context;
}

static void random_starts_and_stops_leave_exactly_the_others(void **state)
{
    enum { COUNT = 5000 };
    struct loop *loop = loop_new();
    struct loop_timer **timers = calloc(COUNT, sizeof(struct loop_timer *));
    size_t fired = 0, stopped = 0;
    int64_t now = loop_now_us(loop);

    (void)state;
    srand(7);
    for (int i = 0; i < COUNT; i++)
        timers[i] = loop_timer_start(loop, now + rand() % 3000, many, &fired);
    for (int i = 0; i < COUNT; i++) {
        if (rand() % 3)
            continue;
        loop_timer_stop(loop, timers[i]);
        stopped++;
    }
    loop_run(loop);
    assert_int_equal(fired + stopped, COUNT);
    free(timers);
    loop_free(loop);
}

static void stop_loop(void *context)
{
    loop_stop(context);
}

static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void waiting_costs_no_processor_time(void **state)
{
    struct loop *loop = loop_new();
    size_t fired = 0;
    double before;

    (void)state;
    loop_timer_start(loop, loop_now_us(loop) + 1000, many, &fired);
    loop_timer_stop(loop, loop_timer_start(loop, loop_now_us(loop) + 100, many, &fired));
    loop_timer_start(loop, loop_now_us(loop) + 300000, stop_loop, loop);
    before = cpu_seconds();
    loop_run(loop);
    assert_int_equal(fired, 1);
    assert_true(cpu_seconds() - before < 0.1);
    loop_free(loop);
}

static void *ring_often(void *context)
{
    for (int i = 0; i < 1000; i++)
        loop_wake_ring(context);
    return NULL;
}

static void woken(void *context)
{
    struct log *log = context;

    log->len++;
    loop_wake_free(log->wake);
}

static void a_wake_rung_by_another_thread_is_heard_once_per_turn(void **state)
{
    struct log log = {.loop = loop_new()};
    pthread_t thread;

    (void)state;
    log.wake = loop_wake_new(log.loop, woken, &log);
    pthread_create(&thread, NULL, ring_often, log.wake);
    pthread_join(thread, NULL);
    loop_run(log.loop);
    assert_int_equal(log.len, 1);
    loop_free(log.loop);
}

static void on_signal(void *context, int signum)
{
    struct log *log = context;

    log->order[log->len++] = signum == SIGUSR1 ? 'u' : '?';
    loop_stop(log->loop);
}

static void a_signal_is_a_callback_and_holds_nothing(void **state)
{
    struct log log = {.loop = loop_new()};
    struct loop_signal *signal = loop_signal_start(log.loop, SIGUSR1, on_signal, &log);

    (void)state;
    loop_run(log.loop); /* returns at once */
    raise(SIGUSR1);
    loop_timer_start(log.loop, loop_now_us(log.loop) + 5000000, stop_loop, log.loop);
    loop_run(log.loop);
    assert_string_equal(log.order, "u");
    loop_signal_free(signal);
    loop_free(log.loop);
}

static void read_one(void *context)
{
    struct log *log = context;
    char c;

    if (read(log->fd, &c, 1) == 1) {
        log->order[log->len++] = c;
        return;
    }
    loop_watch_free(log->watch);
    loop_stop(log->loop);
}

static void a_watched_pipe_is_read_until_its_end(void **state)
{
    struct log log = {.loop = loop_new()};
    int fds[2];

    (void)state;
    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "xyz", 3), 3);
    close(fds[1]);
    log.fd = fds[0];
    log.watch = loop_watch_start(log.loop, log.fd, read_one, &log);
    loop_timer_start(log.loop, loop_now_us(log.loop) + 5000000, stop_loop, log.loop);
    loop_run(log.loop);
    assert_string_equal(log.order, "xyz");
    close(fds[0]);
    loop_free(log.loop);
}

static void a_watched_file_is_read_until_its_end_too(void **state)
{
    struct log log = {.loop = loop_new()};
    FILE *file = tmpfile();

    (void)state;
    fputs("abc", file);
    rewind(file);
    log.fd = fileno(file);
    log.watch = loop_watch_start(log.loop, log.fd, read_one, &log);
    loop_timer_start(log.loop, loop_now_us(log.loop) + 5000000, stop_loop, log.loop);
    loop_run(log.loop);
    assert_string_equal(log.order, "abc");
    fclose(file);
    loop_free(log.loop);
}

static void a_loop_with_nothing_to_wait_for_returns(void **state)
{
    struct loop *loop = loop_new();

    (void)state;
    loop_run(loop);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(timers_fire_in_the_order_they_are_due),
        test_case(timers_due_together_fire_in_the_order_they_were_started),
        test_case(a_timer_can_stop_another_that_is_due_in_the_same_turn),
        test_case(deferred_calls_run_in_order_and_may_defer_more),
        test_case(random_starts_and_stops_leave_exactly_the_others),
        test_case(waiting_costs_no_processor_time),
        test_case(a_wake_rung_by_another_thread_is_heard_once_per_turn),
        test_case(a_signal_is_a_callback_and_holds_nothing),
        test_case(a_watched_pipe_is_read_until_its_end),
        test_case(a_watched_file_is_read_until_its_end_too),
        test_case(a_loop_with_nothing_to_wait_for_returns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
