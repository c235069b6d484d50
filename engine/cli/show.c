/* show: one run as it stands: what it came to, its steps, its people, and what to do next. */
#include "cli/show.h"
#include "cli/grid.h"
#include "report/formats.h"
#include "report/story.h"
#include "report/tree.h"

#include <string.h>

struct show_options {
    bool all;
};

/* "params  host=web1 force=true" */
static void put_values(
    const char *label, const json_t *values, const struct paint *paint, size_t width, struct text *text)
{
    struct text line autotext = {0}, wrapped autotext = {0};
    const char *name;
    json_t *value;

    if (!json_object_size(values))
        return;
    json_object_foreach((json_t *)values, name, value)
    {
        struct text raw autotext = {0};

        if (!value_to_text(value, &raw))
            text_puts(&raw, "null");
        text_puts(&line, line.len ? " " : "");
        safe_line(&line, name, strlen(name));
        text_putc(&line, '=');
        safe_line(&line, text_str(&raw), raw.len);
    }
    size_t indent = strlen(label) + 2;
    wrap(&wrapped, text_str(&line), width > 40 ? width - indent : 32, indent);
    paint_printf(paint, text, INK_DIM, "%s  ", label);
    text_printf(text, "%s\n", text_str(&wrapped));
}

/* "group  deploy-production, 1 at once" */
static void put_group(const struct run_row *run, const struct paint *paint, struct text *text)
{
    if (!*run->group)
        return;
    paint_puts(paint, text, INK_DIM, "group   ");
    safe_line(text, run->group, strlen(run->group));
    if (run->group_limit)
        text_printf(text, ", %lld at once", (long long)run->group_limit);
    text_putc(text, '\n');
}

void show_text(const struct facts *facts, const struct cli *cli, bool all, const char *short_id)
{
    struct tree_options tree = {cli_paint(cli), cli_width(stdout, 100), all};
    struct text text autotext = {0};

    story_heading(facts, &tree.paint, tree.width, &text);
    put_values("params", facts->run.params, &tree.paint, tree.width, &text);
    put_group(&facts->run, &tree.paint, &text);
    story_tell(facts, &tree.paint, tree.width, &text);
    put_values("outputs", facts->outputs, &tree.paint, tree.width, &text);
    text_putc(&text, '\n');
    tree_draw(facts, &tree, &text);
    size_t before = text.len;
    text_putc(&text, '\n');
    story_next(facts, &tree.paint, short_id, &text);
    if (text.len == before + 1)
        text.ptr[--text.len] = '\0';
    cli_print(&text);
}

static int show(const struct cli *cli, struct journal *journal)
{
    const struct show_options *options = cli->options;
    char id[RUN_ID_SIZE], short_id[RUN_ID_SIZE];
    struct facts facts;
    int status = cli_read_run(cli, journal, id, &facts);

    if (status != EXIT_OK)
        return status;
    journal_short_id(journal, id, short_id);
    if (cli->common.json)
        cli_print_json(facts_json(&facts));
    else
        show_text(&facts, cli, options->all, short_id);
    facts_fini(&facts);
    return EXIT_OK;
}

static int run(struct cli *cli)
{
    struct journal *journal;
    int status = cli_open_journal(cli, true, &journal);

    if (status != EXIT_OK)
        return status;
    status = show(cli, journal);
    journal_close(journal);
    return status;
}

static const struct option options[] = {
    {"all", 'a', OPTION_FLAG, offsetof(struct show_options, all), NULL, "Every step, however many", NULL},
    {0},
};

const struct verb verb_show = {
    .name = "show",
    .usage = "RUN",
    .summary = "Show one run: its outcome, its steps, and what to do next",
    .examples = "  runbook show last\n  runbook show p1-system-down\n  runbook show k3vq7a --json",
    .options = options,
    .options_size = sizeof(struct show_options),
    .min_args = 1,
    .max_args = 1,
    .takes = TAKES_JOURNAL | TAKES_JSON,
    .argument = ARGUMENT_RUN,
    .run = run,
};
