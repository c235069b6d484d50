/* lua: code of the runbook; what it returns is `output`. */
#include "step/coded.h"

static const struct field fields[] = {
    {"code", FIELD_STRING, 0, .help = "The body of a function; what it returns is `output`."},
    {"file", FIELD_STRING, 0, FIELD_LATER, .help = "A Lua file instead of `code`."},
    {"function", FIELD_STRING, 0, FIELD_LATER, .help = "The function of `file` to call."},
    {"with", FIELD_VALUES, 0, FIELD_LATER, .help = "What the function is given."},
    {NULL},
};

static struct work *start(const struct work_options *options)
{
    const char *code = value_get_string(options->args, "code");

    if (!code)
        return work_refused(options, FAIL_VALIDATION,
            json_object_get(options->args, "file")
                ? "`file` is for a later version; write the code under `code`"
                : "there is no `code`");
    return coded_start(options, &(struct code){.name = options->step->id, .text = code});
}

static void preview(const struct step *step, const json_t *args, struct text *text)
{
    const char *code = value_get_string(args, "code");

    (void)step;
    preview_line(text, code ? code : "");
}

static const struct step_ops ops = {.start = start, .stop = coded_stop, .preview = preview};

const struct kind step_lua = {
    .name = "lua",
    .class_ = KIND_EFFECT,
    .help = "Runs Lua code in the sandbox.",
    .section = {.name = "lua", .help = "Lua code.", .fields = fields, .shorthand = "code"},
    .is_read = true,
    .ops = &ops,
};
