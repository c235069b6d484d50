/* Keys: made, kept and found; and the signing of how the journal stands. */
#include "base/clock.h"
#include "cli/audit_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

char *audit_read_file(const char *path, struct err *err)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *file = is_stdin ? stdin : fopen(path, "re");
    struct text text = {0};
    char chunk[8192];
    size_t len;
    int failed;

    if (!file) {
        err_errno(err, errno, "cannot read %s", path);
        return NULL;
    }
    while ((len = fread(chunk, 1, sizeof(chunk), file)))
        text_add(&text, chunk, len);
    failed = ferror(file) ? errno : 0;
    if (!is_stdin)
        fclose(file);
    if (!failed)
        return text_take(&text);
    text_fini(&text);
    err_errno(err, failed, "cannot read %s", path);
    return NULL;
}

/* --- where keys are --- */

static char *own_folder(void)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

    if (config && *config == '/')
        return mem_printf("%s/runbook", config);
    return mem_printf("%s/.config/runbook", home ? home : "");
}

static char *own_path(void)
{
    char *folder autofree = own_folder();

    return mem_printf("%s/audit.key", folder);
}

static int check_mode(const char *path, struct err *err)
{
    struct stat st;

    if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_mode & 077)
        return err_set(
            err, ERR_DENIED, "others can read the key %s; chmod 600 it, and think of a new one", path);
    return 0;
}

static int read_key(const char *path, bool must_sign, struct note_key *ret_key, struct err *err)
{
    char *text autofree = audit_read_file(path, err);
    int code;

    if (!text)
        return err->code;
    code = note_key_read(text, ret_key, err);
    explicit_bzero(text, strlen(text));
    if (code < 0)
        return err_wrap(err, "%s", path);
    if (must_sign && !ret_key->can_sign)
        return err_set(
            err, ERR_USAGE, "%s only checks; signing takes the file that audit keygen has written", path);
    return ret_key->can_sign ? check_mode(path, err) : 0;
}

int audit_key(const struct cli *cli, bool must_sign, struct note_key *ret_key, struct err *err)
{
    const struct audit_verb_options *options = cli->options;
    char *own autofree = own_path();

    if (options->key && access(options->key, F_OK) < 0 && strchr(options->key, '+'))
        return note_key_read(options->key, ret_key, err);
    if (options->key)
        return read_key(options->key, must_sign, ret_key, err);
    if (access(own, F_OK) == 0)
        return read_key(own, must_sign, ret_key, err);
    if (must_sign)
        return err_set(err, ERR_NOT_FOUND, "there is no key %s; runbook audit keygen makes one", own);
    return 1;
}

/* --- making one --- */

static int make_folder(const char *path, struct err *err)
{
    char *folder autofree = mem_strdup(path), *slash = folder;

    while ((slash = strchr(slash + 1, '/'))) {
        *slash = '\0';
        if (mkdir(folder, 0700) < 0 && errno != EEXIST)
            return err_errno(err, errno, "cannot make the folder %s", folder);
        *slash = '/';
    }
    return 0;
}

static int write_key(const char *path, const struct note_key *key, struct err *err)
{
    struct text text autotext = {0};
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_written;

    if (fd < 0 && errno == EEXIST)
        return err_set(err, ERR_CONFLICT,
            "there is a key %s already; keep it, since what it signed is checked with it, and name another "
            "file with "
            "--key",
            path);
    if (fd < 0)
        return err_errno(err, errno, "cannot write %s", path);
    note_key_write(key, true, &text);
    is_written = write(fd, text.ptr, text.len) == (ssize_t)text.len && fsync(fd) == 0;
    explicit_bzero(text.ptr, text.cap);
    close(fd);
    return is_written ? 0 : err_errno(err, errno, "cannot write %s", path);
}

int audit_cli_keygen(struct cli *cli)
{
    const struct audit_verb_options *options = cli->options;
    char *own autofree = own_path();
    const char *path = options->key ? options->key : own;
    struct text shown autotext = {0};
    struct note_key key;
    struct utsname host;
    struct err err = {0};
    int code;

    uname(&host);
    code = note_key_new(options->name ? options->name : host.nodename, &key, &err);
    if (code == 0)
        code = options->key ? 0 : make_folder(path, &err);
    if (code == 0)
        code = write_key(path, &key, &err);
    if (code < 0)
        return cli_fail(&err);
    note_key_write(&key, false, &shown);
    explicit_bzero(&key, sizeof(key));
    fprintf(stderr, "runbook: the key is in %s; others check with this line:\n", path);
    fputs(text_str(&shown), stdout);
    return EXIT_OK;
}

/* --- signing --- */

/* The head of the whole tree, signed and kept. */
static int sign(struct journal *journal, const struct note_key *key, struct text *note, struct err *err)
{
    struct audit_tree *tree;
    struct tree_head head = {0};
    struct text text autotext = {0};
    int code = audit_tree_open(journal, &tree, err);

    if (code < 0)
        return code;
    head.size = audit_tree_size(tree);
    snprintf(head.origin, sizeof(head.origin), "%s", key->name);
    code = audit_tree_range(tree, 0, head.size, &head.root);
    if (code < 0)
        *err = *audit_tree_error(tree);
    audit_tree_close(tree);
    if (code < 0)
        return code;
    tree_head_write(&head, &text);
    note_sign(key, text_str(&text), note);
    return audit_keep_checkpoint(journal, &head, clock_wall_us(), text_str(note), err);
}

int audit_cli_checkpoint(struct cli *cli)
{
    struct text note autotext = {0};
    struct journal *journal;
    struct note_key key;
    struct err err = {0};
    int status;

    if (audit_key(cli, true, &key, &err) < 0)
        return cli_fail(&err);
    status = cli_open_journal(cli, false, &journal);
    if (status == EXIT_OK) {
        if (sign(journal, &key, &note, &err) < 0)
            status = cli_fail(&err);
        else
            fputs(text_str(&note), stdout);
        journal_close(journal);
    }
    explicit_bzero(&key, sizeof(key));
    return status;
}
