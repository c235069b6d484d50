/* lua: a chunk in the sandbox; what it returns is `output`. */
#include "base/mem.h"
#include "step/kinds.h"

static const struct field fields[] = {
    {"code", FIELD_STRING, 0, .help = "The body of a function; what it returns is `output`."},
    {"file", FIELD_STRING, 0, FIELD_LATER, .help = "A Lua file instead of `code`."},
    {"function", FIELD_STRING, 0, FIELD_LATER, .help = "The function of `file` to call."},
    {"with", FIELD_VALUES, 0, FIELD_LATER, .help = "What the function is given."},
    {NULL},
};

struct lua_work {
    struct work work;
    struct scope scope; /* with references of its own */
};

static void hold_scope(struct scope *scope, const struct scope *from)
{
    *scope = *from;
    json_incref(scope->params);
    json_incref(scope->vars);
    json_incref(scope->env);
    json_incref(scope->run);
    json_incref(scope->event);
    json_incref(scope->item);
    json_incref(scope->result);
    json_incref(scope->failed);
}

static void drop_scope(struct scope *scope)
{
    json_decref(scope->params);
    json_decref(scope->vars);
    json_decref(scope->env);
    json_decref(scope->run);
    json_decref(scope->event);
    json_decref(scope->item);
    json_decref(scope->result);
    json_decref(scope->failed);
}

static void lua_free(struct work *work_)
{
    struct lua_work *work = (struct lua_work *)work_; /* its first member */

    drop_scope(&work->scope);
    free(work);
}

static void carry_out(void *context)
{
    struct lua_work *work = context;
    const struct work_options *options = &work->work.options;
    struct outcome outcome = {.exit_code = -1};

    if (work->work.is_stopped) {
        outcome.class_ = FAIL_CANCELLED;
        outcome.message = mem_strdup("stopped before it began");
    } else {
        script_run_chunk(options->script, value_get_string(options->args, "code"), options->step->id,
            &work->scope, &outcome);
    }
    work_end(&work->work, &outcome);
}

/* A chunk ends by itself, or by the cap on instructions. */
static void stop(struct work *work, bool at_once)
{
    (void)work, (void)at_once;
}

static const struct step_ops ops;

static struct work *start(const struct work_options *options)
{
    struct lua_work *work;

    if (!value_get_string(options->args, "code"))
        return work_refused(options, FAIL_VALIDATION,
            json_object_get(options->args, "file")
                ? "`file` is for a later version; write the code under `code`"
                : "there is no `code`");
    work = mem_alloc(sizeof(*work));
    work_init(&work->work, options, &ops, lua_free);
    if (options->scope)
        hold_scope(&work->scope, options->scope);
    loop_defer(options->loop, carry_out, work);
    return &work->work;
}

static void preview(const struct step *step, const json_t *args, struct text *text)
{
    const char *code = value_get_string(args, "code");

    (void)step;
    preview_line(text, code ? code : "");
}

static const struct step_ops ops = {.start = start, .stop = stop, .preview = preview};

const struct kind step_lua = {
    .name = "lua",
    .class_ = KIND_EFFECT,
    .help = "Runs Lua code in the sandbox.",
    .section = {.name = "lua", .help = "Lua code.", .fields = fields, .shorthand = "code"},
    .is_read = true,
    .ops = &ops,
};
