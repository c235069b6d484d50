/* The step from a copy of ourselves to another program. What posix_spawn does, without the hundred system
 * calls it makes to be ready for anything: it maps a stack and takes it away again, and sets all 64 signals.
 */
#include "io/children.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK_SIZE = 64 * 1024 };

/* The thread sanitizer keeps its account in our memory, and the child's calls would be entered there as ours:
 * with it the child has a copy of our memory, and shares the stack alone. */
#ifdef __SANITIZE_THREAD__
enum { SHARED_MEMORY = 0, STACK_FLAGS = MAP_SHARED | MAP_ANONYMOUS };
#else
enum { SHARED_MEMORY = CLONE_VM, STACK_FLAGS = MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK };
#endif

struct start {
    const struct launch *launch;
    const sigset_t *unusual;
    int *error; /* at the far end of the stack */
};

/* The child's first steps: in our memory, while our thread stands still. It may call the system and nothing
 * else. A session of its own: a password prompt then fails at once instead of stopping the step for ever, and
 * the group is its alone. Nothing of ours stays: no signal handling, no descriptor. */
__attribute__((no_sanitize("address", "thread", "undefined"))) static int become(void *context)
{
    struct start *start = context;
    const struct launch *launch = start->launch;
    const struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t none;
    bool is_ready = true;

    setsid();
    for (int signum = 1; signum < NSIG; signum++)
        if (sigismember(start->unusual, signum) == 1)
            sigaction(signum, &usual, NULL);
    for (int i = 0; i < 3; i++)
        is_ready = is_ready && dup2(launch->fds[i], i) >= 0;
    is_ready = is_ready && close_range(3, ~0U, 0) == 0 && (!launch->cwd || chdir(launch->cwd) == 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (is_ready) /* which has the historical signature: it changes neither the strings nor the arrays */
        execve(launch->path, (char *const *)launch->argv, (char *const *)launch->env);
    *start->error = errno;
    _exit(127);
}

/* The signals that we ignore or handle. */
static void find_unusual(sigset_t *ret_signals)
{
    sigemptyset(ret_signals);
    for (int signum = 1; signum < NSIG; signum++) {
        struct sigaction action;

        if (sigaction(signum, NULL, &action) == 0 && action.sa_handler != SIG_DFL)
            sigaddset(ret_signals, signum);
    }
}

static void *stack_of(struct children *children)
{
    if (!children->stack)
        children->stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, STACK_FLAGS, -1, 0);
    if (children->stack == MAP_FAILED)
        children->stack = NULL;
    return children->stack;
}

void launch_fini(struct children *children)
{
    if (children->stack)
        munmap(children->stack, STACK_SIZE);
}

/* Signals wait meanwhile: a handler of ours in the child would tell our loop of a signal that we did not get.
 */
int launch(struct loop *loop, const struct launch *launch, struct launched *ret_launched)
{
    struct children *children = loop_children(loop);
    char *stack = stack_of(children);
    struct start start = {.launch = launch, .unusual = &children->unusual, .error = (int *)stack};
    sigset_t all, before;
    pid_t pid;

    if (!stack)
        return ENOMEM;
    if (children->signals_seen != loop->signals_changed) {
        children->signals_seen = loop->signals_changed;
        find_unusual(&children->unusual);
    }
    *start.error = 0;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid = clone(become, stack + STACK_SIZE, SHARED_MEMORY | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &start,
        &ret_launched->pidfd);
    if (pid < 0)
        *start.error = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (pid > 0 && *start.error) {
        close(ret_launched->pidfd);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    ret_launched->pid = pid;
    return *start.error;
}
