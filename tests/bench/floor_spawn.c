/* floor_spawn MODE N [MIB]: the raw cost of a child (`sh -c true`), with nothing of ours around it.
 *
 *     plain      posix_spawn, waitpid
 *     serial     with two pipes and a pidfd in an epoll set, as whoever wants the output must
 *     two        the same, two in flight
 *     parallel   the same, 64 in flight
 *
 * MIB: resident memory of the parent. Prints `name value unit`. */
#include "floor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { FLIGHT_MAX = 64 };

static char *const command[] = {"sh", "-c", "true", NULL};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static double plain(int count)
{
    double began = now();

    for (int i = 0; i < count; i++) {
        pid_t pid;
        int status;

        if ((errno = posix_spawnp(&pid, command[0], NULL, NULL, command, environ)))
            die("posix_spawnp");
        waitpid(pid, &status, 0);
    }
    return count / (now() - began);
}

struct child {
    pid_t pid;
    int fds[3]; /* stdout, stderr, pidfd */
    int open;
};

static void start(struct child *child, int epoll, int index)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    int out[2], err[2];

    if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
        die("pipe2");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, err[1], 2);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
    if ((errno = posix_spawnp(&child->pid, command[0], &actions, &attr, command, environ)))
        die("posix_spawnp");
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attr);
    close(out[1]);
    close(err[1]);
    child->fds[0] = out[0];
    child->fds[1] = err[0];
    child->fds[2] = (int)syscall(SYS_pidfd_open, child->pid, 0);
    child->open = 3;
    for (int i = 0; i < 3; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)(index * 3 + i)};

        if (epoll_ctl(epoll, EPOLL_CTL_ADD, child->fds[i], &event) < 0)
            die("epoll_ctl");
    }
}

/* One descriptor has something to say. True when it was the last of its child. */
static bool take(struct child *child, int epoll, int i)
{
    static char buffer[65536];

    if (i < 2 && read(child->fds[i], buffer, sizeof(buffer)) > 0)
        return false;
    if (i == 2)
        waitid(P_PID, (id_t)child->pid, NULL, WEXITED);
    /* Closing is not enough: a sibling that is just being started may hold a copy for a moment longer. */
    epoll_ctl(epoll, EPOLL_CTL_DEL, child->fds[i], NULL);
    close(child->fds[i]);
    return --child->open == 0;
}

static double piped(int count, int flight)
{
    struct child children[FLIGHT_MAX] = {0};
    int epoll = epoll_create1(EPOLL_CLOEXEC), started = 0, done = 0;
    double began = now();

    while (started < flight && started < count) {
        start(&children[started], epoll, started);
        started++;
    }
    while (done < count) {
        struct epoll_event events[FLIGHT_MAX];
        int n = epoll_wait(epoll, events, FLIGHT_MAX, -1);

        for (int i = 0; i < n; i++) {
            int index = (int)events[i].data.u32 / 3;

            if (!take(&children[index], epoll, (int)events[i].data.u32 % 3))
                continue;
            done++;
            if (started < count) {
                start(&children[index], epoll, index);
                started++;
            }
        }
    }
    close(epoll);
    return count / (now() - began);
}

struct mode {
    const char *name;
    int flight; /* 0: plain */
};

static const struct mode modes[] = {{"plain", 0}, {"serial", 1}, {"two", 2}, {"parallel", FLIGHT_MAX}};

int main(int argc, char **argv)
{
    int count = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 1000;
    size_t resident = argc > 3 ? strtoul(argv[3], NULL, 10) << 20 : 0;
    char *ballast = malloc(resident + 1);

    if (!ballast)
        die("malloc");
    memset(ballast, 1, resident + 1);
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (argc > 1 && strcmp(argv[1], modes[i].name) != 0)
            continue;
        printf("floor.spawn.%s %.0f /s\n", modes[i].name,
            modes[i].flight ? piped(count, modes[i].flight) : plain(count));
    }
    free(ballast);
    return 0;
}
