/* children: every child this process has, ours or inherited, and what it takes to start one. */
#ifndef IO_CHILDREN_H
#define IO_CHILDREN_H

#include "io/inside.h"
#include "io/process.h"

#include <signal.h>
#include <spawn.h>
#include <sys/types.h>

/* A child that is watched until it ends; embedded. */
struct child {
    struct poll_item exit; /* its pidfd */
    pid_t pid;
    void (*on_end)(struct child *child, const siginfo_t *info);
    struct loop *loop;
};

enum { READ_SIZE = 256 * 1024 };

/* One per loop. */
struct children {
    struct child **list; /* watched, by pid */
    size_t len, cap;
    struct process *processes; /* under way */
    uint64_t last_serial;
    posix_spawnattr_t attr;
    int null_fd;
    int list_fd;  /* /proc/…/children: whom the kernel counts as our children */
    char *buffer; /* READ_SIZE; what was read is handed on at once */
};

/* The loop's, made when first asked for. From then on orphans of our children become our children. */
struct children *loop_children(struct loop *loop);
/* Watch `pid`, not yet reaped. on_end comes once, after it was reaped. Returns 0 or a negative errno. */
int child_watch(struct loop *loop, struct child *child, pid_t pid);
/* Watch it no longer; it has not ended. */
void child_forget(struct child *child);
/* Children we did not start: appended to `ret`, at most `max`. Those that are dead already are reaped
 * instead. */
size_t children_strangers(struct loop *loop, pid_t *ret, size_t max);

/* The pipes of a new child: our ends, and the descriptors it gets as 0, 1 and 2. */
struct spawn_pipes {
    int ours[2];
    int theirs[3];
};

/* Start it. Returns 0 with the pid, or a negative code with a text for people. The child's ends are closed.
 */
int spawn_child(struct loop *loop, const struct process_options *options, const char *mark,
    struct spawn_pipes *pipes, pid_t *ret_pid, struct err *err);

#endif
