/* The kernel's list of locks is read, and no lock is tried: a descriptor of ours on the file, once closed,
 * would give up all the locks that SQLite holds there for this process. */
#include "journal/holder.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { WRITE_LOCK = 120 }; /* the byte of the shared memory's file that a writer locks */

static void put_name(int pid, struct text *text)
{
    char *path autofree = mem_printf("/proc/%d/comm", pid), name[32];
    FILE *file = fopen(path, "re");
    size_t len = file ? fread(name, 1, sizeof(name), file) : 0;

    if (file)
        fclose(file);
    if (len > 1) {
        text_puts(text, ", ");
        text_add_utf8(text, name, strcspn(name, "\n") < len ? strcspn(name, "\n") : len);
    }
}

/* "1: POSIX  ADVISORY  WRITE 1234 fe:00:5678 120 120"; 0 when it is another one. */
static int writer_of(const char *line, const struct stat *st)
{
    unsigned major_, minor_;
    unsigned long long inode, start;
    int pid;

    if (sscanf(line, "%*[^:]: %*s %*s WRITE %d %x:%x:%llu %llu", &pid, &major_, &minor_, &inode, &start) != 5)
        return 0;
    return major_ == major(st->st_dev) && minor_ == minor(st->st_dev) && inode == st->st_ino &&
                   start == WRITE_LOCK
               ? pid
               : 0;
}

void holder_describe(const char *path, struct text *text)
{
    char *shared autofree = mem_printf("%s-shm", path), line[256];
    struct stat st;
    FILE *locks = stat(shared, &st) == 0 ? fopen("/proc/locks", "re") : NULL;
    int pid = 0;

    while (locks && !pid && fgets(line, sizeof(line), locks))
        pid = writer_of(line, &st);
    if (locks)
        fclose(locks);
    if (pid <= 0)
        return;
    text_printf(text, " (pid %d", pid);
    put_name(pid, text);
    text_putc(text, ')');
}
