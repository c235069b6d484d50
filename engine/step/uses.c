/* uses: an action of the standard library, or of an imported Lua file. */
#include "base/mem.h"
#include "script/actions.h"
#include "step/coded.h"

#include <string.h>

static const struct field fields[] = {
    {"action", FIELD_STRING, 0, FIELD_REQUIRED,
        .help = "File and name, such as `slack.post`; `runbook actions` lists them."},
    {"with", FIELD_VALUES, 0, FIELD_SECRET_OK, .help = "The parameters of the action."},
    {NULL},
};

static struct work *start(const struct work_options *options)
{
    const char *uses = value_get_string(options->args, "action"), *dot = uses ? strchr(uses, '.') : NULL;
    char *module autofree = dot ? mem_strndup(uses, (size_t)(dot - uses)) : NULL;
    struct err err = {0};
    const struct action *action = dot ? actions_find(options->script, uses, &err) : NULL;
    json_t *with autovalue =
        action ? actions_fill(action, json_object_get(options->args, "with"), &err) : NULL;

    if (!dot)
        return work_refused(
            options, FAIL_VALIDATION, "the name of an action is file.name, such as slack.post");
    if (!with)
        return work_refused(options, FAIL_VALIDATION, "%s", err.text);
    return coded_start(
        options, &(struct code){.name = uses, .module = module, .action = dot + 1, .with = with});
}

struct work *work_start_action(const struct work_options *options)
{
    return start(options);
}

static void preview(const struct step *step, const json_t *args, struct text *text)
{
    const char *uses = value_get_string(args, "action");
    const char *name;
    json_t *value;

    (void)step;
    text_puts(text, uses ? uses : "");
    json_object_foreach(json_object_get(args, "with"), name, value)
    {
        struct text plain autotext = {0};

        value_to_text(value, &plain);
        text_printf(text, " %s=", name);
        preview_line(text, text_str(&plain));
    }
}

static const struct step_ops ops = {
    .start = start, .stop = coded_stop, .perform = coded_perform, .preview = preview};

static const char *const result_names[] = {"output", "retry_after", NULL};

const struct kind step_uses = {
    .name = "uses",
    .class_ = KIND_EFFECT,
    .help = "Carries out an action of the standard library, or of an imported Lua file.",
    .result = result_names,
    .section = {.name = "uses", .help = "An action.", .fields = fields, .shorthand = "action"},
    .ops = &ops,
};
