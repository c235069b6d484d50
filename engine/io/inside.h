/* inside: what the files of this room share: the loop's own state, and descriptors watched on it. */
#ifndef IO_INSIDE_H
#define IO_INSIDE_H

#include "io/loop.h"
#include "io/timers.h"

#include <sys/epoll.h>
#include <uv.h>

/* A descriptor watched for EPOLLIN, EPOLLOUT …; embedded in what it belongs to. */
struct poll_item {
    int fd;              /* -1: not watched */
    bool holds;          /* keeps the loop running */
    uint32_t looked_for; /* epoll has no room for it: see poll.c; else 0 */
    void (*ready)(struct poll_item *item, uint32_t events);
};

struct deferred {
    timer_fn fn;
    void *context;
};

enum { POLL_BATCH = 64 };

/* All descriptors are in an epoll set of our own that libuv watches as one: a child costs one epoll_ctl per
 * pipe to begin and one to end, where a uv_poll_t costs five, and nothing has to wait for libuv's close
 * callbacks. */
struct loop {
    uv_loop_t uv;
    uv_poll_t poll;
    uv_prepare_t before_wait;
    uv_check_t after_wait;
    uv_idle_t no_wait; /* active while something is deferred */

    int epoll_fd;
    size_t holding;                       /* items that keep the loop running */
    struct epoll_event batch[POLL_BATCH]; /* being dispatched; poll_remove takes items out */
    int batch_at, batch_len;
    struct poll_item **unwatched; /* by epoll: looked at now and then */
    size_t unwatched_len, unwatched_cap;
    uv_timer_t look; /* … by this; does not keep the loop running */

    struct timers timers;
    struct poll_item
        clock; /* a timerfd on CLOCK_BOOTTIME: libuv's own timers stand still while the machine sleeps */
    int64_t armed_us; /* when the timerfd will fire */
    int64_t now_us;   /* 0: not asked yet in this turn */

    struct deferred *deferred;
    size_t deferred_len, deferred_cap;

    int scratch_fd;           /* -1, or the next one to lend: see scratch.c */
    unsigned signals_changed; /* counts the changes of what signals do */

    struct children *children; /* of io/process.c and io/transfer.c, made by the first use */
    struct curl_client *curl;
};

/* Level-triggered. Returns 0 or a negative errno; that the kernel has no room to watch it is none. */
int poll_add(struct loop *loop, struct poll_item *item, int fd, uint32_t events, bool holds);
int poll_change(struct loop *loop, struct poll_item *item, uint32_t events);
/* What this batch had to tell of it is dealt with already. */
void poll_seen(struct loop *loop, const struct poll_item *item);
/* Stop watching; the descriptor stays open. Harmless when not watched. */
void poll_remove(struct loop *loop, struct poll_item *item);
/* Stop watching and close. */
void poll_close(struct loop *loop, struct poll_item *item);
/* As uv_timer_cb: look at what epoll does not watch. */
void poll_look(uv_timer_t *timer);

void children_free(struct children *children);
void curl_client_free(struct curl_client *client);

#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#endif
