/* actions: what `uses` can name, as the actions say of themselves. */
#include "base/nearest.h"
#include "cli/grid.h"
#include "drive/program.h"
#include "script/actions.h"
#include "script/natives.h"

#include <string.h>

struct actions_options {
    const char *runbook;
    bool reference;
};

static const char *const type_names[] = {
    "string", "integer", "number", "boolean", "duration", "enum", "list", "map"};

static const char *effect_name(const struct action *action)
{
    return action->effect == STEP_EFFECT_READ ? "read" : "write";
}

static bool is_required(const struct param *param)
{
    return !param->fallback;
}

/* --- an example, made from the declaration --- */

static void put_sample(const struct param *param, struct text *text)
{
    static const char *const samples[] = {
        "\"…\"", "1", "1", "true", "30s", "", "[]", "{}"}; /* by type; an enum has its own */

    if (param->secret)
        text_printf(text, "\"${{ secrets.%s }}\"", param->name);
    else if (json_array_size(param->choices))
        value_to_text(json_array_get(param->choices, 0), text);
    else if (param->minimum)
        value_to_text(param->minimum, text);
    else
        text_puts(text, samples[param->type]);
}

/* One that brings a secret stands under `secrets`. */
static void put_example(const struct action *action, struct text *text)
{
    const char *indent = action->is_secret ? "  " : "";
    bool has_with = false;

    if (action->is_secret)
        text_printf(text, "secrets:\n  password:\n    uses: %s\n", action->name);
    else
        text_printf(text, "- uses: %s\n", action->name);
    for (size_t i = 0; i < action->params.len; i++) {
        const struct param *param = action->params.items[i];

        if (!is_required(param))
            continue;
        if (!has_with)
            text_printf(text, "%s  with:\n", indent);
        has_with = true;
        text_printf(text, "%s    %s: ", indent, param->name);
        put_sample(param, text);
        text_putc(text, '\n');
    }
}

/* "required", its default, or nothing. */
static void put_default(const struct param *param, struct text *text)
{
    if (is_required(param))
        text_puts(text, "required");
    else if (!json_is_null(param->fallback))
        value_canonical(param->fallback, text);
}

static void put_type(const struct param *param, struct text *text)
{
    text_puts(text, param->choices ? "" : type_names[param->type]);
    for (size_t i = 0; i < json_array_size(param->choices); i++) {
        text_puts(text, i ? ", " : "");
        value_to_text(json_array_get(param->choices, i), text);
    }
    text_puts(text, param->secret ? " (secret)" : "");
}

/* --- JSON --- */

static json_t *param_json(const struct param *param)
{
    json_t *json = json_pack("{s:s, s:s, s:b, s:b}", "name", param->name, "type", type_names[param->type],
        "required", is_required(param), "secret", param->secret);

    if (param->fallback && !json_is_null(param->fallback))
        json_object_set(json, "default", param->fallback);
    if (param->choices)
        json_object_set(json, "enum", param->choices);
    if (param->description)
        json_object_set_new(json, "description", json_string(param->description));
    return json;
}

static json_t *action_json(const struct action *action)
{
    json_t *params = json_array(), *json;

    for (size_t i = 0; i < action->params.len; i++)
        json_array_append_new(params, param_json(action->params.items[i]));
    json = json_pack("{s:s, s:s, s:s, s:o}", "name", action->name, "about", action->about, "effect",
        effect_name(action), "params", params);
    if (action->output)
        json_object_set_new(json, "output", json_string(action->output));
    if (action->is_secret)
        json_object_set_new(json, "secret", json_true());
    return json;
}

/* --- for people --- */

static void list(struct cli *cli, const struct action **actions, size_t count)
{
    static const struct column columns[] = {{"ACTION", false, 0}, {"EFFECT", false, 0}, {"ABOUT", false, 20}};
    struct paint paint = cli_paint(cli);
    struct grid grid;

    grid_init(&grid, columns, 3);
    for (size_t i = 0; i < count; i++) {
        grid_add(&grid, INK_PLAIN, actions[i]->name);
        grid_add(&grid, INK_PLAIN, effect_name(actions[i]));
        grid_add(&grid, INK_PLAIN, actions[i]->about);
    }
    grid_print(&grid, &paint, 0, stdout);
    grid_fini(&grid);
}

static void show(struct cli *cli, const struct action *action)
{
    static const struct column columns[] = {
        {"PARAMETER", false, 0}, {"TYPE", false, 0}, {"DEFAULT", false, 0}, {"", false, 20}};
    struct paint paint = cli_paint(cli);
    struct text text autotext = {0};
    struct grid grid;

    text_printf(&text, "%s (%s)\n%s\n", action->name, effect_name(action), action->about);
    if (action->output)
        text_printf(&text, "output: %s%s\n", action->output,
            action->is_secret ? ", a secret: for `secrets`, not for steps" : "");
    text_putc(&text, '\n');
    cli_print(&text);
    grid_init(&grid, columns, 4);
    for (size_t i = 0; i < action->params.len; i++) {
        const struct param *param = action->params.items[i];
        struct text type autotext = {0}, fallback autotext = {0};

        put_type(param, &type);
        put_default(param, &fallback);
        grid_add(&grid, INK_PLAIN, param->name);
        grid_add(&grid, INK_PLAIN, text_str(&type));
        grid_add(&grid, INK_PLAIN, text_str(&fallback));
        grid_add(&grid, INK_PLAIN, param->description ? param->description : "");
    }
    if (action->params.len)
        grid_print(&grid, &paint, 0, stdout);
    grid_fini(&grid);
    text_puts(&text, action->params.len ? "\n" : "");
    put_example(action, &text);
    cli_print(&text);
}

/* --- the reference page --- */

static void put_cell(struct text *text, const char *string)
{
    for (; *string; string++) {
        if (*string == '|')
            text_putc(text, '\\');
        text_putc(text, *string == '\n' ? ' ' : *string);
    }
}

static void put_param(struct text *text, const struct param *param)
{
    struct text type autotext = {0}, fallback autotext = {0};

    put_type(param, &type);
    put_default(param, &fallback);
    text_printf(text, "| `%s` | ", param->name);
    put_cell(text, text_str(&type));
    text_puts(text, " | ");
    put_cell(text, text_str(&fallback));
    text_puts(text, " | ");
    put_cell(text, param->description ? param->description : "");
    text_puts(text, " |\n");
}

static void put_action(struct text *text, const struct action *action)
{
    text_printf(text, "\n## %s\n\n%s Effect: %s.%s\n", action->name, action->about, effect_name(action),
        action->is_secret ? " What it brings is a secret: it is for `secrets`, and no step can use it." : "");
    if (action->output)
        text_printf(text, "Output: %s.\n", action->output);
    text_puts(text, "\n```yaml\n");
    put_example(action, text);
    text_puts(text, "```\n");
    if (action->params.len)
        text_puts(text, "\n| parameter | type | default | |\n|---|---|---|---|\n");
    for (size_t i = 0; i < action->params.len; i++)
        put_param(text, action->params.items[i]);
}

static void print_reference(const struct action **actions, size_t count)
{
    struct text text autotext = {0};

    text_puts(&text,
        "# Actions\n\nWhat `uses` can name: the standard library, which is part of the program. This "
        "page is written by\n`runbook actions --reference`; how actions are made is told in "
        "[the language](language.md).\n");
    for (size_t i = 0; i < count; i++)
        put_action(&text, actions[i]);
    cli_print(&text);
}

/* --- the verb --- */

/* An action, or all of a file; those that are meant come first in the list. */
static size_t choose(const struct action **actions, size_t count, const char *name)
{
    size_t chosen = 0, len = strlen(name);

    for (size_t i = 0; i < count; i++)
        if (strcmp(actions[i]->name, name) == 0 ||
            (strncmp(actions[i]->name, name, len) == 0 && actions[i]->name[len] == '.'))
            actions[chosen++] = actions[i];
    return chosen;
}

static int unknown(struct cli *cli, const struct action **actions, size_t count, const char *name)
{
    const char **names = mem_alloc((count + 1) * sizeof(*names));
    const char *found, *instead = natives_instead(name);

    for (size_t i = 0; i < count; i++)
        names[i] = actions[i]->name;
    found = nearest(name, names, count);
    free(names);
    if (instead)
        return cli_usage(cli, "there is no action \"%s\"; %s", name, instead);
    return found ? cli_usage(cli, "there is no action \"%s\"; did you mean \"%s\"?", name, found)
                 : cli_usage(cli, "there is no action \"%s\"; `runbook actions` lists them", name);
}

static void print(struct cli *cli, const struct action **actions, size_t count, bool is_named)
{
    const struct actions_options *options = cli->options;
    json_t *all;

    if (options->reference) {
        print_reference(actions, count);
    } else if (cli->common.json) {
        all = json_array();
        for (size_t i = 0; i < count; i++)
            json_array_append_new(all, action_json(actions[i]));
        cli_print_json(all);
    } else if (is_named && count == 1) {
        show(cli, actions[0]);
    } else {
        list(cli, actions, count);
    }
}

static int run_with(struct cli *cli, struct script *script)
{
    const char *name = cli->arg_count ? cli->args[0] : NULL;
    struct err err = {0};
    size_t count, chosen;
    const struct action **actions = actions_all(script, &count, &err);
    int status = EXIT_OK;

    if (!actions)
        return cli_fail(&err);
    chosen = name ? choose(actions, count, name) : count;
    if (chosen || !name)
        print(cli, actions, chosen, name);
    else
        status = unknown(cli, actions, count, name);
    free(actions);
    return status;
}

static int run(struct cli *cli)
{
    const struct actions_options *options = cli->options;
    struct program program = {0};
    struct diags diags = {0};
    struct text text autotext = {0};
    int status;

    if (!options->runbook)
        program.script = program_script();
    else if (program_open(options->runbook, &program, &diags) < 0)
        diags_render(&diags, &text, false);
    if (text.len)
        fputs(text_str(&text), stderr);
    status = text.len ? EXIT_USAGE : run_with(cli, program.script);
    diags_fini(&diags);
    program_fini(&program);
    return status;
}

static const struct option options[] = {
    {"runbook", 0, OPTION_FILE, offsetof(struct actions_options, runbook), "FILE",
        "Those of the Lua files that this runbook imports, too", NULL},
    {"reference", 0, OPTION_FLAG, offsetof(struct actions_options, reference), NULL,
        "The reference page of the actions, in Markdown", NULL},
    {0},
};

const struct verb verb_actions = {
    .name = "actions",
    .usage = "[NAME]",
    .summary = "List the actions that `uses` can name, or show one with its parameters",
    .help = "NAME is an action, such as http.get_json, or all of a file, such as http.",
    .examples = "  runbook actions\n  runbook actions http.get_json\n  runbook actions --json",
    .options = options,
    .options_size = sizeof(struct actions_options),
    .max_args = 1,
    .takes = TAKES_JSON,
    .run = run,
};
