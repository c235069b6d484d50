#include "drive/secret_entry.h"
#include "base/clock.h"
#include "base/mem.h"
#include "drive/vault.h"
#include "io/process.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
    SECRET_MAX = 64 * 1024,
    COMMAND_TIMEOUT_US = 60 * 1000000,
    COMMAND_KILL_AFTER_MS = 2000,
};

/* Somebody who waits for the command. */
struct waiter {
    secrets_done done;
    void *context;
};

struct secret_entry {
    struct loop *loop;
    struct mask *mask;
    const char *name;
    const struct secret *declared;
    struct vault *vault;
    const char *value; /* in the vault */
    /* while a command runs */
    struct process *process;
    struct loop_timer *timeout;
    bool is_timed_out, is_abandoned;
    struct text out;
    struct waiter *waiters;
    size_t waiter_count, waiter_cap;
};

struct secret_entry *secret_entry_new(
    struct loop *loop, struct mask *mask, const char *name, const struct secret *declared)
{
    struct secret_entry *entry = mem_alloc(sizeof(*entry));

    *entry =
        (struct secret_entry){.loop = loop, .mask = mask, .name = mem_strdup(name), .declared = declared};
    return entry;
}

static void destroy(struct secret_entry *entry)
{
    vault_free(entry->vault);
    free(entry->waiters);
    free((char *)entry->name);
    free(entry);
}

void secret_entry_free(struct secret_entry *entry)
{
    if (entry->process) {
        entry->is_abandoned = true; /* on_exit destroys it */
        process_kill(entry->process);
    } else {
        destroy(entry);
    }
}

const char *secret_entry_value(const struct secret_entry *entry)
{
    return entry->value;
}

/* Take the value, without the line end that files and commands put behind it. */
static int accept(struct secret_entry *entry, const char *bytes, size_t len, struct err *err)
{
    while (len && (bytes[len - 1] == '\n' || bytes[len - 1] == '\r'))
        len--;
    if (!len)
        return err_set(err, ERR_INVALID, "secret \"%s\" is empty", entry->name);
    if (memchr(bytes, '\0', len))
        return err_set(err, ERR_INVALID, "secret \"%s\" contains a NUL byte", entry->name);
    entry->value = vault_copy(&entry->vault, bytes, len);
    mask_add(entry->mask, bytes, len);
    return 0;
}

static int from_env(struct secret_entry *entry, struct err *err)
{
    const char *value = getenv(entry->declared->env);

    if (!value)
        return err_set(err, ERR_NOT_FOUND, "secret \"%s\": the environment variable %s is not set",
            entry->name, entry->declared->env);
    return accept(entry, value, strlen(value), err);
}

static int from_file(struct secret_entry *entry, const char *path, struct err *err)
{
    char bytes[SECRET_MAX];
    size_t len = 0;
    ssize_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC), code;

    if (fd < 0)
        return err_errno(err, errno, "secret \"%s\": cannot read %s", entry->name, path);
    while (len < sizeof(bytes) && (n = read(fd, bytes + len, sizeof(bytes) - len)) > 0)
        len += (size_t)n;
    if (n < 0)
        code = err_errno(err, errno, "secret \"%s\": cannot read %s", entry->name, path);
    else if (len == sizeof(bytes))
        code = err_set(err, ERR_LIMIT, "secret \"%s\": %s is larger than 64 KiB", entry->name, path);
    else
        code = accept(entry, bytes, len, err);
    close(fd);
    explicit_bzero(bytes, len);
    return code;
}

static int from_systemd(struct secret_entry *entry, struct err *err)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    char *path autofree = NULL;

    if (!folder)
        return err_set(
            err, ERR_NOT_FOUND, "secret \"%s\": systemd gave no credentials to this process", entry->name);
    path = mem_printf("%s/%s", folder, entry->declared->systemd);
    return from_file(entry, path, err);
}

/* --- command --- */

static void tell_waiters(struct secret_entry *entry, const struct err *failure)
{
    struct waiter *waiters = entry->waiters;
    size_t count = entry->waiter_count;

    entry->waiters = NULL;
    entry->waiter_count = entry->waiter_cap = 0;
    for (size_t i = 0; i < count; i++)
        waiters[i].done(waiters[i].context, failure);
    free(waiters);
}

static void on_output(void *context, int stream, const char *bytes, size_t len)
{
    struct secret_entry *entry = context;

    if (stream == 1 && entry->out.len < SECRET_MAX)
        text_add(&entry->out, bytes, len);
}

static int judge(struct secret_entry *entry, int exit_code, int signal, struct err *err)
{
    const char *command = entry->declared->command.items[0];

    if (entry->is_timed_out)
        return err_set(
            err, ERR_TIMEOUT, "secret \"%s\": %s did not end within a minute", entry->name, command);
    if (signal)
        return err_set(err, ERR_IO, "secret \"%s\": %s was ended by signal %d", entry->name, command, signal);
    if (exit_code)
        return err_set(err, ERR_IO, "secret \"%s\": %s exited with %d", entry->name, command, exit_code);
    return accept(entry, text_str(&entry->out), strcspn(text_str(&entry->out), "\n"), err);
}

static void on_exit_(void *context, int exit_code, int signal)
{
    struct secret_entry *entry = context;
    struct err err = {0};
    int code = judge(entry, exit_code, signal, &err);

    entry->process = NULL;
    if (!entry->is_timed_out)
        loop_timer_stop(entry->loop, entry->timeout);
    entry->timeout = NULL;
    if (entry->out.ptr)
        explicit_bzero(entry->out.ptr, entry->out.cap);
    text_fini(&entry->out);
    if (entry->is_abandoned)
        destroy(entry);
    else
        tell_waiters(entry, code < 0 ? &err : NULL);
}

static void on_timeout(void *context)
{
    struct secret_entry *entry = context;

    entry->is_timed_out = true;
    process_stop(entry->process);
}

static int start_command(struct secret_entry *entry, struct err *err)
{
    const struct strings *command = &entry->declared->command;
    const char **argv autofree = mem_alloc((command->len + 1) * sizeof(*argv));
    const struct process_options options = {
        .argv = argv,
        .env = (const char *const *)environ,
        .kill_after_ms = COMMAND_KILL_AFTER_MS,
        .on_output = on_output,
        .on_exit = on_exit_,
        .context = entry,
    };

    memcpy(argv, command->items, command->len * sizeof(*argv));
    entry->is_timed_out = false;
    if (process_start(entry->loop, &options, &entry->process, err) < 0)
        return err_wrap(err, "secret \"%s\"", entry->name);
    entry->timeout =
        loop_timer_start(entry->loop, loop_now_us(entry->loop) + COMMAND_TIMEOUT_US, on_timeout, entry);
    return 0;
}

static int from_command(struct secret_entry *entry, secrets_done done, void *context, struct err *err)
{
    int code = entry->process ? 0 : start_command(entry, err);

    if (code < 0)
        return code;
    entry->waiters =
        mem_grow(entry->waiters, entry->waiter_count, &entry->waiter_cap, sizeof(*entry->waiters));
    entry->waiters[entry->waiter_count++] = (struct waiter){done, context};
    return 1;
}

int secret_entry_want(struct secret_entry *entry, secrets_done done, void *context, struct err *err)
{
    if (entry->value)
        return 0;
    if (!entry->declared)
        return err_set(err, ERR_NOT_FOUND, "no secret \"%s\" is declared", entry->name);
    if (entry->declared->env)
        return from_env(entry, err);
    if (entry->declared->file)
        return from_file(entry, entry->declared->file, err);
    if (entry->declared->systemd)
        return from_systemd(entry, err);
    return from_command(entry, done, context, err);
}
