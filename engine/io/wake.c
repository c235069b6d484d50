/* The two kinds of call that come from outside the loop's thread: other threads, and signals. */
#include "base/mem.h"
#include "io/inside.h"

struct loop_wake {
    uv_async_t async;
    timer_fn fn;
    void *context;
};

struct loop_signal {
    uv_signal_t signal;
    void (*fn)(void *context, int signum);
    void *context;
};

static void on_wake(uv_async_t *async)
{
    struct loop_wake *wake = container_of(async, struct loop_wake, async);

    wake->fn(wake->context);
}

static void wake_closed(uv_handle_t *handle)
{
    free(container_of(handle, struct loop_wake, async));
}

struct loop_wake *loop_wake_new(struct loop *loop, timer_fn fn, void *context)
{
    struct loop_wake *wake = mem_alloc(sizeof(*wake));

    wake->fn = fn;
    wake->context = context;
    uv_async_init(&loop->uv, &wake->async, on_wake);
    return wake;
}

void loop_wake_ring(struct loop_wake *wake)
{
    uv_async_send(&wake->async);
}

void loop_wake_free(struct loop_wake *wake)
{
    if (wake)
        uv_close((uv_handle_t *)&wake->async, wake_closed);
}

static void on_signal(uv_signal_t *handle, int signum)
{
    struct loop_signal *signal = container_of(handle, struct loop_signal, signal);

    signal->fn(signal->context, signum);
}

static void signal_closed(uv_handle_t *handle)
{
    free(container_of(handle, struct loop_signal, signal));
}

struct loop_signal *loop_signal_start(
    struct loop *loop, int signum, void (*fn)(void *context, int signum), void *context)
{
    struct loop_signal *signal = mem_alloc(sizeof(*signal));

    signal->fn = fn;
    signal->context = context;
    uv_signal_init(&loop->uv, &signal->signal);
    uv_unref((uv_handle_t *)&signal->signal);
    uv_signal_start(&signal->signal, on_signal, signum);
    loop->signals_changed++;
    return signal;
}

void loop_signal_free(struct loop_signal *signal)
{
    if (signal)
        uv_close((uv_handle_t *)&signal->signal, signal_closed);
}
