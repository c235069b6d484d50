#include "drive/secret_entry.h"
#include "base/clock.h"
#include "base/mem.h"
#include "core/core.h"
#include "drive/vault.h"
#include "io/process.h"
#include "step/step.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
    SECRET_MAX = 64 * 1024,
    TIMEOUT_US = 60 * 1000000,
    KILL_AFTER_MS = 2000,
};

/* Somebody who waits for the command, or for the action. */
struct waiter {
    secrets_done done;
    void *context;
};

struct secret_entry {
    struct secrets *secrets;
    struct loop *loop;
    struct mask *mask;
    const char *name;
    const struct secret *declared;
    struct vault *vault;
    const char *value; /* in the vault */
    /* while a command runs, or an action */
    struct process *process;
    struct work *work;
    json_t *args;
    struct loop_timer *timeout;
    bool is_timed_out, is_abandoned;
    struct text out;
    struct waiter *waiters;
    size_t waiter_count, waiter_cap;
};

struct secret_entry *secret_entry_new(
    struct secrets *secrets, const char *name, const struct secret *declared)
{
    struct secret_entry *entry = mem_alloc(sizeof(*entry));

    *entry = (struct secret_entry){.secrets = secrets,
        .loop = secrets->loop,
        .mask = &secrets->mask,
        .name = mem_strdup(name),
        .declared = declared};
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
    entry->is_abandoned = true; /* what is under way destroys it at its end */
    if (entry->process) {
        process_kill(entry->process);
    } else if (entry->work) {
        work_stop(entry->work, true);
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

/* --- while something is under way --- */

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

static void on_timeout(void *context)
{
    struct secret_entry *entry = context;

    entry->is_timed_out = true;
    if (entry->process)
        process_stop(entry->process);
    else
        work_stop(entry->work, true);
}

/* Nothing is under way any more. */
static void conclude(struct secret_entry *entry, const struct err *failure)
{
    if (!entry->is_timed_out)
        loop_timer_stop(entry->loop, entry->timeout);
    entry->timeout = NULL;
    if (entry->is_abandoned)
        destroy(entry);
    else
        tell_waiters(entry, failure);
}

static void set_timeout(struct secret_entry *entry)
{
    entry->is_timed_out = false;
    entry->timeout = loop_timer_start(entry->loop, loop_now_us(entry->loop) + TIMEOUT_US, on_timeout, entry);
}

/* Returns 1. */
static int wait_for(struct secret_entry *entry, secrets_done done, void *context)
{
    entry->waiters =
        mem_grow(entry->waiters, entry->waiter_count, &entry->waiter_cap, sizeof(*entry->waiters));
    entry->waiters[entry->waiter_count++] = (struct waiter){done, context};
    return 1;
}

static void on_exit_(void *context, int exit_code, int signal)
{
    struct secret_entry *entry = context;
    struct err err = {0};
    int code = judge(entry, exit_code, signal, &err);

    entry->process = NULL;
    if (entry->out.ptr)
        explicit_bzero(entry->out.ptr, entry->out.cap);
    text_fini(&entry->out);
    conclude(entry, code < 0 ? &err : NULL);
}

static int start_command(struct secret_entry *entry, struct err *err)
{
    const struct strings *command = &entry->declared->command;
    const char **argv autofree = mem_alloc((command->len + 1) * sizeof(*argv));
    const struct process_options options = {
        .argv = argv,
        .env = (const char *const *)environ,
        .kill_after_ms = KILL_AFTER_MS,
        .on_output = on_output,
        .on_exit = on_exit_,
        .context = entry,
    };

    memcpy(argv, command->items, command->len * sizeof(*argv));
    if (process_start(entry->loop, &options, &entry->process, err) < 0)
        return err_wrap(err, "secret \"%s\"", entry->name);
    set_timeout(entry);
    return 0;
}

static int from_command(struct secret_entry *entry, secrets_done done, void *context, struct err *err)
{
    int code = entry->process ? 0 : start_command(entry, err);

    return code < 0 ? code : wait_for(entry, done, context);
}

/* --- an action --- */

/* Nothing of it is written down: what it asks for is done at once. */
static void on_call(void *context, const char *name, json_t *args)
{
    struct secret_entry *entry = context;
    json_t *answer autovalue = work_glance(entry->work, name, args);

    if (answer)
        work_answer(entry->work, answer);
    else
        work_perform(entry->work, args);
}

static void on_return(void *context, json_t *result)
{
    work_answer(((struct secret_entry *)context)->work, result);
    json_decref(result);
}

static int judge_action(struct secret_entry *entry, const struct outcome *outcome, struct err *err)
{
    const json_t *output = json_object_get(outcome->result, "output");
    const char *uses = entry->declared->uses;

    if (entry->is_timed_out)
        return err_set(err, ERR_TIMEOUT, "secret \"%s\": %s did not end within a minute", entry->name, uses);
    if (outcome->class_ != FAIL_NONE)
        return err_set(err, ERR_IO, "secret \"%s\": %s: %s", entry->name, uses,
            outcome->message ? outcome->message : fail_class_name(outcome->class_));
    if (!json_is_string(output))
        return err_set(err, ERR_INVALID, "secret \"%s\": %s brought no text", entry->name, uses);
    return accept(entry, json_string_value(output), json_string_length(output), err);
}

static void on_done(void *context, struct outcome *outcome)
{
    struct secret_entry *entry = context;
    struct err err = {0};
    int code = entry->is_abandoned ? 0 : judge_action(entry, outcome, &err);

    outcome_fini(outcome);
    entry->work = NULL;
    json_decref(entry->args);
    entry->args = NULL;
    conclude(entry, code < 0 ? &err : NULL);
}

/* What the action is given, with the secrets in it. 1: one of them has to be waited for; `done` will be
 * called. */
static int resolve_with(
    struct secret_entry *entry, secrets_done done, void *context, json_t **ret_with, struct err *err)
{
    struct secrets *secrets = entry->secrets;
    json_t *with autovalue = NULL;
    struct scope scope;
    int code = 0;

    if (!secrets->run || core_scope_of_run(*secrets->run, &scope, err) < 0)
        return err_set(err, ERR_INVALID, "secret \"%s\": no action can be carried out here", entry->name);
    if (entry->declared->with)
        code = script_resolve(secrets->script, entry->declared->with, &scope, &with, err);
    if (code < 0)
        return err_wrap(err, "secret \"%s\"", entry->name);
    code = secrets_ready(secrets, with, done, context, err);
    if (code == 0)
        *ret_with = with ? secrets_fill(secrets, with) : json_object();
    return code;
}

static int start_action(struct secret_entry *entry, secrets_done done, void *context, struct err *err)
{
    struct work_options options = {.loop = entry->loop,
        .script = entry->secrets->script,
        .run_id = "",
        .path = "",
        .attempt = 1,
        .kill_after_ms = KILL_AFTER_MS,
        .on_call = on_call,
        .on_return = on_return,
        .on_done = on_done,
        .context = entry};
    json_t *with = NULL;
    int code = resolve_with(entry, done, context, &with, err);

    if (code != 0)
        return code;
    options.args = entry->args = json_pack("{s:s, s:o}", "action", entry->declared->uses, "with", with);
    entry->work = work_start_action(&options);
    set_timeout(entry);
    return 0;
}

static int from_action(struct secret_entry *entry, secrets_done done, void *context, struct err *err)
{
    int code = entry->work ? 0 : start_action(entry, done, context, err);

    return code != 0 ? code : wait_for(entry, done, context);
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
    if (entry->declared->uses)
        return from_action(entry, done, context, err);
    return from_command(entry, done, context, err);
}
