#include "actor.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { STAGE_FRIGHT = 119 };

/* TERM is told to the prompter's books, not to us: it says when we have died of it. */
static void hold(int signum)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, signum);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static int meet_prompter(void)
{
    const char *path = getenv(ACTOR_SOCKET), *step = getenv("RUNBOOK_STEP");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);

    if (fd < 0 || !path || !step || strlen(path) >= sizeof(address.sun_path))
        return -1;
    strcpy(address.sun_path, path);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
        send(fd, step, strlen(step) + 1, 0) < 0)
        return -1;
    return fd;
}

static void die_of(int signum)
{
    const struct rlimit no_core = {0, 0};
    sigset_t none;

    setrlimit(RLIMIT_CORE, &no_core);
    signal(signum, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    raise(signum);
}

int main(void)
{
    static char message[sizeof(struct cue) + ACTOR_TEXT_MAX];
    struct cue cue;
    int fd;

    hold(SIGTERM);
    fd = meet_prompter();
    if (fd < 0)
        return STAGE_FRIGHT;
    if (recv(fd, message, sizeof(message), 0) < (ssize_t)sizeof(cue))
        die_of(SIGKILL); /* it is about to come, or the prompter is gone */
    memcpy(&cue, message, sizeof(cue));
    if (write(STDOUT_FILENO, message + sizeof(cue), cue.out_len) < 0 ||
        write(STDERR_FILENO, message + sizeof(cue) + cue.out_len, cue.err_len) < 0)
        return STAGE_FRIGHT;
    if (cue.signal)
        die_of(cue.signal);
    return cue.exit_code;
}
