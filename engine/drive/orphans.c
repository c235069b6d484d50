#include "drive/orphans.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

enum { LOOK_US = 50 * 1000, MARKS = 3 };

struct orphans {
    struct loop *loop;
    struct effect order; /* a copy of its own */
    char *marks[MARKS];  /* "RUNBOOK_STEP=…": what their environments hold */
    struct loop_timer *timer;
    int64_t kill_us;
    long pid;      /* the first that was found */
    bool is_blind; /* the last look did not see all */
    orphans_gone gone;
    void *context;
};

static bool holds(const char *environ_, size_t len, const char *mark)
{
    size_t size = strlen(mark) + 1;

    for (size_t at = 0; at + size <= len; at += strnlen(environ_ + at, len - at) + 1)
        if (memcmp(environ_ + at, mark, size) == 0)
            return true;
    return false;
}

/* False when that cannot be told for want of descriptors. What is not for us to read is not ours. */
static bool read_environ(long pid, struct text *text)
{
    char path[64], bytes[4096];
    ssize_t n;
    int fd;

    snprintf(path, sizeof(path), "/proc/%ld/environ", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return !err_is_shortage(errno);
    while ((n = read(fd, bytes, sizeof(bytes))) > 0)
        text_add(text, bytes, (size_t)n);
    close(fd);
    return n == 0 || !err_is_shortage(errno);
}

enum sight { NOT_OURS, OURS, UNSEEN };

static enum sight look_at(const struct orphans *orphans, long pid)
{
    struct text text autotext = {0};

    if (!read_environ(pid, &text))
        return UNSEEN;
    for (int i = 0; i < MARKS; i++)
        if (!holds(text_str(&text), text.len, orphans->marks[i]))
            return NOT_OURS;
    return OURS;
}

/* The descriptor stands for this very process, whoever gets its number later. Without one (an old kernel, a
 * sandbox) the process is looked at once more, and has to be quick. */
static void end(const struct orphans *orphans, long pid, int signum)
{
    int fd = pidfd_open((pid_t)pid, 0);
    bool is_gone = fd < 0 && errno == ESRCH;

    if (!is_gone && look_at(orphans, pid) == OURS) {
        if (fd >= 0)
            pidfd_send_signal(fd, signum, NULL, 0);
        else
            kill((pid_t)pid, signum);
    }
    if (fd >= 0)
        close(fd);
}

static size_t look_through(struct orphans *orphans, DIR *proc, int signum)
{
    struct dirent *entry;
    size_t count = 0;

    while ((entry = readdir(proc))) {
        long pid = strtol(entry->d_name, NULL, 10);
        enum sight sight = NOT_OURS;

        if (pid > 0 && pid != (long)getpid() && pid != (long)getppid())
            sight = look_at(orphans, pid);
        count += sight != NOT_OURS;
        orphans->is_blind |= sight == UNSEEN;
        if (sight != OURS)
            continue;
        if (!orphans->pid)
            orphans->pid = pid;
        if (signum)
            end(orphans, pid, signum);
    }
    return count;
}

/* How many there are, or may be: what cannot be seen just now counts, so that nothing is decided while one of
 * them may live. `signum` (0: nothing) is sent to each. */
static size_t look(struct orphans *orphans, int signum)
{
    DIR *proc = opendir("/proc");
    size_t count;

    orphans->is_blind = !proc && err_is_shortage(errno);
    if (!proc)
        return orphans->is_blind;
    count = look_through(orphans, proc, signum);
    closedir(proc);
    return count;
}

static void look_again(struct orphans *orphans);

static void on_time(void *context)
{
    struct orphans *orphans = context;
    bool is_time = loop_now_us(orphans->loop) >= orphans->kill_us;
    int signum = is_time ? SIGKILL : orphans->is_blind ? SIGTERM : 0;

    orphans->timer = NULL;
    if (look(orphans, signum) == 0)
        orphans->gone(orphans->context, &orphans->order, orphans->pid);
    else
        look_again(orphans);
}

static void look_again(struct orphans *orphans)
{
    orphans->timer = loop_timer_start(orphans->loop, loop_now_us(orphans->loop) + LOOK_US, on_time, orphans);
}

struct orphans *orphans_end(
    struct loop *loop, const char *run_id, const struct effect *order, orphans_gone gone, void *context)
{
    struct orphans *orphans = mem_alloc(sizeof(*orphans));

    *orphans = (struct orphans){.loop = loop,
        .order = *order,
        .marks = {mem_printf("RUNBOOK_RUN_ID=%s", run_id), mem_printf("RUNBOOK_STEP=%s", order->path),
            mem_printf("RUNBOOK_ATTEMPT=%d", order->attempt)},
        .kill_us = loop_now_us(loop) + order->kill_after_ms * 1000,
        .gone = gone,
        .context = context};
    orphans->order.path = mem_strdup(order->path);
    orphans->order.cwd = order->cwd ? mem_strdup(order->cwd) : NULL;
    json_incref(order->args);
    json_incref(order->env);
    if (look(orphans, SIGTERM) == 0) {
        orphans_free(orphans);
        return NULL;
    }
    look_again(orphans);
    return orphans;
}

void orphans_free(struct orphans *orphans)
{
    if (!orphans)
        return;
    loop_timer_stop(orphans->loop, orphans->timer);
    for (int i = 0; i < MARKS; i++)
        free(orphans->marks[i]);
    free((char *)orphans->order.path);
    free((char *)orphans->order.cwd);
    json_decref(orphans->order.args);
    json_decref(orphans->order.env);
    free(orphans);
}
