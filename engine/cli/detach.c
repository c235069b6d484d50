#include "cli/detach.h"
#include "cli/verb.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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

static int parent_status(int fd, pid_t child, bool json)
{
    char id[RUN_ID_SIZE];
    int status;

    if (read_id(fd, id)) {
        printf(json ? "{\"run\":\"%s\"}\n" : "%s\n", id);
        return EXIT_WAITING;
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILED;
}

bool detach_begin(struct detach *detach, bool json, int *ret_status)
{
    int ends[2];
    pid_t child;

    fflush(stdout);
    fflush(stderr);
    if (pipe2(ends, O_CLOEXEC) < 0 || (child = fork()) < 0) {
        fprintf(stderr, "runbook: cannot detach: %s\n", strerror(errno));
        *ret_status = EXIT_FAILED;
        return false;
    }
    if (child == 0) {
        close(ends[0]);
        detach->fd = ends[1];
        setsid();
        return true;
    }
    close(ends[1]);
    *ret_status = parent_status(ends[0], child, json);
    close(ends[0]);
    return false;
}

void detach_ready(struct detach *detach, const char *run_id)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null >= 0) {
        for (int fd = 0; fd <= 2; fd++)
            dup2(null, fd);
        close(null);
    }
    if (write(detach->fd, run_id, strlen(run_id)) < 0)
        errno = 0; /* nobody waits any more: the run goes on all the same */
    close(detach->fd);
    detach->fd = -1;
}
