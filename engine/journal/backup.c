/* backup: a copy of the journal as of one moment, made while runs go on. */
#include "journal/inside.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { PAGES_AT_ONCE = 4096 };

/* Nothing that is there already is written over. */
static int create_file(const char *path, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0 && errno == EEXIST)
        return err_set(err, ERR_CONFLICT, "%s is there already; name a file that is not", path);
    if (fd < 0)
        return err_errno(err, errno, "cannot write %s", path);
    close(fd);
    return 0;
}

/* The transaction keeps what is read as it is, however much is written meanwhile. */
static int copy_pages(struct journal *journal, sqlite3 *to, struct err *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", journal->reader, "main");
    int rc = SQLITE_OK;

    if (!backup)
        return db_error(to, sqlite3_errcode(to), err);
    while (rc == SQLITE_OK || rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
        rc = sqlite3_backup_step(backup, PAGES_AT_ONCE);
    sqlite3_backup_finish(backup);
    return db_done(to, rc, err);
}

static int copy(struct journal *journal, const char *path, struct err *err)
{
    sqlite3 *to = NULL;
    int rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE, NULL), code;
    int64_t size;

    code = rc == SQLITE_OK ? 0 : err_set(err, ERR_IO, "cannot open %s: %s", path, sqlite3_errmsg(to));
    if (code == 0) {
        sqlite3_exec(journal->reader, "BEGIN", NULL, NULL, NULL);
        code = db_number(journal->reader, "SELECT count(*) FROM sqlite_schema", &size, err);
        code = code < 0 ? code : copy_pages(journal, to, err);
        sqlite3_exec(journal->reader, "COMMIT", NULL, NULL, NULL);
    }
    sqlite3_close(to);
    return code;
}

int journal_backup(struct journal *journal, const char *path, struct err *err)
{
    int code = journal_reader(journal, err);

    if (code == 0)
        code = create_file(path, err);
    if (code < 0)
        return code;
    code = copy(journal, path, err);
    if (code < 0)
        unlink(path);
    return code;
}
