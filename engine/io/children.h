/* children: every child this process has, ours or inherited, and what it takes to start one. */
#ifndef IO_CHILDREN_H
#define IO_CHILDREN_H

#include "io/inside.h"
#include "io/process.h"

#include <signal.h>
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
    int64_t last_serial;
    bool has_left;         /* something that may stay: who hides its mark is not claimed any more */
    void *stack;           /* of a child's first steps */
    sigset_t unusual;      /* signals that we ignore or handle, … */
    unsigned signals_seen; /* … as of this loop->signals_changed */
    int null_fd;
    int list_fd;  /* /proc/…/children: whom the kernel counts as our children */
    char *buffer; /* READ_SIZE; what was read is handed on at once */
};

/* The loop's, made when first asked for. From then on orphans of our children become our children. */
struct children *loop_children(struct loop *loop);
/* Watch `pid`, not yet reaped; `pidfd` is its, and the child's from now on, or -1. on_end comes once, after
 * it was reaped. Returns 0 or a negative errno. */
int child_watch(struct loop *loop, struct child *child, pid_t pid, int pidfd);
/* Watch it no longer; it has not ended. */
void child_forget(struct child *child);
/* Children we did not start: into `ret`, at most `max`. Those that are dead already are reaped instead.
 * Negative when nobody can tell just now: no descriptor was free. */
int children_strangers(struct loop *loop, pid_t *ret, int max);

/* The pipes of a new child: our ends, and the descriptors it gets as 0, 1 and 2. */
struct spawn_pipes {
    int ours[2];
    int theirs[3];
};

/* Returns 0 or a negative code; pipes_close is due in either case. */
int pipes_open(
    struct loop *loop, const struct process_options *options, struct spawn_pipes *pipes, struct err *err);
void pipes_close_input(struct loop *loop, struct spawn_pipes *pipes); /* the child has it */
void pipes_close(struct spawn_pipes *pipes);                          /* all but the input */
void fd_close(int *fd);                                               /* and make it -1, which is harmless */

/* A process that has begun. It is not begun at all when there is no descriptor to watch it by: what has run
 * for a moment may have done its work. */
struct launched {
    pid_t pid;
    int pidfd; /* the caller's */
};

/* What is to be carried out, by whose fds as 0, 1 and 2. */
struct launch {
    const char *path; /* no search */
    const char *const *argv, *const *env;
    const char *cwd; /* NULL: ours */
    const int *fds;
};

/* Returns 0, or the errno that stopped it. Nothing but `fds` is inherited: no other descriptor,
 * no blocked or ignored signal, no terminal. */
int launch(struct loop *loop, const struct launch *launch, struct launched *ret_launched);
void launch_fini(struct children *children);

/* Start it. Returns 0, or a negative code with a text for people. */
int spawn_child(struct loop *loop, const struct process_options *options, const char *mark,
    struct spawn_pipes *pipes, struct launched *ret_launched, struct err *err);

#endif
