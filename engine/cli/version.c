/* version: what this program is and what it is built on. */
#include "cli/libraries.h"
#include "cli/grid.h"

static void print_text(const json_t *found)
{
    const char *name;
    json_t *version;

    printf("runbook %s\n", RUNBOOK_VERSION);
    json_object_foreach((json_t *)found, name, version) printf(
        "  %-10s %s\n", name, json_is_string(version) ? json_string_value(version) : "version unknown");
}

static int run(struct cli *cli)
{
    json_t *found = libraries();

    if (cli->common.json) {
        cli_print_json(json_pack("{s:s,s:o}", "version", RUNBOOK_VERSION, "libraries", found));
        return EXIT_OK;
    }
    print_text(found);
    json_decref(found);
    return EXIT_OK;
}

const struct verb verb_version = {
    .name = "version",
    .usage = "",
    .summary = "Print the version of this program and of its libraries",
    .takes = TAKES_JSON,
    .run = run,
};
