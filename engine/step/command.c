#include "step/command.h"

#include "io/process.h"
#include "io/scratch.h"
#include "step/capture.h"
#include "step/ended.h"
#include "step/outputs.h"

#include <string.h>
#include <unistd.h>

extern char **environ;

enum { SLICE = 256 * 1024 };

struct command_work {
    struct work work;
    struct command command;
    struct process *process; /* NULL: it has ended */
    struct capture streams[2];
    int exit_code, signal;
    bool was_stopped; /* before it ended */
    int stream;       /* whose rest is being shown */
    struct text rest; /* of what a long stream brought after its head */
    size_t shown;
    struct outcome outcome; /* once all is shown */
};

/* ---- what to start ---- */

void command_init(struct command *command)
{
    *command = (struct command){.output_fd = -1, .script_fd = -1};
}

void command_fini(struct command *command)
{
    if (command->output_fd >= 0)
        close(command->output_fd);
    if (command->script_fd >= 0)
        close(command->script_fd);
    free(command->argv);
    free(command->env);
    arena_fini(&command->arena);
}

void command_arg(struct command *command, const char *arg)
{
    command->argv = mem_grow(command->argv, command->argc + 1, &command->argv_cap, sizeof(*command->argv));
    command->argv[command->argc++] = arena_strdup(&command->arena, arg);
    command->argv[command->argc] = NULL;
}

/* Is it the variable `name` (of `len` bytes)? */
static bool is_named(const char *entry, const char *name, size_t len)
{
    return strncmp(entry, name, len) == 0 && entry[len] == '=';
}

void command_setenv(struct command *command, const char *name, const char *value)
{
    size_t len = strlen(name);
    const char *entry = arena_printf(&command->arena, "%s=%s", name, value);

    for (size_t i = 0; i < command->env_len; i++) {
        if (is_named(command->env[i], name, len)) {
            command->env[i] = entry;
            return;
        }
    }
    command->env = mem_grow(command->env, command->env_len, &command->env_cap, sizeof(*command->env));
    command->env[command->env_len++] = entry;
}

static int set_value(struct command *command, const char *name, const json_t *value, struct err *err)
{
    struct text text autotext = {0};

    if (!*name || strchr(name, '='))
        return err_set(err, ERR_INVALID, "\"%.100s\" cannot be the name of a variable", name);
    if (!value_to_text(value, &text))
        return err_set(err, ERR_INVALID, "the variable %.100s has no value (null)", name);
    command_setenv(command, name, text_str(&text));
    return 0;
}

int command_env_of_step(struct command *command, const struct work_options *options, struct err *err)
{
    char attempt[16];
    const char *name;
    json_t *value;

    snprintf(attempt, sizeof(attempt), "%d", options->attempt);
    command_setenv(command, "RUNBOOK_RUN_ID", options->run_id ? options->run_id : "");
    command_setenv(command, "RUNBOOK_STEP", options->path ? options->path : "");
    command_setenv(command, "RUNBOOK_ATTEMPT", attempt);
    json_object_foreach(options->env, name, value)
    {
        if (set_value(command, name, value, err) < 0)
            return ERR_INVALID;
    }
    return 0;
}

const char *command_fd_path(struct command *command, int fd)
{
    return arena_printf(&command->arena, "/proc/%d/fd/%d", (int)getpid(), fd);
}

void command_stdin(struct command *command, const json_t *args)
{
    struct text text autotext = {0};

    if (!value_to_text(json_object_get(args, "stdin"), &text))
        return;
    command->input = arena_strndup(&command->arena, text_str(&text), text.len);
    command->input_len = text.len;
}

int command_argv(struct command *command, const json_t *list, struct err *err)
{
    size_t i;
    json_t *value;

    if (!json_is_array(list) || json_array_size(list) == 0)
        return err_set(err, ERR_INVALID, "the command must be a list with at least one element, not %s",
            !list                 ? "nothing"
            : json_is_array(list) ? "an empty one"
                                  : value_type(list));
    json_array_foreach(list, i, value)
    {
        struct text text autotext = {0};

        if (json_is_object(value) || json_is_array(value) || !value_to_text(value, &text))
            return err_set(err, ERR_INVALID,
                "element %zu of the command is a %s; each element is one argument, a text or a number", i + 1,
                value_type(value));
        command_arg(command, text_str(&text));
    }
    return 0;
}

/* ---- what came of it ---- */

static void add_outputs(const struct command_work *work, struct outcome *outcome)
{
    struct err err = {0};
    json_t *outputs;

    if (work->command.output_fd < 0)
        return;
    outputs = outputs_read(work->command.output_fd, &err);
    if (outputs)
        json_object_set_new(outcome->result, "outputs", outputs);
    if (err.code && outcome->class_ == FAIL_NONE) {
        outcome->class_ = FAIL_PARSE;
        outcome->message = mem_strdup(err.text);
    }
}

static void gather(struct command_work *work)
{
    uint64_t omitted = capture_omitted(&work->streams[0]) + capture_omitted(&work->streams[1]);
    const struct text *out = capture_whole(&work->streams[0]), *err = capture_whole(&work->streams[1]);

    ended_process(&(struct process_end){.exit_code = work->exit_code,
                      .signal = work->signal,
                      .was_stopped = work->was_stopped,
                      .out = text_str(out),
                      .out_len = out->len,
                      .err = text_str(err),
                      .err_len = err->len,
                      .omitted = omitted},
        &work->outcome);
    add_outputs(work, &work->outcome);
}

static void conclude(void *context)
{
    struct command_work *work = context;
    struct outcome outcome = work->outcome;

    work_end(&work->work, &outcome);
}

static bool next_rest(struct command_work *work)
{
    work->shown = 0;
    while (++work->stream <= 2) {
        text_clear(&work->rest);
        capture_rest(&work->streams[work->stream - 1], &work->rest);
        if (work->rest.len)
            return true;
    }
    return false;
}

/* The ends of both streams, which waited for it to be known what the end is. In slices, a turn each: whoever
 * takes them has work to do with them, and others are waiting for the loop. */
static void show_rest(void *context)
{
    struct command_work *work = context;
    size_t len;

    if (work->shown == work->rest.len && !next_rest(work)) {
        bool is_long = work->rest.cap > 0;

        gather(work);
        if (is_long)
            loop_defer(work->work.options.loop, conclude, work);
        else
            conclude(work);
        return;
    }
    len = work->rest.len - work->shown < SLICE ? work->rest.len - work->shown : SLICE;
    if (work->work.options.on_output)
        work->work.options.on_output(
            work->work.options.context, work->stream, text_str(&work->rest) + work->shown, len);
    work->shown += len;
    loop_defer(work->work.options.loop, show_rest, work);
}

static void on_exit_(void *context, int exit_code, int signum)
{
    struct command_work *work = context;

    work->process = NULL;
    work->was_stopped = work->work.is_stopped;
    work->exit_code = exit_code;
    work->signal = signum;
    show_rest(work);
}

static void on_output(void *context, int stream, const char *bytes, size_t len)
{
    struct command_work *work = context;
    size_t to_head = capture_add(&work->streams[stream - 1], bytes, len);

    if (to_head && work->work.options.on_output)
        work->work.options.on_output(work->work.options.context, stream, bytes, to_head);
}

/* ---- the work ---- */

static void command_free(struct work *work_)
{
    struct command_work *work = (struct command_work *)work_; /* its first member */

    capture_fini(&work->streams[0]);
    capture_fini(&work->streams[1]);
    scratch_close(work_->options.loop, work->command.output_fd);
    work->command.output_fd = -1;
    command_fini(&work->command);
    text_fini(&work->rest);
    free(work);
}

void command_stop(struct work *work_, bool at_once)
{
    struct command_work *work = (struct command_work *)work_;

    if (!work->process)
        return;
    if (at_once)
        process_kill(work->process);
    else
        process_stop(work->process);
}

/* Do both entries, NAME=value, set the same variable? */
static bool is_same_variable(const char *a, const char *b)
{
    for (; *a == *b && *a && *a != '='; a++)
        b++;
    return *a == '=' && *b == '=';
}

/* Ours first, then what we inherited and do not set. What another run gave us is not passed on. */
static const char **whole_env(struct command *command)
{
    size_t inherited = 0, len = 0;
    const char **env;

    while (environ[inherited])
        inherited++;
    env = arena_alloc(&command->arena, (command->env_len + inherited + 1) * sizeof(*env));
    for (; len < command->env_len; len++)
        env[len] = command->env[len];
    for (size_t i = 0; i < inherited; i++) {
        bool is_ours =
            is_same_variable(environ[i], "RUNBOOK_OUTPUT=") || is_same_variable(environ[i], "RUNBOOK_CHILD=");

        for (size_t k = 0; !is_ours && k < command->env_len; k++)
            is_ours = is_same_variable(environ[i], command->env[k]);
        if (!is_ours)
            env[len++] = environ[i];
    }
    return env;
}

static const struct step_ops command_ops = {.stop = command_stop};

struct work *command_start(const struct work_options *options, struct command *command)
{
    struct command_work *work = mem_alloc(sizeof(*work));
    struct process_options process = {
        .program = command->program,
        .argv = command->argv,
        .env = whole_env(command),
        .cwd = options->cwd && *options->cwd ? options->cwd : NULL,
        .input = command->input,
        .input_len = command->input_len,
        .kill_after_ms = options->kill_after_ms,
        .leave_running = options->step && options->step->leave_running,
        .on_output = on_output,
        .on_exit = on_exit_,
        .context = work,
    };
    struct err err;

    work_init(&work->work, options, &command_ops, command_free);
    work->command = *command;
    if (process_start(options->loop, &process, &work->process, &err) < 0) {
        command_free(&work->work);
        return work_refused(options, FAIL_SPAWN, "%s", err.text);
    }
    return &work->work;
}
