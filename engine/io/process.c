/* process: the life of one child.
 *
 *     RUNNING ── the leader ended ──> CLEARING ── nothing of it is left ──> DRAINING ── pipes at their end
 * ──> on_exit
 *
 * CLEARING ends what the leader left behind: its group, and those that left the group but carry our mark in
 * their environment (being a subreaper we inherit them). Usually there is nothing, and it takes two system
 * calls. What a process with leave_running left behind stays: its mark says so too. */
#include "io/process.h"

#include "base/clock.h"
#include "base/mem.h"
#include "io/children.h"
#include "io/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum process_state { RUNNING, CLEARING, DRAINING };

enum {
    BUSY_BYTES = 1024 * 1024, /* a stream that brought this much gets a larger pipe */
    BUSY_PIPE = 256 * 1024,
    CLEAR_LOOK_US = 25 * 1000, /* while something refuses to end */
    CLEAR_GRACE_MS = 2000,     /* between TERM and KILL for what was left behind, at most */
    GIVE_UP_US = 1000 * 1000,  /* after KILL: not ours to kill (sudo), or a pipe handed to a stranger */
    STRANGERS_MAX = 256,
};

struct stream {
    struct poll_item item;
    struct process *process;
    int held_fd; /* the child's end, while its leader runs: see release_pipes */
    uint64_t total;
    bool is_busy;
};

/* A process that the leader left behind. */
struct straggler {
    struct child child;
    struct process *process;
    struct straggler *next;
};

struct process {
    struct loop *loop;
    struct child leader;
    pid_t pid;
    enum process_state state;
    struct stream streams[2];
    struct straggler *stragglers;
    struct loop_timer *timer;
    int64_t kill_after_ms;
    int64_t kill_us; /* CLEARING: when TERM was enough */
    bool is_stopped, is_killed, leave_running;
    bool is_group_gone; /* then its number may be another's */
    int exit_code, signal;
    int64_t serial;
    struct process *next, **link; /* in children->processes */
    void (*on_output)(void *context, int stream, const char *bytes, size_t len);
    void (*on_exit)(void *context, int exit_code, int signal);
    void *context;
};

static void signal_group(struct process *process, int signum)
{
    if (!process->is_group_gone && kill(-process->pid, signum) < 0 && errno == ESRCH)
        process->is_group_gone = true;
}

/* ---- the end ---- */

/* While we hold the child's ends too, its exit is one event, not three: the closing of its pipes tells us
 * nothing before that. */
static void release_pipes(struct process *process)
{
    for (int i = 0; i < 2; i++)
        fd_close(&process->streams[i].held_fd);
}

static void forget_stragglers(struct process *process)
{
    struct straggler *next;

    for (struct straggler *straggler = process->stragglers; straggler; straggler = next) {
        next = straggler->next;
        child_forget(&straggler->child);
        free(straggler);
    }
    process->stragglers = NULL;
}

static void process_free(struct process *process)
{
    *process->link = process->next;
    if (process->next)
        process->next->link = process->link;
    free(process);
}

static void finish(struct process *process)
{
    void (*on_exit)(void *, int, int) = process->on_exit;
    void *context = process->context;
    int exit_code = process->exit_code, signum = process->signal;

    loop_timer_stop(process->loop, process->timer);
    for (int i = 0; i < 2; i++)
        poll_close(process->loop, &process->streams[i].item);
    forget_stragglers(process);
    process_free(process);
    on_exit(context, exit_code, signum);
}

static bool is_drained(const struct process *process)
{
    return process->streams[0].item.fd < 0 && process->streams[1].item.fd < 0;
}

static void give_up(void *context)
{
    struct process *process = context;

    process->timer = NULL;
    finish(process);
}

static void read_what_is_there(struct process *process);

static void drain(struct process *process)
{
    read_what_is_there(process);
    process->state = DRAINING;
    loop_timer_stop(process->loop, process->timer);
    process->timer = NULL;
    if (is_drained(process))
        finish(process);
    else
        process->timer =
            loop_timer_start(process->loop, loop_now_us(process->loop) + GIVE_UP_US, give_up, process);
}

/* ---- what the leader left behind ---- */

static bool is_under_way(const struct children *children, int64_t serial)
{
    for (const struct process *process = children->processes; process; process = process->next)
        if (process->serial == serial)
            return true;
    return false;
}

/* Did `process` leave `pid` behind? One that hides its mark is claimed when nobody else can have. Negative
 * when nobody can tell just now. */
static int is_left_by(const struct process *process, pid_t pid)
{
    const struct children *children = process->loop->children;
    pid_t group = getpgid(pid);
    bool stays = false;
    int64_t serial;

    if (group == process->pid)
        return true;
    if (group == getpgrp())
        return false; /* not a child of this room at all */
    serial = mark_read(pid, &stays);
    if (serial < 0)
        return (int)serial;
    if (serial)
        return serial == process->serial || (!stays && !is_under_way(children, serial));
    return children->processes == process && !process->next && !children->has_left;
}

static void clear(struct process *process);

static void on_straggler_end(struct child *child, const siginfo_t *info)
{
    struct straggler *straggler = container_of(child, struct straggler, child);
    struct process *process = straggler->process;
    struct straggler **link = &process->stragglers;

    (void)info;
    while (*link != straggler)
        link = &(*link)->next;
    *link = straggler->next;
    free(straggler);
    clear(process);
}

/* It is our child: until we have reaped it, its number is nobody else's. */
static void end_straggler(const struct process *process, pid_t pid)
{
    if (process->is_killed)
        kill(pid, SIGKILL);
    else if (getpgid(pid) != process->pid) /* the group has had its TERM */
        kill(pid, SIGTERM), kill(pid, SIGCONT);
}

static int watch_straggler(struct process *process, pid_t pid)
{
    struct straggler *straggler = mem_alloc(sizeof(*straggler));
    int result;

    straggler->process = process;
    straggler->child.on_end = on_straggler_end;
    result = child_watch(process->loop, &straggler->child, pid, -1);
    if (result < 0) {
        free(straggler);
        return result;
    }
    straggler->next = process->stragglers;
    process->stragglers = straggler;
    return 0;
}

/* False when some may be there that cannot be watched, for want of descriptors or on a kernel that has none
 * for processes: somebody has to look again. */
static bool find_stragglers(struct process *process)
{
    pid_t strangers[STRANGERS_MAX];
    int len = children_strangers(process->loop, strangers, STRANGERS_MAX);
    bool are_watched = len >= 0;

    for (int i = 0; i < len; i++) {
        int is_left = is_left_by(process, strangers[i]);

        if (is_left > 0) {
            end_straggler(process, strangers[i]);
            is_left = watch_straggler(process, strangers[i]);
        }
        are_watched &= is_left == 0;
    }
    return are_watched;
}

static bool is_group_left(struct process *process)
{
    if (!process->is_group_gone)
        signal_group(process, 0);
    return !process->is_group_gone;
}

static void look_again(void *context)
{
    struct process *process = context;
    int64_t now_us = loop_now_us(process->loop);

    process->timer = NULL;
    if (now_us >= process->kill_us && !process->is_killed)
        process_kill(process);
    clear(process);
}

/* Is all of it gone? If not, look again when one of them ended, and after a while in any case. */
static void clear(struct process *process)
{
    int64_t now_us = loop_now_us(process->loop);
    bool are_watched = find_stragglers(process);

    if ((are_watched && !process->stragglers && !is_group_left(process)) ||
        now_us > process->kill_us + GIVE_UP_US) {
        drain(process);
        return;
    }
    if (!process->timer)
        process->timer = loop_timer_start(process->loop, now_us + CLEAR_LOOK_US, look_again, process);
}

static void on_leader_end(struct child *child, const siginfo_t *info)
{
    struct process *process = container_of(child, struct process, leader);
    int64_t grace_ms = process->kill_after_ms < CLEAR_GRACE_MS ? process->kill_after_ms : CLEAR_GRACE_MS;

    process->exit_code = info->si_code == CLD_EXITED ? info->si_status : -1;
    process->signal = info->si_code == CLD_EXITED ? 0 : info->si_status;
    process->state = CLEARING;
    release_pipes(process);
    loop_timer_stop(process->loop, process->timer);
    process->timer = NULL;
    process->kill_us = loop_now_us(process->loop) + (process->is_killed ? 0 : grace_ms * 1000);
    if (process->leave_running && !process->is_stopped && !process->is_killed) {
        process->loop->children->has_left = true;
        drain(process);
        return;
    }
    signal_group(process, process->is_killed ? SIGKILL : SIGTERM);
    clear(process);
}

/* ---- output ---- */

static void end_stream(struct stream *stream)
{
    struct process *process = stream->process;

    poll_close(process->loop, &stream->item);
    if (process->state == DRAINING && is_drained(process))
        finish(process);
}

/* One read a turn: a child that floods one pipe leaves time for everything else. */
static void on_readable(struct poll_item *item, uint32_t events)
{
    struct stream *stream = container_of(item, struct stream, item);
    struct process *process = stream->process;
    char *buffer = process->loop->children->buffer;
    ssize_t n = read(item->fd, buffer, READ_SIZE);

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n > 0) {
        stream->total += (uint64_t)n;
        if (process->on_output)
            process->on_output(process->context, stream == process->streams ? 1 : 2, buffer, (size_t)n);
    }
    if (n <= 0 || ((events & EPOLLHUP) && n < READ_SIZE)) {
        end_stream(stream);
        return;
    }
    if (!stream->is_busy && stream->total > BUSY_BYTES) {
        stream->is_busy = true;
        fcntl(item->fd, F_SETPIPE_SZ, BUSY_PIPE);
    }
}

/* Usually both pipes are at their end when the child is, and the loop need not turn for that. What comes in
 * floods keeps to its turns. */
static void read_what_is_there(struct process *process)
{
    struct pollfd fds[2];

    for (int i = 0; i < 2; i++)
        fds[i] = (struct pollfd){process->streams[i].is_busy ? -1 : process->streams[i].item.fd, POLLIN, 0};
    if (poll(fds, 2, 0) <= 0)
        return;
    for (int i = 0; i < 2; i++) {
        if (!fds[i].revents)
            continue;
        poll_seen(process->loop, &process->streams[i].item); /* or it would be read again, and block */
        on_readable(&process->streams[i].item, (uint32_t)fds[i].revents); /* the bits are those of epoll */
    }
}

/* ---- the beginning ---- */

static struct process *process_new(struct loop *loop, const struct process_options *options, pid_t pid)
{
    struct children *children = loop_children(loop);
    struct process *process = mem_alloc(sizeof(*process));

    process->loop = loop;
    process->pid = pid;
    process->leader.on_end = on_leader_end;
    process->kill_after_ms = options->kill_after_ms;
    process->leave_running = options->leave_running;
    process->on_output = options->on_output;
    process->on_exit = options->on_exit;
    process->context = options->context;
    process->serial = children->last_serial;
    process->next = children->processes;
    process->link = &children->processes;
    if (process->next)
        process->next->link = &process->next;
    children->processes = process;
    return process;
}

/* The pipes and the child are watched from now on. Failing here means no memory for epoll: the child is
 * killed at once. */
static int process_watch(struct process *process, const struct spawn_pipes *pipes, int pidfd, struct err *err)
{
    int result = 0;

    for (int i = 0; i < 2; i++) {
        struct stream *stream = &process->streams[i];

        stream->process = process;
        stream->held_fd = pipes->theirs[i + 1];
        stream->item = (struct poll_item){.fd = -1, .ready = on_readable};
        if (result == 0)
            result = poll_add(process->loop, &stream->item, pipes->ours[i], EPOLLIN, true);
    }
    if (result == 0)
        result = child_watch(process->loop, &process->leader, process->pid, pidfd);
    else
        close(pidfd);
    return result == 0 ? 0 : err_errno(err, -result, "cannot watch the process");
}

/* Undo what process_watch began. */
static void process_abandon(struct process *process, struct spawn_pipes *pipes)
{
    signal_group(process, SIGKILL);
    waitid(P_PID, (id_t)process->pid, NULL, WEXITED);
    poll_remove(process->loop, &process->streams[0].item);
    poll_remove(process->loop, &process->streams[1].item);
    pipes_close(pipes);
    process_free(process);
}

int process_start(
    struct loop *loop, const struct process_options *options, struct process **ret_process, struct err *err)
{
    struct children *children = loop_children(loop);
    struct process *process;
    struct spawn_pipes pipes;
    struct launched launched = {0};
    char mark[MARK_SIZE];
    int result = pipes_open(loop, options, &pipes, err);

    mark_write(mark, ++children->last_serial, options->leave_running);
    if (result == 0)
        result = spawn_child(loop, options, mark, &pipes, &launched, err);
    pipes_close_input(loop, &pipes);
    if (result < 0) {
        pipes_close(&pipes);
        return result;
    }
    process = process_new(loop, options, launched.pid);
    result = process_watch(process, &pipes, launched.pidfd, err);
    if (result < 0) {
        process_abandon(process, &pipes);
        return result;
    }
    *ret_process = process;
    return 0;
}

/* ---- ending it ---- */

static void kill_now(void *context)
{
    struct process *process = context;

    process->timer = NULL;
    process_kill(process);
}

void process_stop(struct process *process)
{
    if (process->is_stopped || process->state != RUNNING)
        return;
    process->is_stopped = true;
    signal_group(process, SIGTERM);
    signal_group(process, SIGCONT); /* one that is suspended cannot take a TERM */
    if (!process->is_killed)
        process->timer = loop_timer_start(
            process->loop, loop_now_us(process->loop) + process->kill_after_ms * 1000, kill_now, process);
}

void process_kill(struct process *process)
{
    process->is_killed = true;
    signal_group(process, SIGKILL);
    for (struct straggler *straggler = process->stragglers; straggler; straggler = straggler->next)
        kill(straggler->child.pid, SIGKILL);
}

int process_pid(const struct process *process)
{
    return process->pid;
}
