#include "step/notify.h"

#include "step/command.h"

#include <string.h>

/* One way to reach somebody. Later versions look actions up in the library of actions here. */
struct sender {
    const char *uses;
    int (*prepare)(struct command *command, const struct work_options *options, struct err *err);
};

/* Where in args each variable comes from; a map stands for its `name`. */
static const char *const variables[][2] = {
    {"RUNBOOK_MESSAGE", "message"},
    {"RUNBOOK_SEVERITY", "severity"},
    {"RUNBOOK_CONTACT", "contact"},
    {"RUNBOOK_LEVEL", "level"},
    {"RUNBOOK_TARGET", "target"},
    {"RUNBOOK_CHANNEL", "channel"},
};

static void set_variables(struct command *command, const json_t *args)
{
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        json_t *value = json_object_get(args, variables[i][1]);
        struct text text autotext = {0};

        if (json_is_object(value))
            value = json_object_get(value, "name");
        value_to_text(value, &text);
        command_setenv(command, variables[i][0], text_str(&text));
    }
}

static int prepare_command(struct command *command, const struct work_options *options, struct err *err)
{
    json_t *with = json_object_get(options->args, "with");
    int result = command_argv(command, json_object_get(with, "argv"), err);

    if (result < 0)
        return err_wrap(err, "command.run: argv");
    result = command_env_of_step(command, options, err);
    if (result < 0)
        return result;
    set_variables(command, options->args);
    command_stdin(command, with);
    if (!command->input) {
        struct text text autotext = {0};

        value_canonical(options->args, &text);
        command->input = arena_strndup(&command->arena, text_str(&text), text.len);
        command->input_len = text.len;
    }
    return 0;
}

static const struct sender senders[] = {
    {"command.run", prepare_command},
};

static const struct sender *sender_find(const char *uses)
{
    for (size_t i = 0; uses && i < sizeof(senders) / sizeof(senders[0]); i++)
        if (strcmp(senders[i].uses, uses) == 0)
            return &senders[i];
    return NULL;
}

struct work *notify_start(const struct work_options *options)
{
    const char *uses = value_get_string(options->args, "uses");
    const struct sender *sender = sender_find(uses);
    struct command command;
    struct err err;

    if (!sender)
        return work_refused(options, FAIL_ACTION,
            "no action \"%.100s\" in this version; use command.run with an argv, such as "
            "{uses: command.run, with: {argv: [mail, -s, alarm, ana@example.org]}}",
            uses ? uses : "");
    command_init(&command);
    if (sender->prepare(&command, options, &err) < 0) {
        command_fini(&command);
        return work_refused(options, FAIL_ACTION, "%s", err.text);
    }
    return command_start(options, &command);
}
