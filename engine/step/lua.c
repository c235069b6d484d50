/* lua: code of the runbook; what it returns is `output`. */
#include "base/mem.h"
#include "script/mention.h"
#include "script/pin.h"
#include "step/coded.h"

#include <string.h>

static const struct field fields[] = {
    {"code", FIELD_STRING, 0, .help = "The body of a function; what it returns is `output`."},
    {"file", FIELD_STRING, 0,
        .help = "A Lua file beside the runbook that returns functions, instead of `code`."},
    {"function", FIELD_STRING, 0, .help = "The function of `file` to call.", .fallback = "main"},
    {"with", FIELD_VALUES, 0, FIELD_SECRET_OK, .help = "What the function is given, in one table."},
    {NULL},
};

static struct work *start_file(const struct work_options *options, const char *file)
{
    const char *slash = strrchr(file, '/'), *function = value_get_string(options->args, "function");
    char *module autofree = mem_strdup(slash ? slash + 1 : file);
    char *dot = strrchr(module, '.');

    if (dot)
        *dot = '\0';
    return coded_start(options, &(struct code){.name = file,
                                    .module = module,
                                    .function = function ? function : "main",
                                    .with = json_object_get(options->args, "with")});
}

static struct work *start(const struct work_options *options)
{
    const char *code = value_get_string(options->args, "code"),
               *file = value_get_string(options->args, "file");

    if (file)
        return start_file(options, file);
    if (!code)
        return work_refused(options, FAIL_VALIDATION, "there is neither `code` nor `file`");
    return coded_start(options, &(struct code){.name = options->step->id, .text = code});
}

static void preview(const struct step *step, const json_t *args, struct text *text)
{
    const char *code = value_get_string(args, "code"), *file = value_get_string(args, "file");

    (void)step;
    preview_line(text, code ? code : file ? file : "");
}

/* What touches the world, other than to look at it. */
static const char *const touching[] = {"exec", "sh", "http", "notify"};

static bool touches(const struct mentions *mentions, size_t index)
{
    const struct token *token = mentions_token(mentions, index);
    char name[MENTION_NAME_SIZE];

    for (size_t i = 0; i < sizeof(touching) / sizeof(touching[0]); i++)
        if (token_is(token, touching[i]))
            return true;
    return mentions_root(mentions, index, name) && pin_standard_text(name) &&
           token_is(mentions_token(mentions, index + 1), ".");
}

/* Code that names nothing of that, and no action of the standard library, only looks; what a file does,
 * nobody knows. */
static bool is_read(const json_t *args)
{
    const char *code = value_get_string(args, "code");
    struct mentions mentions;
    bool is_touched = false;

    if (!code)
        return false;
    mentions_init(&mentions, code);
    for (size_t i = 0; i < mentions.count && !is_touched; i++)
        is_touched = touches(&mentions, i);
    mentions_fini(&mentions);
    return !is_touched;
}

static const struct step_ops ops = {
    .start = start, .stop = coded_stop, .perform = coded_perform, .preview = preview, .is_read = is_read};

static const char *const result_names[] = {"output", "retry_after", NULL};

const struct kind step_lua = {
    .name = "lua",
    .class_ = KIND_EFFECT,
    .help = "Runs Lua code in the sandbox.",
    .result = result_names,
    .section = {.name = "lua", .help = "Lua code.", .fields = fields, .shorthand = "code"},
    .ops = &ops,
};
