#include "step/notify.h"

#include "base/mem.h"
#include "script/actions.h"
#include "step/coded.h"
#include "step/command.h"

#include <string.h>

/* --- a command --- */

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

/* --- actions --- */

/* What the action is told of the message, beside the `with` of the channel. */
static json_t *message_of(const struct work_options *options)
{
    static const char *const same[] = {"severity", "level", "target", "channel"};
    json_t *message = json_pack("{s:s}", "text", ""), *text = json_object_get(options->args, "message");
    json_t *person = json_object_get(options->args, "person");
    char *ack autofree = mem_printf("runbook ack %s", options->run_id ? options->run_id : "");

    if (text)
        json_object_set(message, "text", text);
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
        if (json_object_get(options->args, same[i]))
            json_object_set(message, same[i], json_object_get(options->args, same[i]));
    json_object_set_new(message, "run", json_string(options->run_id ? options->run_id : ""));
    json_object_set_new(message, "ack_command", json_string(ack));
    json_object_set_new(message, "contact", person ? json_incref(person) : json_object());
    return message;
}

static struct work *start_action(const struct work_options *options, const char *uses)
{
    char *file autofree = mem_strndup(uses, strcspn(uses, "."));
    const char *name = uses + strlen(file);
    struct err err = {0};
    const struct action *action = actions_find(options->script, uses, &err);
    json_t *with autovalue =
        action ? actions_fill(action, json_object_get(options->args, "with"), &err) : NULL;

    if (!with)
        return work_refused(options, FAIL_ACTION, "%s", err.text);
    json_object_set_new(with, "message", message_of(options));
    return coded_start(
        options, &(struct code){.name = uses, .module = file, .action = name + (*name == '.'), .with = with});
}

static struct work *start_command(const struct work_options *options)
{
    struct command command;
    struct err err;

    command_init(&command);
    if (prepare_command(&command, options, &err) < 0) {
        command_fini(&command);
        return work_refused(options, FAIL_ACTION, "%s", err.text);
    }
    return command_start(options, &command);
}

struct work *notify_start(const struct work_options *options)
{
    const char *uses = value_get_string(options->args, "uses");

    if (!uses || strcmp(uses, "command.run") == 0)
        return start_command(options);
    return start_action(options, uses);
}
