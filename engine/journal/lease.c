#include "journal/lease.h"
#include "base/clock.h"
#include "base/err.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The second field is the program's name in brackets, and may hold anything. */
static const char *field_of(const char *stat, int wanted)
{
    const char *at = strrchr(stat, ')');

    for (int field = 2; at && field < wanted; field++) {
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
    }
    return at;
}

/* It has ended; that its parent has not asked for its status yet makes it no engine. */
static bool is_zombie(const char *stat)
{
    const char *state = field_of(stat, 3);

    return state && strchr("ZX", *state);
}

int64_t lease_process_start(int64_t pid)
{
    char path[64], stat[1024];
    const char *field;
    ssize_t len;
    int fd;

    snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_is_shortage(errno) ? LEASE_UNSEEN : 0;
    len = read(fd, stat, sizeof(stat) - 1);
    close(fd);
    stat[len > 0 ? len : 0] = '\0';
    field = field_of(stat, 22);
    return field && !is_zombie(stat) ? strtoll(field, NULL, 10) : 0;
}

static bool is_here(const char *host)
{
    char here[256] = "";

    gethostname(here, sizeof(here) - 1);
    return strcmp(host, here) == 0;
}

static bool is_running(int64_t pid, int64_t start)
{
    int64_t now = lease_process_start(pid);

    return now == start || now == LEASE_UNSEEN || (start == LEASE_UNSEEN && now != 0);
}

bool lease_holder_is_gone(const char *host, int64_t pid, int64_t start, int64_t until_us)
{
    if (until_us == 0)
        return true;
    return is_here(host) ? !is_running(pid, start) : until_us < clock_wall_us();
}

bool lease_is_free(const char *host, int64_t pid, int64_t start, int64_t until_us)
{
    return until_us < clock_wall_us() || lease_holder_is_gone(host, pid, start, until_us);
}
