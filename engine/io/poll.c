#include "base/mem.h"
#include "io/inside.h"

#include <errno.h>
#include <unistd.h>

int poll_add(struct loop *loop, struct poll_item *item, int fd, uint32_t events, bool holds)
{
    struct epoll_event event = {.events = events, .data.ptr = item};

    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
        return -errno;
    item->fd = fd;
    item->holds = holds;
    if (holds && loop->holding++ == 0)
        uv_ref((uv_handle_t *)&loop->poll);
    return 0;
}

int poll_change(struct loop *loop, struct poll_item *item, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = item};

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
