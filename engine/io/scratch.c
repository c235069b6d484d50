#include "io/scratch.h"

#include "io/inside.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int scratch_open(struct loop *loop, struct err *err)
{
    int fd = loop->scratch_fd;

    if (fd >= 0)
        loop->scratch_fd = -1;
    else
        fd = memfd_create("output", MFD_CLOEXEC);
    return fd < 0 ? err_errno(err, errno, "cannot make a file in memory") : fd;
}

void scratch_close(struct loop *loop, int fd)
{
    struct stat st;

    if (fd < 0)
        return;
    if (loop->scratch_fd < 0 && fstat(fd, &st) == 0 && st.st_size == 0)
        loop->scratch_fd = fd;
    else
        close(fd);
}
