/* loop: the one event loop of the process, its timers and its wake-ups. Owns libuv; nobody else sees it. */
#ifndef IO_LOOP_H
#define IO_LOOP_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

struct loop *loop_new(void);
void loop_free(struct loop *loop); /* everything started on it must be done */
/* Run until loop_stop, or until nothing is left to wait for. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);
int64_t loop_now_us(struct loop *loop); /* monotonic (CLOCK_BOOTTIME), as of this turn of the loop */

/* One timer; all of a process share one kernel timer over a compact heap of 16-byte entries. */
struct loop_timer;
typedef void (*timer_fn)(void *context);
struct loop_timer *loop_timer_start(struct loop *loop, int64_t due_mono_us, timer_fn fire, void *context);
void loop_timer_stop(struct loop *loop, struct loop_timer *timer); /* not after it fired; NULL is fine */

/* Call `fn` once, soon, on the loop, after the current callback. */
void loop_defer(struct loop *loop, timer_fn fn, void *context);

/* A wake-up that any thread may ring; rings before the callback are merged. It keeps the loop
 * running until it is freed. */
struct loop_wake;
struct loop_wake *loop_wake_new(struct loop *loop, timer_fn fn, void *context);
void loop_wake_ring(struct loop_wake *wake); /* any thread */
void loop_wake_free(struct loop_wake *wake);

/* Signals (SIGINT, SIGTERM, SIGWINCH) as callbacks; does not keep the loop running. */
struct loop_signal;
struct loop_signal *loop_signal_start(
    struct loop *loop, int signum, void (*fn)(void *context, int signum), void *context);
void loop_signal_free(struct loop_signal *signal);

/* Tell when a descriptor is readable; does not keep the loop running. The descriptor stays the caller's. */
struct loop_watch;
struct loop_watch *loop_watch_start(struct loop *loop, int fd, timer_fn readable, void *context);
void loop_watch_free(struct loop_watch *watch);

#endif
