#include "drive/orphans.h"
#include "base/mem.h"
#include "base/text.h"

#include <dirent.h>
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
    long pid; /* the first that was found */
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

static void read_environ(long pid, struct text *text)
{
    char path[64], bytes[4096];
    ssize_t n;
    int fd;

    snprintf(path, sizeof(path), "/proc/%ld/environ", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && (n = read(fd, bytes, sizeof(bytes))) > 0)
        text_add(text, bytes, (size_t)n);
    if (fd >= 0)
        close(fd);
}

static bool is_marked(const struct orphans *orphans, long pid)
{
    struct text text autotext = {0};
    bool is_ours = true;

    read_environ(pid, &text);
    for (int i = 0; i < MARKS && is_ours; i++)
        is_ours = holds(text_str(&text), text.len, orphans->marks[i]);
    return is_ours;
}

/* The descriptor stands for this very process, whoever gets its number later. */
static void end(const struct orphans *orphans, long pid, int signum)
{
    int fd = pidfd_open((pid_t)pid, 0);

    if (fd < 0)
        return;
    if (is_marked(orphans, pid))
        pidfd_send_signal(fd, signum, NULL, 0);
    close(fd);
}

/* How many there are, `signum` (0: nothing) is sent to each. */
static size_t look(struct orphans *orphans, int signum)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    size_t count = 0;

    while (proc && (entry = readdir(proc))) {
        long pid = strtol(entry->d_name, NULL, 10);

        if (pid <= 0 || pid == (long)getpid() || pid == (long)getppid() || !is_marked(orphans, pid))
            continue;
        if (!orphans->pid)
            orphans->pid = pid;
        count++;
        if (signum)
            end(orphans, pid, signum);
    }
    if (proc)
        closedir(proc);
    return count;
}

static void look_again(struct orphans *orphans);

static void on_time(void *context)
{
    struct orphans *orphans = context;
    bool is_over;

    orphans->timer = NULL;
    is_over = look(orphans, loop_now_us(orphans->loop) >= orphans->kill_us ? SIGKILL : 0) == 0;
    if (is_over)
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
