#include "step/notify.h"

#include "base/mem.h"
#include "script/actions.h"
#include "step/coded.h"
#include "step/command.h"
#include "step/mail.h"
#include "step/page.h"

#include <string.h>

/* --- a command --- */

/* What each variable holds of the page. */
static const char *const variables[][2] = {
    {"RUNBOOK_MESSAGE", "message"},
    {"RUNBOOK_SUBJECT", "subject"},
    {"RUNBOOK_TEXT", "text"},
    {"RUNBOOK_ACK", "ack_command"},
    {"RUNBOOK_SEVERITY", "severity"},
    {"RUNBOOK_CONTACT", "contact"},
    {"RUNBOOK_LEVEL", "level"},
    {"RUNBOOK_TARGET", "target"},
    {"RUNBOOK_CHANNEL", "channel"},
};

static void set_variables(struct command *command, const json_t *page)
{
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        json_t *value = json_object_get(page, variables[i][1]);
        struct text text autotext = {0};

        if (json_is_object(value))
            value = json_object_get(value, "name");
        value_to_text(value, &text);
        command_setenv(command, variables[i][0], text_str(&text));
    }
}

/* Unless the channel says what the command reads, it reads everything, as JSON. */
static void set_input(struct command *command, const json_t *args, json_t *page)
{
    json_t *all autovalue = json_copy((json_t *)args);
    struct text text autotext = {0};

    command_stdin(command, json_object_get(args, "with"));
    if (command->input)
        return;
    json_object_update_missing(all, page);
    json_object_set(all, "message", json_object_get(page, "message"));
    value_canonical(all, &text);
    command->input = arena_strndup(&command->arena, text_str(&text), text.len);
    command->input_len = text.len;
}

static int prepare_command(
    struct command *command, const struct work_options *options, json_t *page, struct err *err)
{
    json_t *with = json_object_get(options->args, "with"),
           *contact = json_object_get(options->args, "contact");
    int result = command_argv(command, json_object_get(with, "argv"), err);

    if (result < 0)
        return err_wrap(err, "command.run: argv");
    result = command_env_of_step(command, options, err);
    if (result < 0)
        return result;
    set_variables(command, page);
    if (json_is_string(contact)) /* the name they go by where they have given none */
        command_setenv(command, "RUNBOOK_CONTACT", json_string_value(contact));
    set_input(command, options->args, page);
    return 0;
}

static struct work *start_command(const struct work_options *options, json_t *page)
{
    struct command command;
    struct err err;

    command_init(&command);
    if (prepare_command(&command, options, page, &err) < 0) {
        command_fini(&command);
        return work_refused(options, FAIL_ACTION, "%s", err.text);
    }
    return command_start(options, &command);
}

/* --- a mail --- */

/* `to` of the channel, else the person's own address. */
static json_t *recipients(const json_t *with, const json_t *page)
{
    json_t *to = json_object_get(with, "to"), *contact = json_object_get(page, "contact");
    const char *name = value_get_string(contact, "name"), *email = value_get_string(contact, "email");
    char *text autofree = NULL;

    if (to || !email)
        return to ? json_incref(to) : json_null();
    text = name && !strchr(email, '<') ? mem_printf("%s <%s>", name, email) : mem_strdup(email);
    return json_string(text);
}

static struct work *start_mail(const struct work_options *options, json_t *page)
{
    static const char *const taken[] = {"cc", "from", "smtp"};
    json_t *with = json_object_get(options->args, "with"), *to = recipients(with, page);
    json_t *args autovalue =
        json_pack("{s:o, s:O, s:O, s:O}", "to", to, "subject", json_object_get(page, "subject"), "body",
            json_object_get(page, "text"), "html", json_object_get(page, "html"));
    struct work_options inner = *options;

    if (json_is_null(to))
        return work_refused(options, FAIL_VALIDATION,
            "mail.send: nobody to write to; give the contact an `email`, or the channel `with: {to: …}`");
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
        if (json_object_get(with, taken[i]))
            json_object_set(args, taken[i], json_object_get(with, taken[i]));
    inner.args = args;
    return mail_work_start(&inner);
}

/* --- the terminal --- */

static struct work *ring_bell(const struct work_options *options, json_t *page)
{
    if (options->on_bell && options->on_bell(options->context, value_get_string(page, "subject")))
        return work_succeeded(options);
    return work_refused(options, FAIL_SPAWN,
        "terminal.bell: nobody watches this run on a terminal; it is detached, or its output goes elsewhere");
}

/* --- actions --- */

static struct work *start_action(const struct work_options *options, const char *uses, json_t *page)
{
    char *file autofree = mem_strndup(uses, strcspn(uses, "."));
    const char *name = uses + strlen(file);
    struct err err = {0};
    const struct action *action = actions_find(options->script, uses, &err);
    json_t *with autovalue =
        action ? actions_fill(action, json_object_get(options->args, "with"), &err) : NULL;

    if (!with)
        return work_refused(options, FAIL_ACTION, "%s", err.text);
    json_object_set(with, "message", page);
    return coded_start(
        options, &(struct code){.name = uses, .module = file, .action = name + (*name == '.'), .with = with});
}

/* What needs no library. */
static const struct {
    const char *uses;
    struct work *(*start)(const struct work_options *options, json_t *page);
} natives[] = {
    {"command.run", start_command},
    {"mail.send", start_mail},
    {"terminal.bell", ring_bell},
};

struct work *notify_start(const struct work_options *options)
{
    const char *uses = value_get_string(options->args, "uses");
    json_t *page autovalue = page_of(options->args);

    for (size_t i = 0; uses && i < sizeof(natives) / sizeof(natives[0]); i++)
        if (strcmp(natives[i].uses, uses) == 0)
            return natives[i].start(options, page);
    return start_action(options, uses ? uses : "", page);
}
