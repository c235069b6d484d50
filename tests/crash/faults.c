/* faults: preloaded into a runbook, it lets the Nth system call of a kind fail, as a full disk, a bad disk, a
 * machine without free descriptors or processes, a clock that is set, or a power cut would. Its children are
 * spared. tests/crash/faults.py says what must hold then.
 *
 *   FAULT=KIND:N:HOW[:TIMES]     HOW is the name of an errno, or what the kind knows; TIMES in a row, 1
 *   FAULT_TOLD=FILE              gets a byte for every time it has struck
 *
 *   write sync grow read lock    the journal's files; write also knows `short`: half of it is written
 *   open pipe socket pidfd memfd poll  descriptors; poll also for the clock's
 *   watch                        a descriptor that is to be watched
 *   map                          memory
 *   clone thread spawn           processes; spawn is another engine's (--detach)
 *   nfs                          the Nth look at a file system finds NFS
 *   clock                        from the Nth look on the wall clock is HOW seconds off
 *   stop                         at the Nth look on a clock the process is stopped
 *   kill                         at the Nth write to the journal it is killed
 *   power                        at the Nth write to the journal the power is cut: of what was not flushed,
 * `all` is lost, or `some`; or only the last write is `torn`
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

/* A preloaded library has no other place for what it knows. */
static struct {
    char kind[16], how[16];
    long nth, times;
    int error; /* of `how`, 0 = none */
    atomic_long calls;
    int told;
} fault = {.told = -1};

static const struct {
    const char *name;
    int error;
} errors[] = {{"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EMFILE", EMFILE}, {"ENFILE", ENFILE}, {"EAGAIN", EAGAIN},
    {"ENOMEM", ENOMEM}, {"ENOSYS", ENOSYS}, {"EDQUOT", EDQUOT}, {"EROFS", EROFS}};

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* As syscall, which others may be made to miss. */
#define sys(...) REAL(syscall)(__VA_ARGS__)

/* The descriptor must not be in the way of the program's, and nothing of this be seen by its children. */
__attribute__((constructor)) static void begin(void)
{
    const char *spec = getenv("FAULT"), *told = getenv("FAULT_TOLD");

    fault.times = 1;
    if (spec && sscanf(spec, "%15[a-z]:%ld:%15[^:]:%ld", fault.kind, &fault.nth, fault.how, &fault.times) < 3)
        _exit(99);
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        if (strcmp(errors[i].name, fault.how) == 0)
            fault.error = errors[i].error;
    if (told)
        fault.told = fcntl(
            (int)sys(SYS_openat, AT_FDCWD, told, O_WRONLY | O_APPEND | O_CREAT, 0600), F_DUPFD_CLOEXEC, 900);
    unsetenv("LD_PRELOAD");
    unsetenv("FAULT");
    unsetenv("FAULT_TOLD");
}

static bool is(const char *kind)
{
    return strcmp(fault.kind, kind) == 0;
}

static void tell(void)
{
    if (fault.told >= 0)
        sys(SYS_write, fault.told, "x", (size_t)1);
}

/* Is this the call? Counts it. */
static bool strikes(const char *kind)
{
    long call;

    if (!is(kind))
        return false;
    call = atomic_fetch_add(&fault.calls, 1) + 1;
    if (call < fault.nth || call >= fault.nth + fault.times)
        return false;
    tell();
    return true;
}

static bool fails(const char *kind)
{
    if (!strikes(kind) || !fault.error)
        return false;
    errno = fault.error;
    return true;
}

/* --- a disk without power ------------------------------------------------------------------------------ */

enum { LOST_MAX = 4096 };

/* A write that was not flushed yet, or a change of length. */
struct change {
    int fd;
    dev_t dev;
    ino_t ino;
    off_t at, size; /* of the file before */
    size_t len, old_len;
    char *bytes, *old;
};

static struct change changes[LOST_MAX];
static size_t change_count;
static pthread_mutex_t changing = PTHREAD_MUTEX_INITIALIZER;

static void keep_change(int fd, const void *bytes, size_t len, off_t at)
{
    struct change *change = &changes[change_count++];
    struct stat st;
    ssize_t n;

    if (change_count == LOST_MAX)
        _exit(98);
    fstat(fd, &st);
    *change = (struct change){fd, st.st_dev, st.st_ino, at, st.st_size, len, 0, malloc(len), malloc(len)};
    memcpy(change->bytes, bytes, len);
    n = sys(SYS_pread64, fd, change->old, len, at);
    change->old_len = n > 0 ? (size_t)n : 0;
}

static void flush_changes(int fd)
{
    struct stat st;
    size_t kept = 0;

    fstat(fd, &st);
    for (size_t i = 0; i < change_count; i++) {
        if (changes[i].ino == st.st_ino && changes[i].dev == st.st_dev) {
            free(changes[i].bytes);
            free(changes[i].old);
        } else {
            changes[kept++] = changes[i];
        }
    }
    change_count = kept;
}

static void take_back(const struct change *change)
{
    sys(SYS_pwrite64, change->fd, change->old, change->old_len, change->at);
    sys(SYS_ftruncate, change->fd, change->size);
}

/* A disk writes what it has not been told to flush in any order, or not at all. */
static void cut_power(void)
{
    bool is_some = strcmp(fault.how, "some") == 0, is_torn = strcmp(fault.how, "torn") == 0;
    unsigned seed = (unsigned)fault.nth;

    for (size_t i = change_count; i-- > 0;)
        take_back(&changes[i]);
    for (size_t i = 0; i < change_count; i++) {
        const struct change *change = &changes[i];
        bool is_last = i + 1 == change_count;
        size_t len = is_last && is_torn ? change->len / 1024 * 512 : change->len;

        if (is_torn || (is_some && rand_r(&seed) % 2))
            sys(SYS_pwrite64, change->fd, change->bytes, len, change->at);
    }
    kill(getpid(), SIGKILL);
    pause();
}

static void write_without_power(int fd, const void *bytes, size_t len, off_t at)
{
    pthread_mutex_lock(&changing);
    keep_change(fd, bytes, len, at);
    if (strikes("power"))
        cut_power();
    pthread_mutex_unlock(&changing);
}

static void sync_without_power(int fd)
{
    pthread_mutex_lock(&changing);
    flush_changes(fd);
    pthread_mutex_unlock(&changing);
}

/* --- the journal's files; nothing else is written at a place -------------------------------------------- */

static ssize_t write_at(int fd, const void *bytes, size_t len, off_t at)
{
    if (is("power"))
        write_without_power(fd, bytes, len, at);
    if (strikes("kill"))
        kill(getpid(), SIGKILL);
    if (strikes("write")) {
        errno = fault.error;
        if (fault.error)
            return -1;
        len = (len + 1) / 2;
    }
    return sys(SYS_pwrite64, fd, bytes, len, at);
}

/* The journal's folder is another machine's. */
int statfs(const char *path, struct statfs *system)
{
    int code = (int)sys(SYS_statfs, path, system);

    if (code == 0 && strikes("nfs"))
        system->f_type = 0x6969;
    return code;
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t at)
{
    return write_at(fd, bytes, len, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t at)
{
    return write_at(fd, bytes, len, at);
}

ssize_t pread(int fd, void *bytes, size_t len, off_t at)
{
    return fails("read") ? -1 : sys(SYS_pread64, fd, bytes, len, at);
}

ssize_t pread64(int fd, void *bytes, size_t len, off64_t at)
{
    return fails("read") ? -1 : sys(SYS_pread64, fd, bytes, len, at);
}

int fsync(int fd)
{
    if (is("power"))
        sync_without_power(fd);
    return fails("sync") ? -1 : (int)sys(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    if (is("power"))
        sync_without_power(fd);
    return fails("sync") ? -1 : (int)sys(SYS_fdatasync, fd);
}

int ftruncate(int fd, off_t size)
{
    return fails("grow") ? -1 : (int)sys(SYS_ftruncate, fd, size);
}

int ftruncate64(int fd, off64_t size)
{
    return fails("grow") ? -1 : (int)sys(SYS_ftruncate, fd, size);
}

static int control(int fd, int command, void *arg)
{
    const struct flock *lock = arg;
    bool is_lock = (command == F_SETLK || command == F_SETLKW) && lock->l_type != F_UNLCK;

    return is_lock && fails("lock") ? -1 : (int)sys(SYS_fcntl, fd, command, arg);
}

int fcntl(int fd, int command, ...)
{
    va_list args;
    void *arg;

    va_start(args, command);
    arg = va_arg(args, void *);
    va_end(args);
    return control(fd, command, arg);
}

int fcntl64(int fd, int command, ...)
{
    va_list args;
    void *arg;

    va_start(args, command);
    arg = va_arg(args, void *);
    va_end(args);
    return control(fd, command, arg);
}

/* --- descriptors ---------------------------------------------------------------------------------------- */

static int open_at(int folder, const char *path, int flags, va_list args)
{
    int mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(args, int) : 0;

    return fails("open") ? -1 : (int)sys(SYS_openat, folder, path, flags, mode);
}

#define OPEN(name, parameters, folder)                                                                       \
    int name parameters                                                                                      \
    {                                                                                                        \
        va_list args;                                                                                        \
        int fd;                                                                                              \
                                                                                                             \
        va_start(args, flags);                                                                               \
        fd = open_at(folder, path, flags, args);                                                             \
        va_end(args);                                                                                        \
        return fd;                                                                                           \
    }

OPEN(open, (const char *path, int flags, ...), AT_FDCWD)
OPEN(open64, (const char *path, int flags, ...), AT_FDCWD)
OPEN(openat, (int folder, const char *path, int flags, ...), folder)
OPEN(openat64, (int folder, const char *path, int flags, ...), folder)

DIR *opendir(const char *path)
{
    return fails("open") ? NULL : REAL(opendir)(path);
}

int pipe2(int fds[2], int flags)
{
    return fails("pipe") ? -1 : (int)sys(SYS_pipe2, fds, flags);
}

int pipe(int fds[2])
{
    return fails("pipe") ? -1 : (int)sys(SYS_pipe2, fds, 0);
}

int socket(int domain, int type, int protocol)
{
    return fails("socket") ? -1 : (int)sys(SYS_socket, domain, type, protocol);
}

int epoll_create1(int flags)
{
    return fails("poll") ? -1 : (int)sys(SYS_epoll_create1, flags);
}

int eventfd(unsigned count, int flags)
{
    return fails("poll") ? -1 : (int)sys(SYS_eventfd2, count, flags);
}

int timerfd_create(clockid_t clock, int flags)
{
    return fails("poll") ? -1 : (int)sys(SYS_timerfd_create, clock, flags);
}

int memfd_create(const char *name, unsigned flags)
{
    return fails("memfd") ? -1 : (int)sys(SYS_memfd_create, name, flags);
}

/* Only what takes room can fail for want of it: what is new to the set. */
int epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event)
{
    int code = (int)sys(SYS_epoll_ctl, epoll_fd, operation, fd, event);

    if (code < 0 || operation != EPOLL_CTL_ADD || !fails("watch"))
        return code;
    sys(SYS_epoll_ctl, epoll_fd, EPOLL_CTL_DEL, fd, event);
    errno = fault.error;
    return -1;
}

int pidfd_open(pid_t pid, unsigned flags)
{
    return fails("pidfd") ? -1 : (int)sys(SYS_pidfd_open, pid, flags);
}

/* What has no function of its own. */
long syscall(long number, ...)
{
    long args[6];
    va_list list;

    va_start(list, number);
    for (int i = 0; i < 6; i++)
        args[i] = va_arg(list, long);
    va_end(list);
    if (number == SYS_pidfd_open && fails("pidfd"))
        return -1;
    return sys(number, args[0], args[1], args[2], args[3], args[4], args[5]);
}

void *mmap(void *address, size_t len, int protection, int flags, int fd, off_t offset)
{
    return fails("map") ? MAP_FAILED : (void *)sys(SYS_mmap, address, len, protection, flags, fd, offset);
}

/* --- processes ------------------------------------------------------------------------------------------ */

int clone(int (*run)(void *), void *stack, int flags, void *arg, ...)
{
    va_list args;
    void *place;

    va_start(args, arg);
    place = va_arg(args, void *);
    va_end(args);
    return fails("clone") ? -1 : REAL(clone)(run, stack, flags, arg, place);
}

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
    const posix_spawnattr_t *attributes, char *const argv[], char *const env[])
{
    return fails("spawn") ? fault.error : REAL(posix_spawn)(pid, path, actions, attributes, argv, env);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *arg)
{
    return fails("thread") ? fault.error : REAL(pthread_create)(thread, attributes, run, arg);
}

/* --- time ----------------------------------------------------------------------------------------------- */

int clock_gettime(clockid_t clock, struct timespec *time)
{
    int code;

    if (strikes("stop"))
        raise(SIGSTOP);
    code = REAL(clock_gettime)(clock, time);
    if (clock == CLOCK_REALTIME && is("clock")) {
        long call = atomic_fetch_add(&fault.calls, 1) + 1;

        if (call == fault.nth)
            tell();
        if (call >= fault.nth)
            time->tv_sec += strtol(fault.how, NULL, 10);
    }
    return code;
}
