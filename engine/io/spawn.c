/* Starting a child: which file a command is, and why it could not be started. */
#include "io/children.h"

#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char DEFAULT_PATH[] = "/usr/local/bin:/usr/bin:/bin";

static const char *env_get(const char *const *env, const char *name)
{
    size_t len = strlen(name);

    for (; *env; env++)
        if (strncmp(*env, name, len) == 0 && (*env)[len] == '=')
            return *env + len + 1;
    return NULL;
}

/* `path` as seen from the child's directory. */
static const char *seen_from(const char *cwd, const char *path, char ret[PATH_MAX])
{
    if (path[0] == '/' || !cwd || snprintf(ret, PATH_MAX, "%s/%s", cwd, path) >= PATH_MAX)
        return path;
    return ret;
}

enum found { FOUND_NOTHING, FOUND_FILE, FOUND_PROGRAM };

static enum found look_at(const char *cwd, const char *path)
{
    char place[PATH_MAX];
    struct stat st;

    path = seen_from(cwd, path, place);
    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
        return FOUND_NOTHING;
    return access(path, X_OK) == 0 ? FOUND_PROGRAM : FOUND_FILE;
}

/* As a shell does: the first that may be executed, in the order of PATH. `ret` gets the last file that was
 * seen. */
static enum found search(const struct process_options *options, const char *name, char ret[PATH_MAX])
{
    const char *path = env_get(options->env, "PATH");
    enum found best = FOUND_NOTHING;
    char candidate[PATH_MAX];

    if (!path)
        path = DEFAULT_PATH;
    for (const char *end; path; path = *end ? end + 1 : NULL) {
        enum found found;
        int len;

        end = strchrnul(path, ':');
        len = snprintf(
            candidate, sizeof(candidate), "%.*s/%s", (int)(end - path), end > path ? path : ".", name);
        if (len < 0 || (size_t)len >= sizeof(candidate))
            continue;
        found = look_at(options->cwd, candidate);
        if (found > best) {
            best = found;
            memcpy(ret, candidate, (size_t)len + 1);
        }
        if (best == FOUND_PROGRAM)
            break;
    }
    return best;
}

static int resolve(const struct process_options *options, char ret[PATH_MAX], struct err *err)
{
    const char *name = options->program ? options->program : options->argv[0];
    enum found found;

    if (!name || !*name)
        return err_set(err, ERR_NOT_FOUND, "the command is empty");
    if (strchr(name, '/')) {
        if (snprintf(ret, PATH_MAX, "%s", name) >= PATH_MAX)
            return err_set(err, ERR_NOT_FOUND, "the name of the command is too long");
        return 0;
    }
    found = search(options, name, ret);
    if (found == FOUND_FILE)
        return err_set(err, ERR_DENIED, "%s is not executable; chmod +x %s", ret, ret);
    if (found == FOUND_NOTHING)
        return err_set(err, ERR_NOT_FOUND, "no command \"%.200s\" in PATH", name);
    return 0;
}

/* execve says little: find out what it meant. */
static int explain(const struct process_options *options, const char *path, int error, struct err *err)
{
    const char *cwd = options->cwd;
    char place[PATH_MAX];
    struct stat st;

    if (cwd && stat(cwd, &st) < 0)
        return errno == ENOENT ? err_set(err, ERR_NOT_FOUND, "no directory \"%.400s\" (cwd)", cwd)
                               : err_errno(err, errno, "the directory \"%.400s\" (cwd)", cwd);
    if (cwd && !S_ISDIR(st.st_mode))
        return err_set(err, ERR_NOT_FOUND, "\"%.400s\" (cwd) is not a directory", cwd);
    if (cwd && access(cwd, X_OK) < 0)
        return err_set(err, ERR_DENIED, "the directory \"%.400s\" (cwd) may not be entered", cwd);
    if (error == ENOENT && look_at(cwd, path) != FOUND_NOTHING)
        return err_set(
            err, ERR_NOT_FOUND, "the interpreter that %.400s names in its first line does not exist", path);
    if (error == ENOENT || error == ENOTDIR)
        return err_set(err, ERR_NOT_FOUND, "no command \"%.400s\"", path);
    if (error == EACCES && stat(seen_from(cwd, path, place), &st) == 0 && S_ISDIR(st.st_mode))
        return err_set(err, ERR_DENIED, "%.400s is a directory", path);
    if (error == EACCES || error == EPERM)
        return err_set(err, ERR_DENIED, "%.400s is not executable; chmod +x %.400s", path, path);
    if (error == ENOEXEC)
        return err_set(err, ERR_DENIED,
            "%.400s is no program, and its first line names no interpreter; begin it with #!/bin/sh", path);
    if (error == E2BIG)
        return err_set(err, ERR_LIMIT,
            "the arguments and the environment are together longer than the system allows; pass long texts "
            "on stdin");
    return err_errno(err, error, "cannot start %.400s", path);
}

/* The environment with one variable more. */
static const char **env_with(const char *const *env, const char *mark)
{
    size_t len = 0;
    const char **copy;

    while (env[len])
        len++;
    copy = mem_alloc((len + 2) * sizeof(*copy));
    memcpy(copy, env, len * sizeof(*copy));
    copy[len] = mark;
    return copy;
}

int spawn_child(struct loop *loop, const struct process_options *options, const char *mark,
    struct spawn_pipes *pipes, struct launched *ret_launched, struct err *err)
{
    const char **env autofree = NULL;
    struct launch how;
    char path[PATH_MAX] = "";
    int result = resolve(options, path, err);

    if (result < 0)
        return result;
    env = env_with(options->env, mark);
    how = (struct launch){path, options->argv, env, options->cwd, pipes->theirs};
    result = launch(loop, &how, ret_launched);
    return result ? explain(options, path, result, err) : 0;
}
