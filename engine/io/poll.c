#include "base/mem.h"
#include "io/inside.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* ---- what epoll has no room for ---- */

enum { LOOK_MS = 25 };

/* The kernel's memory, or what /proc/sys/fs/epoll/max_user_watches leaves this user, is used up. Nothing need
 * fail for that, or stand still: the descriptor is looked at by the clock. */
static bool is_full(int error)
{
    return error == ENOMEM || error == ENOSPC;
}

static void look_for(struct loop *loop, struct poll_item *item, uint32_t events)
{
    loop->unwatched =
        mem_grow(loop->unwatched, loop->unwatched_len, &loop->unwatched_cap, sizeof(*loop->unwatched));
    loop->unwatched[loop->unwatched_len++] = item;
    item->looked_for = events;
    if (loop->unwatched_len == 1)
        uv_timer_start(&loop->look, poll_look, LOOK_MS, LOOK_MS);
}

static void look_no_more(struct loop *loop, struct poll_item *item)
{
    size_t i = 0;

    while (loop->unwatched[i] != item)
        i++;
    loop->unwatched[i] = loop->unwatched[--loop->unwatched_len];
    item->looked_for = 0;
    if (loop->unwatched_len == 0)
        uv_timer_stop(&loop->look);
}

/* From the last to the first, because any of them may take itself and others out. The bits are those of
 * epoll. */
void poll_look(uv_timer_t *timer)
{
    struct loop *loop = timer->data;

    for (size_t i = loop->unwatched_len; i-- > 0;) {
        struct poll_item *item;
        struct pollfd look;

        if (i >= loop->unwatched_len)
            continue;
        item = loop->unwatched[i];
        look = (struct pollfd){.fd = item->fd, .events = (short)item->looked_for};
        if (poll(&look, 1, 0) > 0)
            item->ready(item, (uint32_t)look.revents);
    }
}

/* ---- what it watches ---- */

int poll_add(struct loop *loop, struct poll_item *item, int fd, uint32_t events, bool holds)
{
    struct epoll_event event = {.events = events, .data.ptr = item};

    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
        if (!is_full(errno))
            return -errno;
        look_for(loop, item, events);
    }
    item->fd = fd;
    item->holds = holds;
    if (holds && loop->holding++ == 0)
        uv_ref((uv_handle_t *)&loop->poll);
    return 0;
}

int poll_change(struct loop *loop, struct poll_item *item, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = item};

    if (item->looked_for) {
        item->looked_for = events;
        return 0;
    }
    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, item->fd, &event) < 0 ? -errno : 0;
}

void poll_seen(struct loop *loop, const struct poll_item *item)
{
    for (int i = loop->batch_at; i < loop->batch_len; i++)
        if (loop->batch[i].data.ptr == item)
            loop->batch[i].data.ptr = NULL;
}

void poll_remove(struct loop *loop, struct poll_item *item)
{
    if (item->fd < 0)
        return;
    if (item->looked_for)
        look_no_more(loop, item);
    else
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, item->fd, NULL);
    item->fd = -1;
    poll_seen(loop, item);
    if (item->holds && --loop->holding == 0)
        uv_unref((uv_handle_t *)&loop->poll);
}

void poll_close(struct loop *loop, struct poll_item *item)
{
    int fd = item->fd;

    poll_remove(loop, item);
    if (fd >= 0)
        close(fd);
}

struct loop_watch {
    struct loop *loop;
    struct poll_item item;
    timer_fn readable;
    void *context;
    bool is_plain; /* a file: always readable, and epoll does not take it */
    bool is_free;
};

static void watch_ready(struct poll_item *item, uint32_t events)
{
    struct loop_watch *watch = container_of(item, struct loop_watch, item);

    (void)events;
    watch->readable(watch->context);
}

static void plain_ready(void *context)
{
    struct loop_watch *watch = context;

    if (!watch->is_free)
        watch->readable(watch->context);
    if (watch->is_free)
        free(watch);
    else
        loop_defer(watch->loop, plain_ready, watch);
}

struct loop_watch *loop_watch_start(struct loop *loop, int fd, timer_fn readable, void *context)
{
    struct loop_watch *watch = mem_alloc(sizeof(*watch));

    *watch = (struct loop_watch){
        .loop = loop, .item = {.fd = -1, .ready = watch_ready}, .readable = readable, .context = context};
    if (poll_add(loop, &watch->item, fd, EPOLLIN, false) == 0)
        return watch;
    watch->is_plain = true;
    loop_defer(loop, plain_ready, watch);
    return watch;
}

void loop_watch_free(struct loop_watch *watch)
{
    if (!watch)
        return;
    watch->is_free = true;
    if (watch->is_plain)
        return; /* plain_ready frees it */
    poll_remove(watch->loop, &watch->item);
    free(watch);
}
