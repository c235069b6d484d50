/* schema: what may be written in a runbook and its scenarios, and what a run's events look like, for editors
 * and programs. */
#include "cli/events_schema.h"
#include "cli/grid.h"
#include "drive/kinds.h"
#include "load/load.h"
#include "load/scenario.h"

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

static json_t *runbook_schema(void)
{
    return load_schema(all_kinds());
}

static const struct {
    const char *name;
    json_t *(*make)(void);
} schemas[] = {
    {"runbook", runbook_schema},
    {"scenario", load_scenario_schema},
    {"events", events_schema},
};

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

    if (options->reference)
        return cli->arg_count ? cli_usage(cli, "--reference is about runbooks and stands alone")
                              : print_reference();
    for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++)
        if (strcmp(schemas[i].name, what) == 0) {
            print_schema(schemas[i].make());
            return EXIT_OK;
        }
    return cli_usage(cli, "there is no schema \"%s\"; there are: runbook, scenario, events", what);
}

static const struct option options[] = {
    {"reference", 0, OPTION_FLAG, offsetof(struct schema_options, reference), NULL,
        "The reference page of the language, in Markdown", NULL},
    {0},
};

const struct verb verb_schema = {
    .name = "schema",
    .usage = "[runbook|scenario|events]",
    .summary = "Print the JSON Schema of runbooks, of scenario files or of events",
    .help = "Point an editor at it: most YAML plug-ins complete and check keys from a JSON Schema.",
    .examples = "  runbook schema >runbook.schema.json\n  runbook schema scenario >scenario.schema.json\n  "
                "runbook schema events\n  runbook schema "
                "--reference >language.md",
    .options = options,
    .options_size = sizeof(struct schema_options),
    .max_args = 1,
    .takes = TAKES_JSON,
    .run = run,
};
