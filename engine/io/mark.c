#include "io/mark.h"

#include "base/err.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char MARK[] = "RUNBOOK_CHILD=", STAYS[] = ".stays";

void mark_write(char ret[MARK_SIZE], int64_t serial, bool stays)
{
    snprintf(ret, MARK_SIZE, "%s%d.%lld%s", MARK, (int)getpid(), (long long)serial, stays ? STAYS : "");
}

int64_t mark_read(pid_t pid, bool *ret_stays)
{
    char path[64], *text autofree = NULL, *at, mine[MARK_SIZE];
    int64_t serial;
    size_t len = 0, cap = 0;
    ssize_t n = 1;
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_is_shortage(errno) ? -errno : 0;
    while (n > 0 && len < 4 * 1024 * 1024) {
        if (len + 4097 > cap)
            text = mem_resize(text, cap = len + 65536);
        n = read(fd, text + len, 4096);
        len += n > 0 ? (size_t)n : 0;
    }
    close(fd);
    if (len == 0)
        return 0;
    text[len] = '\0';
    n = snprintf(mine, sizeof(mine), "%s%d.", MARK, (int)getpid());
    at = memmem(text, len, mine, (size_t)n);
    if (!at)
        return 0;
    serial = strtoll(at + n, &at, 10);
    *ret_stays = strcmp(at, STAYS) == 0;
    return serial;
}
