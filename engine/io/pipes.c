/* What a child has as 0, 1 and 2. */
#include "io/children.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

void fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* A memfd has room for any text, so that nothing has to be fed while the child runs. */
static int input_fd(const struct process_options *options, struct err *err)
{
    int fd = memfd_create("stdin", MFD_CLOEXEC);
    size_t done = 0;

    while (fd >= 0 && done < options->input_len) {
        ssize_t n = pwrite(fd, options->input + done, options->input_len - done, (off_t)done);

        if (n < 0 && errno != EINTR) {
            close(fd);
            fd = -1;
        } else if (n > 0) {
            done += (size_t)n;
        }
    }
    return fd < 0 ? err_errno(err, errno, "cannot make the standard input") : fd;
}

int pipes_open(
    struct loop *loop, const struct process_options *options, struct spawn_pipes *pipes, struct err *err)
{
    *pipes = (struct spawn_pipes){{-1, -1}, {loop_children(loop)->null_fd, -1, -1}};
    if (options->input && (pipes->theirs[0] = input_fd(options, err)) < 0)
        return ERR_IO;
    for (int i = 0; i < 2; i++) {
        int fds[2];

        if (pipe2(fds, O_CLOEXEC) < 0)
            return err_errno(err, errno, "cannot make a pipe");
        pipes->ours[i] = fds[0];
        pipes->theirs[i + 1] = fds[1];
    }
    return 0;
}

void pipes_close_input(struct loop *loop, struct spawn_pipes *pipes)
{
    if (pipes->theirs[0] != loop_children(loop)->null_fd)
        fd_close(&pipes->theirs[0]);
}

void pipes_close(struct spawn_pipes *pipes)
{
    for (int i = 0; i < 2; i++) {
        fd_close(&pipes->ours[i]);
        fd_close(&pipes->theirs[i + 1]);
    }
}
