/* schema: what may be written in a runbook, and what a run's events look like, for editors and programs. */
#include "cli/grid.h"
#include "drive/kinds.h"
#include "load/load.h"

#include <string.h>

struct schema_options {
    bool reference;
};

static void print_schema(json_t *schema)
{
    json_dumpf(schema, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(schema);
}

static int print_runbook(void)
{
    print_schema(load_schema(all_kinds()));
    return EXIT_OK;
}

static json_t *names_of(int count, const char *(*name)(int))
{
    json_t *names = json_array();

    for (int i = 0; i < count; i++)
        if (*name(i))
            json_array_append_new(names, json_string(name(i)));
    return names;
}

static const char *event_name(int i)
{
    return event_type_name((enum event_type)i);
}

static const char *class_name(int i)
{
    return fail_class_name((enum fail_class)i);
}

/* Of a step, then of the run: an event has the one or the other. */
static const char *status_name(int i)
{
    return i < STEP_STATUS_COUNT ? step_status_name((enum step_status)i)
                                 : run_status_name((enum run_status)(i - STEP_STATUS_COUNT));
}

/* One property: its type and what it means. */
static json_t *property(const char *type, const char *about)
{
    return json_pack("{s:s,s:s}", "type", type, "description", about);
}

static json_t *property_of(const char *about, json_t *names)
{
    json_t *json = property("string", about);

    json_object_set_new(json, "enum", names);
    return json;
}

static int print_events(void)
{
    static const struct {
        const char *name, *type, *about;
    } plain[] = {
        {"run", "string", "Id of the run"},
        {"index", "integer", "Place in the whole journal, from 1"},
        {"seq", "integer", "Place in the run, from 1"},
        {"wall_us", "integer", "UTC, microseconds since 1970"},
        {"mono_us", "integer", "Microseconds since the run started"},
        {"cause", "boolean", "It came from outside; the events up to the next cause follow from it"},
        {"path", "string", "Path of the step instance, with its attempt: deploy/rollout[2]/verify#3"},
        {"user", "string", "Who caused it: login, token name or chat name"},
        {"host", "string", "On which machine"},
        {"way", "string", "By which way: terminal, API token, chat"},
        {"exit_code", "integer", "Of a process"},
        {"attempt", "integer", "From 1"},
        {"due_us", "integer", "When the timer is due, on the scale of mono_us"},
        {"data", "object", "What else belongs to this type of event"},
    };
    json_t *properties = json_object(), *schema;

    json_object_set_new(properties, "type", property_of("What happened", names_of(EVENT_COUNT, event_name)));
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        json_object_set_new(properties, plain[i].name, property(plain[i].type, plain[i].about));
    json_object_set_new(properties, "status",
        property_of("Of the step, or of the run in run.*",
            names_of(STEP_STATUS_COUNT + RUN_STATUS_COUNT, status_name)));
    json_object_set_new(properties, "class", property_of("Of a failure", names_of(FAIL_COUNT, class_name)));
    schema = json_pack("{s:s,s:s,s:s,s:o,s:[s,s,s]}", "$schema",
        "https://json-schema.org/draft/2020-12/schema", "title", "An event of a run", "type", "object",
        "properties", properties, "required", "type", "seq", "wall_us");
    print_schema(schema);
    return EXIT_OK;
}

static int print_reference(void)
{
    struct text text autotext = {0};

    load_reference(all_kinds(), &text);
    cli_print(&text);
    return EXIT_OK;
}

static int run(struct cli *cli)
{
    const struct schema_options *options = cli->options;
    const char *what = cli->arg_count ? cli->args[0] : "runbook";

    if (strcmp(what, "runbook") != 0 && strcmp(what, "events") != 0)
        return cli_usage(cli, "there is no schema \"%s\"; there are: runbook, events", what);
    if (options->reference)
        return cli->arg_count ? cli_usage(cli, "--reference is about runbooks and stands alone")
                              : print_reference();
    return strcmp(what, "events") == 0 ? print_events() : print_runbook();
}

static const struct option options[] = {
    {"reference", 0, OPTION_FLAG, offsetof(struct schema_options, reference), NULL,
        "The reference page of the language, in Markdown", NULL},
    {0},
};

const struct verb verb_schema = {
    .name = "schema",
    .usage = "[runbook|events]",
    .summary = "Print the JSON Schema of runbooks or of events",
    .help = "Point an editor at it: most YAML plug-ins complete and check keys from a JSON Schema.",
    .examples = "  runbook schema >runbook.schema.json\n  runbook schema events\n  runbook schema "
                "--reference >language.md",
    .options = options,
    .options_size = sizeof(struct schema_options),
    .max_args = 1,
    .takes = TAKES_JSON,
    .run = run,
};
