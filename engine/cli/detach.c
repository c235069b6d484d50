#include "cli/detach.h"
#include "cli/verb.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DETACHED_ENV "RUNBOOK_DETACHED"

enum { READY_FD = 3 };

int detach_inherited(void)
{
    if (!getenv(DETACHED_ENV))
        return -1;
    unsetenv(DETACHED_ENV); /* not for the steps */
    return fcntl(READY_FD, F_SETFD, FD_CLOEXEC) < 0 ? -1 : READY_FD;
}

/* What the child says, up to its end of the pipe: the id, or nothing when it ended first. */
static bool read_id(int fd, char ret_id[RUN_ID_SIZE])
{
    size_t len = 0;
    ssize_t n;

    while (len < RUN_ID_SIZE - 1) {
        n = read(fd, ret_id + len, RUN_ID_SIZE - 1 - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        len += (size_t)n;
    }
    ret_id[len] = '\0';
    return len == RUN_ID_SIZE - 1;
}

static int wait_for_it(int fd, pid_t child, bool json)
{
    char id[RUN_ID_SIZE];
    int status;

    if (read_id(fd, id)) {
        if (json)
            printf("{\"run\":\"%s\"}\n", id);
        else
            printf("%s\n", id);
        return EXIT_WAITING;
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILED;
}

/* A session of its own: the terminal's end is not its end. */
static int spawn_self(char **argv, int ready_fd, pid_t *ret_child)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failed;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ready_fd, READY_FD);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    setenv(DETACHED_ENV, "1", 1);
    failed = posix_spawn(ret_child, "/proc/self/exe", &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

int detach_start(char **argv, bool json)
{
    int ends[2], status, failed = pipe2(ends, O_CLOEXEC) < 0 ? errno : 0;
    pid_t child;

    if (!failed && (failed = spawn_self(argv, ends[1], &child))) {
        close(ends[0]);
        close(ends[1]);
    }
    if (failed) {
        fprintf(stderr, "runbook: cannot detach: %s\n", strerror(failed));
        return EXIT_FAILED;
    }
    close(ends[1]);
    status = wait_for_it(ends[0], child, json);
    close(ends[0]);
    return status;
}

void detach_ready(int fd, const char *run_id)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null >= 0) {
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        close(null);
    }
    if (write(fd, run_id, strlen(run_id)) < 0)
        errno = 0; /* nobody waits any more: the run goes on all the same */
    close(fd);
}
