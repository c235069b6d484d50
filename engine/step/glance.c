/* glance: what code asks for that leaves nothing behind: looking at the clock, at a file, saying something.
 */
#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "step/coded.h"

#include "model/document.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static json_t *look_at_clock(struct work *work, const json_t *args)
{
    (void)work, (void)args;
    return json_real((double)clock_wall_us() / 1e6);
}

static json_t *draw(struct work *work, const json_t *args)
{
    (void)work, (void)args;
    return json_real((double)random_u53() * 0x1p-53);
}

static json_t *say(struct work *work, const json_t *args)
{
    const struct work_options *options = &work->options;
    struct text line autotext = {0};

    value_to_text(json_object_get(args, "text"), &line);
    text_putc(&line, '\n');
    if (options->on_output)
        options->on_output(options->context, 1, text_str(&line), line.len);
    return json_null();
}

/* --- files beside the runbook --- */

enum { READ_MAX = 1024 * 1024 };

static json_t *refuse(const char *path, const char *why)
{
    char *error autofree = mem_printf("%s: %s", path, why);

    return json_pack("{s:b, s:o}", "ok", 0, "error", value_string(error, strlen(error)));
}

/* What is beneath the runbook's directory, whatever links and dots say. */
static int open_beneath(const struct work *work, const char *path, uint64_t flags)
{
    const struct step *step = work->options.step;
    const char *book = step && step->document ? step->document->source->path : "";
    const char *slash = strrchr(book, '/');
    char *folder autofree = slash ? mem_strndup(book, (size_t)(slash - book) + 1) : mem_strdup(".");
    struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    int base = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC), fd, reason;

    if (base < 0)
        return -1;
    fd = (int)syscall(SYS_openat2, base, path, &how, sizeof(how));
    reason = errno;
    close(base);
    errno = reason;
    return fd;
}

static json_t *stat_value(const struct stat *status)
{
    const char *type = S_ISREG(status->st_mode) ? "file" : S_ISDIR(status->st_mode) ? "directory" : "other";

    return json_pack("{s:b, s:b, s:s, s:I, s:f}", "ok", 1, "exists", 1, "type", type, "size",
        (json_int_t)status->st_size, "modified_at",
        (double)status->st_mtim.tv_sec + (double)status->st_mtim.tv_nsec / 1e9);
}

static json_t *look_at_file(struct work *work, const json_t *args)
{
    const char *path = value_get_string(args, "path");
    int fd = open_beneath(work, path, O_PATH);
    struct stat status;
    int failed;

    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return json_pack("{s:b, s:b}", "ok", 1, "exists", 0);
    if (fd < 0)
        return refuse(path, errno == EXDEV ? "it is not under the runbook's directory" : strerror(errno));
    failed = fstat(fd, &status);
    close(fd);
    return failed ? refuse(path, strerror(errno)) : stat_value(&status);
}

static json_t *read_all(const char *path, int fd)
{
    struct text text autotext = {0};
    char chunk[16384];
    ssize_t len;

    while ((len = read(fd, chunk, sizeof(chunk))) > 0 && text.len <= READ_MAX)
        text_add(&text, chunk, (size_t)len);
    if (len < 0)
        return refuse(path, strerror(errno));
    if (text.len > READ_MAX)
        return refuse(path, "it is longer than 1 MiB");
    return json_pack("{s:b, s:o}", "ok", 1, "text", value_string(text_str(&text), text.len));
}

static json_t *read_file(struct work *work, const json_t *args)
{
    const char *path = value_get_string(args, "path");
    int fd = open_beneath(work, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    json_t *result;

    if (fd < 0)
        return refuse(path, errno == EXDEV ? "it is not under the runbook's directory" : strerror(errno));
    if (fstat(fd, &status) == 0 && !S_ISREG(status.st_mode))
        result = refuse(path, "it is no file that can be read to its end");
    else
        result = read_all(path, fd);
    close(fd);
    return result;
}

static const struct {
    const char *name;
    json_t *(*look)(struct work *work, const json_t *args);
} glances[] = {
    {"now", look_at_clock},
    {"random", draw},
    {"log", say},
    {"fs.stat", look_at_file},
    {"fs.read", read_file},
};

json_t *coded_glance(struct work *work, const char *name, const json_t *args)
{
    for (size_t i = 0; i < sizeof(glances) / sizeof(glances[0]); i++)
        if (strcmp(glances[i].name, name) == 0)
            return glances[i].look(work, args);
    return NULL;
}
