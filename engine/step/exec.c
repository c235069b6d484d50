/* exec: one process, without a shell in between. */
#include "step/command.h"

#include <string.h>

static const struct field fields[] = {
    {"argv", FIELD_VALUE, 0, FIELD_REQUIRED | FIELD_EACH,
        .help =
            "The command and its arguments; each element is exactly one argument, and each of a list's with "
            "`{each: expression}`."},
    {"stdin", FIELD_TEXT, 0, FIELD_SECRET_OK,
        .help = "What the process reads from its standard input; without it, nothing."},
    {NULL},
};

static struct work *start(const struct work_options *options)
{
    struct command command;
    struct err err;

    command_init(&command);
    if (command_argv(&command, json_object_get(options->args, "argv"), &err) < 0 ||
        command_env_of_step(&command, options, &err) < 0) {
        command_fini(&command);
        return work_refused(options, FAIL_VALIDATION, "%s", err.text);
    }
    command_stdin(&command, options->args);
    return command_start(options, &command);
}

/* As it would be typed into a shell. */
static void add_quoted(struct text *text, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%^";

    if (*word && strspn(word, plain) == strlen(word)) {
        text_puts(text, word);
        return;
    }
    text_putc(text, '\'');
    for (; *word; word++) {
        if (*word == '\'')
            text_puts(text, "'\\''");
        else
            text_putc(text, *word == '\n' ? ' ' : *word);
    }
    text_putc(text, '\'');
}

static void preview(const struct step *step, const json_t *args, struct text *text)
{
    json_t *list = json_object_get(args, "argv"), *value;
    size_t i;

    (void)step;
    json_array_foreach(list, i, value)
    {
        struct text word autotext = {0};

        value_to_text(value, &word);
        if (i)
            text_putc(text, ' ');
        add_quoted(text, text_str(&word));
    }
}

static const struct step_ops ops = {.start = start, .stop = command_stop, .preview = preview};

static const char *const result_names[] = {
    "exit_code", "stdout", "stderr", "output", "signal", "omitted_bytes", NULL};

const struct kind step_exec = {
    .name = "exec",
    .class_ = KIND_EFFECT,
    .help = "Runs one process, without a shell.",
    .result = result_names,
    .section = {.name = "exec",
        .help = "A command and its arguments.",
        .fields = fields,
        .shorthand = "argv"},
    .ops = &ops,
};
