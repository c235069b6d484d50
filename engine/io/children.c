#include "io/children.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What was not there for want of descriptors may be there now. */
static void open_files(struct children *children)
{
    char path[64];

    if (children->null_fd < 0)
        children->null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (children->list_fd >= 0)
        return;
    /* Orphans are handed to the first thread, so its list is the one that matters. */
    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    children->list_fd = open(path, O_RDONLY | O_CLOEXEC);
}

struct children *loop_children(struct loop *loop)
{
    struct children *children = loop->children;

    if (!children) {
        children = loop->children = mem_alloc(sizeof(*children));
        children->null_fd = children->list_fd = -1;
        children->buffer = mem_resize(NULL, READ_SIZE);
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    }
    open_files(children);
    return children;
}

void children_free(struct children *children)
{
    if (!children)
        return;
    launch_fini(children);
    if (children->null_fd >= 0)
        close(children->null_fd);
    if (children->list_fd >= 0)
        close(children->list_fd);
    free(children->buffer);
    free(children->list);
    free(children);
}

/* Where `pid` is in the list, or would be. */
static size_t place_of(const struct children *children, pid_t pid)
{
    size_t low = 0, high = children->len;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (children->list[middle]->pid < pid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_watched(const struct children *children, pid_t pid)
{
    size_t place = place_of(children, pid);

    return place < children->len && children->list[place]->pid == pid;
}

static void list_add(struct children *children, struct child *child)
{
    size_t place = place_of(children, child->pid);

    children->list = mem_grow(children->list, children->len, &children->cap, sizeof(struct child *));
    memmove(
        &children->list[place + 1], &children->list[place], (children->len - place) * sizeof(struct child *));
    children->list[place] = child;
    children->len++;
}

static void list_remove(struct children *children, const struct child *child)
{
    size_t place = place_of(children, child->pid);

    children->len--;
    memmove(
        &children->list[place], &children->list[place + 1], (children->len - place) * sizeof(struct child *));
}

void child_forget(struct child *child)
{
    poll_close(child->loop, &child->exit);
    list_remove(child->loop->children, child);
}

static void on_pidfd(struct poll_item *item, uint32_t events)
{
    struct child *child = container_of(item, struct child, exit);
    siginfo_t info = {0};

    (void)events;
    if (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0)
        return;
    child_forget(child);
    child->on_end(child, &info);
}

int child_watch(struct loop *loop, struct child *child, pid_t pid, int pidfd)
{
    int fd = pidfd >= 0 ? pidfd : (int)syscall(SYS_pidfd_open, pid, 0);
    int result;

    if (fd < 0)
        return -errno;
    child->loop = loop;
    child->pid = pid;
    child->exit = (struct poll_item){.fd = -1, .ready = on_pidfd};
    result = poll_add(loop, &child->exit, fd, EPOLLIN, true);
    if (result < 0) {
        close(fd);
        return result;
    }
    list_add(loop->children, child);
    return 0;
}

/* Reaps it when it is not. */
static bool is_alive(pid_t pid)
{
    siginfo_t info = {0};

    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0;
}

/* The numbers in the list of the kernel that we do not know. The common case, all known, is one read. */
int children_strangers(struct loop *loop, pid_t *ret, int max)
{
    struct children *children = loop_children(loop);
    char text[4096];
    off_t offset = 0;
    int found = 0;
    ssize_t n;
    pid_t pid = 0;

    if (children->list_fd < 0)
        return errno == ENOENT ? 0 : -errno; /* a kernel that keeps no such list */
    while ((n = pread(children->list_fd, text, sizeof(text), offset)) > 0) {
        for (ssize_t i = 0; i < n; i++) {
            if (text[i] != ' ') {
                pid = pid * 10 + (text[i] - '0');
                continue;
            }
            if (found < max && !is_watched(children, pid) && is_alive(pid))
                ret[found++] = pid;
            pid = 0;
        }
        offset += n;
    }
    return found;
}
