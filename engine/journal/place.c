#include "journal/place.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* A relative XDG_STATE_HOME is to be ignored, says the specification. */
static const char *absolute(const char *variable)
{
    const char *value = getenv(variable);

    return value && *value == '/' ? value : NULL;
}

/* It is opened again later, and the process does not always stand where it began. */
static char *whole(const char *name)
{
    char *here autofree = getcwd(NULL, 0);

    return here ? mem_printf("%s/%s", here, name) : mem_strdup(name);
}

char *place_find(const char *path, struct err *err)
{
    const char *named = path ? path : getenv("RUNBOOK_JOURNAL");
    const char *state = absolute("XDG_STATE_HOME"), *home = absolute("HOME");

    if (named && *named == '/')
        return mem_strdup(named);
    if (named && *named)
        return whole(named);
    if (state)
        return mem_printf("%s/runbook/journal.db", state);
    if (home)
        return mem_printf("%s/.local/state/runbook/journal.db", home);
    err_set(err, ERR_USAGE,
        "no place for the journal: HOME is not set; name a file with --journal or RUNBOOK_JOURNAL");
    return NULL;
}

/* --- file systems ------------------------------------------------------------------------------------- */

static const struct {
    unsigned long magic; /* statfs(2) */
    const char *name;
} shared_systems[] = {{0x6969, "NFS"}, {0x517b, "SMB"}, {0xff534d42, "CIFS"}, {0xfe534d42, "SMB"},
    {0x5346414f, "AFS"}, {0x6b414653, "AFS"}, {0x73757245, "Coda"}, {0x564c, "NCP"}, {0x00c36400, "Ceph"}};

/* Of the file, or of what is there already of its folders. */
static int look_at_system(const char *path, struct statfs *ret_system)
{
    char *place autofree = mem_strdup(path);

    while (statfs(place, ret_system) < 0) {
        char *slash = strrchr(place, '/');

        if (errno != ENOENT && errno != ENOTDIR)
            return -1;
        if (!slash)
            return statfs(".", ret_system);
        slash[slash == place] = '\0'; /* "/" is the last */
    }
    return 0;
}

int place_check(const char *path, struct err *err)
{
    struct statfs system;

    if (look_at_system(path, &system) < 0)
        return 0; /* whoever opens it says why */
    for (size_t i = 0; i < sizeof(shared_systems) / sizeof(shared_systems[0]); i++)
        if ((unsigned)system.f_type == shared_systems[i].magic)
            return err_set(err, ERR_INVALID,
                "the journal %s is on %s, where other machines could write it at the same time and damage "
                "it; "
                "name a file on a disk of this machine with --journal or RUNBOOK_JOURNAL",
                path, shared_systems[i].name);
    return 0;
}

/* --- folders and the file ----------------------------------------------------------------------------- */

/* So that the new name outlives a power cut. Not every file system can, and then nobody can help it. */
static void sync_parent(const char *path)
{
    char *parent autofree = mem_printf("%s/..", path);
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

static int make_folder(const char *path, struct err *err)
{
    if (mkdir(path, 0700) == 0 && chmod(path, 0700) == 0 /* whatever the umask took */) {
        sync_parent(path);
        return 0;
    }
    if (errno == EEXIST)
        return 0;
    return err_errno(err, errno, "cannot create the journal's folder %s", path);
}

static int make_folders(const char *file, struct err *err)
{
    char *path autofree = mem_strdup(file);

    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        struct stat st;
        int code;

        *slash = '\0';
        code = stat(path, &st) == 0 ? 0 : make_folder(path, err);
        if (code < 0)
            return code;
        *slash = '/';
    }
    return 0;
}

/* Only a file is a journal: as root, the mode of /dev/null would be ours to spoil. */
static int check_file(int fd, const char *path, struct err *err)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return err_errno(err, errno, "cannot look at the journal %s", path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, ERR_USAGE,
            "the journal %s is not a file; name another place with --journal or RUNBOOK_JOURNAL", path);
    /* A umask such as 0177 may have taken bits that the owner needs; nobody else ever gets any from us.
     * SQLite gives its WAL and shared memory the mode of this file. */
    if (st.st_size == 0)
        fchmod(fd, 0600);
    return 0;
}

int place_create(const char *path, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), code;

    if (fd < 0 && errno == ENOENT) {
        code = make_folders(path, err);
        if (code < 0)
            return code;
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    }
    if (fd < 0)
        return err_errno(err, errno,
            "cannot write the journal %s; make it writable or name another with --journal or RUNBOOK_JOURNAL",
            path);
    code = check_file(fd, path, err);
    close(fd);
    return code;
}
