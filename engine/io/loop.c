#include "io/loop.h"

#include "base/clock.h"
#include "base/mem.h"
#include "io/inside.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* One turn may spend this long on each of timers, descriptors and what was deferred; the rest come in the
 * next turn, after the others had theirs. */
enum { SLICE_US = 3000, TIMERS_BETWEEN_LOOKS = 64 };
enum { UV_DESCRIPTORS = 8 }; /* and some to spare */

/* What is left of the queue comes before what was deferred meanwhile. */
static void put_back(struct loop *loop, const struct deferred *queue, size_t len)
{
    struct deferred *later = loop->deferred;
    size_t later_len = loop->deferred_len;

    loop->deferred = NULL;
    loop->deferred_len = loop->deferred_cap = 0;
    for (size_t i = 0; i < len; i++)
        loop_defer(loop, queue[i].fn, queue[i].context);
    for (size_t i = 0; i < later_len; i++)
        loop_defer(loop, later[i].fn, later[i].context);
    free(later);
}

static void run_deferred(struct loop *loop)
{
    struct deferred *queue = loop->deferred;
    size_t len = loop->deferred_len, done = 0;
    int64_t began_us = len > 1 ? clock_mono_us() : 0;

    loop->deferred = NULL;
    loop->deferred_len = loop->deferred_cap = 0;
    do {
        queue[done].fn(queue[done].context);
        done++;
    } while (done < len && clock_mono_us() - began_us < SLICE_US);
    if (done < len)
        put_back(loop, queue + done, len - done);
    if (loop->deferred_len == 0) {
        uv_idle_stop(&loop->no_wait);
        loop->deferred = queue;
        loop->deferred_cap = len;
        return;
    }
    free(queue);
}

/* That it is active is all that matters: the wait ends at once. Once a turn is often enough: what is deferred
 * is deferred to give others theirs. */
static void on_no_wait(uv_idle_t *idle)
{
    (void)idle;
}

static void on_after_wait(uv_check_t *check)
{
    struct loop *loop = check->data;

    if (loop->deferred_len)
        run_deferred(loop);
}

/* Only an earlier time is told to the kernel: timers that are stopped before they fire, as most are, cost no
 * system call. */
static void arm(struct loop *loop)
{
    int64_t due_us = timers_next(&loop->timers);
    struct itimerspec spec = {0};

    if (due_us >= loop->armed_us)
        return;
    loop->armed_us = due_us;
    if (due_us < 1)
        due_us = 1; /* zero would disarm it */
    spec.it_value.tv_sec = due_us / 1000000;
    spec.it_value.tv_nsec = due_us % 1000000 * 1000;
    timerfd_settime(loop->clock.fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

static void on_before_wait(uv_prepare_t *prepare)
{
    struct loop *loop = prepare->data;

    arm(loop);
    loop->now_us = 0;
}

/* The clock's item keeps the loop running while there are timers. */
static void hold_for_timers(struct loop *loop)
{
    bool holds = loop->timers.len > 0;

    if (holds == loop->clock.holds)
        return;
    loop->clock.holds = holds;
    if (holds && loop->holding++ == 0)
        uv_ref((uv_handle_t *)&loop->poll);
    if (!holds && --loop->holding == 0)
        uv_unref((uv_handle_t *)&loop->poll);
}

static void on_clock(struct poll_item *item, uint32_t events)
{
    struct loop *loop = container_of(item, struct loop, clock);
    int64_t began_us = loop_now_us(loop);
    size_t left = loop->timers.len; /* what is armed meanwhile waits for the next turn */
    uint64_t count;
    timer_fn fire;
    void *context;

    (void)events;
    if (read(item->fd, &count, sizeof(count)) < 0 && errno == EAGAIN)
        return;
    loop->armed_us = INT64_MAX;
    for (size_t fired = 1; left-- > 0 && timers_pop(&loop->timers, began_us, &fire, &context); fired++) {
        fire(context);
        if (fired % TIMERS_BETWEEN_LOOKS == 0 && clock_mono_us() - began_us > SLICE_US)
            break;
    }
    hold_for_timers(loop);
}

static void look(struct loop *loop)
{
    int n = epoll_wait(loop->epoll_fd, loop->batch, POLL_BATCH, 0);

    loop->batch_len = n > 0 ? n : 0;
    loop->batch_at = 0;
}

/* A batch that takes long goes on in the next turn where it stopped, so that each has its share of a flood.
 */
static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct loop *loop = poll->data;
    int64_t began_us;

    (void)status, (void)events;
    if (loop->batch_at == loop->batch_len)
        look(loop);
    began_us = loop->batch_len - loop->batch_at > 1 ? clock_mono_us() : 0;
    while (loop->batch_at < loop->batch_len) {
        const struct epoll_event *event = &loop->batch[loop->batch_at++];
        struct poll_item *item = event->data.ptr;

        if (item)
            item->ready(item, event->events);
        if (loop->batch_at < loop->batch_len && clock_mono_us() - began_us > SLICE_US)
            break;
    }
}

/* Without a loop there is nothing that could go on, and nothing has begun. */
static void must(int result)
{
    if (result < 0) {
        fprintf(stderr, "runbook: the event loop cannot start: %s\n", strerror(-result));
        if (result == -EMFILE)
            fputs("runbook: raise the limit of open files (ulimit -n) and try again\n", stderr);
        exit(EXIT_FAILURE);
    }
}

static int no_fewer(int result)
{
    return result < 0 ? -errno : result;
}

/* Were one of them closed, the next descriptor we open would take its place, and children would get that one.
 */
static void occupy_stdio(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            must(no_fewer(open("/dev/null", O_RDWR))); /* the lowest free number: fd */
}

/* libuv aborts without a word when it has no descriptors for itself. */
static void look_for_room(void)
{
    int fds[UV_DESCRIPTORS], count = 0, result = 0;

    while (count < UV_DESCRIPTORS && result >= 0) {
        result = no_fewer(fcntl(0, F_DUPFD_CLOEXEC, 3));
        if (result >= 0)
            fds[count++] = result;
    }
    while (count)
        close(fds[--count]);
    must(result);
}

/* It tells epoll of its descriptors when it first waits, and aborts when there is no room for them: told
 * here, they are there already. */
static void enroll(struct loop *loop, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    must(no_fewer(epoll_ctl(uv_backend_fd(&loop->uv), EPOLL_CTL_ADD, fd, &event)));
}

struct loop *loop_new(void)
{
    struct loop *loop = mem_alloc(sizeof(*loop));

    occupy_stdio();
    look_for_room();
    must(uv_loop_init(&loop->uv));
    must(loop->epoll_fd = no_fewer(epoll_create1(EPOLL_CLOEXEC)));
    must(uv_poll_init(&loop->uv, &loop->poll, loop->epoll_fd));
    uv_prepare_init(&loop->uv, &loop->before_wait);
    uv_check_init(&loop->uv, &loop->after_wait);
    uv_idle_init(&loop->uv, &loop->no_wait);
    uv_timer_init(&loop->uv, &loop->look);
    uv_unref((uv_handle_t *)&loop->look);
    loop->look.data = loop->poll.data = loop->before_wait.data = loop->after_wait.data = loop->no_wait.data =
        loop;
    must(uv_poll_start(&loop->poll, UV_READABLE, on_poll)); /* which takes it out of epoll first */
    enroll(loop, loop->epoll_fd);
    enroll(loop, loop->uv.async_io_watcher.fd);
    enroll(loop, loop->uv.signal_io_watcher.fd);
    uv_prepare_start(&loop->before_wait, on_before_wait);
    uv_check_start(&loop->after_wait, on_after_wait);
    uv_unref((uv_handle_t *)&loop->poll);
    uv_unref((uv_handle_t *)&loop->before_wait);
    uv_unref((uv_handle_t *)&loop->after_wait);

    loop->signals_changed = 1;
    loop->scratch_fd = -1;
    loop->armed_us = INT64_MAX;
    loop->clock.ready = on_clock;
    must(loop->clock.fd = no_fewer(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK)));
    must(poll_add(loop, &loop->clock, loop->clock.fd, EPOLLIN, false));
    return loop;
}

void loop_free(struct loop *loop)
{
    int busy;

    if (!loop)
        return;
    curl_client_free(loop->curl);
    children_free(loop->children);
    poll_close(loop, &loop->clock);
    uv_close((uv_handle_t *)&loop->poll, NULL);
    uv_close((uv_handle_t *)&loop->before_wait, NULL);
    uv_close((uv_handle_t *)&loop->after_wait, NULL);
    uv_close((uv_handle_t *)&loop->no_wait, NULL);
    uv_close((uv_handle_t *)&loop->look, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    busy = uv_loop_close(&loop->uv);
    assert(!busy);
    (void)busy;
    close(loop->epoll_fd);
    if (loop->scratch_fd >= 0)
        close(loop->scratch_fd);
    timers_fini(&loop->timers);
    free(loop->unwatched);
    free(loop->deferred);
    free(loop);
}

void loop_run(struct loop *loop)
{
    uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *loop)
{
    uv_stop(&loop->uv);
}

int64_t loop_now_us(struct loop *loop)
{
    if (!loop->now_us)
        loop->now_us = clock_mono_us();
    return loop->now_us;
}

struct loop_timer *loop_timer_start(struct loop *loop, int64_t due_mono_us, timer_fn fire, void *context)
{
    struct loop_timer *timer = timers_add(&loop->timers, due_mono_us, fire, context);

    hold_for_timers(loop);
    return timer;
}

void loop_timer_stop(struct loop *loop, struct loop_timer *timer)
{
    if (!timer)
        return;
    timers_remove(&loop->timers, timer);
    hold_for_timers(loop);
}

void loop_defer(struct loop *loop, timer_fn fn, void *context)
{
    loop->deferred =
        mem_grow(loop->deferred, loop->deferred_len, &loop->deferred_cap, sizeof(*loop->deferred));
    loop->deferred[loop->deferred_len++] = (struct deferred){fn, context};
    if (loop->deferred_len == 1)
        uv_idle_start(&loop->no_wait, on_no_wait);
}
