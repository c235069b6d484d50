/* run: a script, carried out by a shell. Its values travel in the environment (RB_1, RB_2, …), never in the
 * text. */
#include "step/shell.h"

#include "io/scratch.h"

#include <string.h>

static const struct field fields[] = {
    {"script", FIELD_SCRIPT, 0, FIELD_REQUIRED,
        .help = "The script. Each ${{ }} reaches it as one value, never as program text."},
    {"stdin", FIELD_TEXT, 0, FIELD_SECRET_OK,
        .help = "What the script reads from its standard input; without it, nothing."},
    {NULL},
};

/* The script as it goes to the shell, and the values it refers to: args.script is a text, or {"text", "env"}.
 */
static const char *script_of(const json_t *args, json_t **ret_env)
{
    json_t *script = json_object_get(args, "script");

    *ret_env = json_object_get(script, "env");
    return json_is_string(script) ? json_string_value(script) : value_get_string(script, "text");
}

static int give_values(struct command *command, json_t *values, struct err *err)
{
    const char *name;
    json_t *value;

    json_object_foreach(values, name, value)
    {
        struct text text autotext = {0};

        if (!value_to_text(value, &text))
            return err_set(err, ERR_INVALID, "the value of %s is null", name);
        command_setenv(command, name, text_str(&text));
    }
    return 0;
}

static int give_output_file(struct command *command, struct loop *loop, struct err *err)
{
    command->output_fd = scratch_open(loop, err);
    if (command->output_fd < 0)
        return err_wrap(err, "RUNBOOK_OUTPUT");
    command_setenv(command, "RUNBOOK_OUTPUT", command_fd_path(command, command->output_fd));
    return 0;
}

static int prepare(struct command *command, const struct work_options *options, const char *script,
    json_t *values, struct err *err)
{
    int result = shell_command(command, &options->step->shell, script, err);

    if (result == 0)
        result = command_env_of_step(command, options, err);
    if (result == 0)
        result = give_values(command, values, err);
    if (result == 0)
        result = give_output_file(command, options->loop, err);
    if (result == 0)
        command_stdin(command, options->args);
    return result;
}

static struct work *start(const struct work_options *options)
{
    json_t *values;
    const char *script = script_of(options->args, &values);
    struct command command;
    struct err err;

    if (!script)
        return work_refused(options, FAIL_VALIDATION, "there is no script, or it is not a text");
    command_init(&command);
    if (prepare(&command, options, script, values, &err) < 0) {
        command_fini(&command);
        return work_refused(options, FAIL_SPAWN, "%s", err.text);
    }
    return command_start(options, &command);
}

/* ---- preview ---- */

/* Is there "${NAME}" at `at`, in any of the quotes the compiler of scripts may put around it? */
static size_t reference_length(const char *at, const char *name)
{
    static const char *const forms[][2] = {{"'\"${", "}\"'"}, {"\"${", "}\""}, {"${", "}"}};
    size_t len = strlen(name);

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        size_t before = strlen(forms[i][0]), after = strlen(forms[i][1]);

        if (strncmp(at, forms[i][0], before) == 0 && strncmp(at + before, name, len) == 0 &&
            strncmp(at + before + len, forms[i][1], after) == 0)
            return before + len + after;
    }
    return 0;
}

/* The script as a person would have typed it: with the values instead of the references to them. */
static void add_with_values(struct text *text, const char *script, json_t *values)
{
    while (*script) {
        const char *name;
        json_t *value;
        size_t len = 0;

        json_object_foreach(values, name, value)
        {
            len = reference_length(script, name);
            if (len && value_to_text(value, text))
                break;
            len = 0;
        }
        if (!len)
            text_putc(text, *script);
        script += len ? len : 1;
    }
}

static void preview(const struct step *step, const json_t *args, struct text *text)
{
    struct text whole autotext = {0};
    json_t *values;
    const char *script = script_of(args, &values);

    (void)step;
    if (script)
        add_with_values(&whole, script, values);
    preview_line(text, text_str(&whole));
}

static const struct step_ops ops = {.start = start, .stop = command_stop, .preview = preview};

static const char *const result_names[] = {
    "exit_code", "stdout", "stderr", "output", "outputs", "signal", "omitted_bytes", NULL};

const struct kind step_run = {
    .name = "run",
    .class_ = KIND_EFFECT,
    .help = "Runs a script with `shell`.",
    .result = result_names,
    .section = {.name = "run", .help = "A script.", .fields = fields, .shorthand = "script"},
    .ops = &ops,
};
