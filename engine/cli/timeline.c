/* timeline: what happened in a run, when. */
#include "cli/grid.h"
#include "report/timeline.h"

enum format { FORMAT_TEXT, FORMAT_MD, FORMAT_HTML, FORMAT_JSON, FORMAT_CSV };

struct timeline_verb_options {
    int format; /* enum format */
    int64_t width;
    bool all, ascii;
};

static void put_text(const struct facts *facts, const struct cli *cli, struct text *text)
{
    const struct timeline_verb_options *options = cli->options;
    struct timeline_options how = {
        .paint = cli_paint(cli), .width = (size_t)options->width, .all = options->all};

    how.paint.ascii = how.paint.ascii || options->ascii;
    if (!how.width)
        how.width = cli_width(stdout, 100);
    timeline_draw(facts, &how, text);
}

static void put(const struct facts *facts, const struct cli *cli)
{
    const struct timeline_verb_options *options = cli->options;
    struct text text autotext = {0};

    if (cli->common.json || options->format == FORMAT_JSON)
        cli_print_json(timeline_facts(facts));
    else if (options->format == FORMAT_CSV)
        timeline_csv(facts, &text);
    else if (options->format == FORMAT_MD)
        timeline_markdown(facts, &text);
    else if (options->format == FORMAT_HTML)
        timeline_html(facts, &text);
    else
        put_text(facts, cli, &text);
    cli_print(&text);
}

static int draw(const struct cli *cli, struct journal *journal)
{
    char id[RUN_ID_SIZE];
    struct facts facts;
    int status = cli_read_run(cli, journal, id, &facts);

    if (status != EXIT_OK)
        return status;
    put(&facts, cli);
    facts_fini(&facts);
    return EXIT_OK;
}

static int run(struct cli *cli)
{
    const struct timeline_verb_options *options = cli->options;
    struct journal *journal;
    int status;

    if (options->width && (options->width < 40 || options->width > 1000))
        return cli_usage(cli, "--width wants 40 to 1000 columns, not %lld", (long long)options->width);
    status = cli_open_journal(cli, true, &journal);
    if (status != EXIT_OK)
        return status;
    status = draw(cli, journal);
    journal_close(journal);
    return status;
}

static const char *const formats[] = {"text", "md", "html", "json", "csv", NULL};
#define AT(field) offsetof(struct timeline_verb_options, field)
static const struct option options[] = {
    {"format", 'f', OPTION_CHOICE, AT(format), NULL, "What to print", formats},
    {"width", 'w', OPTION_INTEGER, AT(width), "COLUMNS", "Width of the drawing (the terminal's, else 100)",
        NULL},
    {"all", 'a', OPTION_FLAG, AT(all), NULL, "Every step and every event, however many", NULL},
    {"ascii", 0, OPTION_FLAG, AT(ascii), NULL, "Draw with ASCII only", NULL},
    {0},
};

const struct verb verb_timeline = {
    .name = "timeline",
    .usage = "RUN",
    .summary = "Draw what happened in a run, and tell it in plain words",
    .help =
        "First what the run came to and why, then every step as a bar over time with its pauses, questions,\n"
        "pages and failures, then the events with relative and local times.",
    .examples = "  runbook timeline last\n  runbook timeline last --width 160 --all\n"
                "  runbook timeline k3vq7a --format html >incident.html",
    .options = options,
    .options_size = sizeof(struct timeline_verb_options),
    .min_args = 1,
    .max_args = 1,
    .takes = TAKES_JOURNAL | TAKES_JSON,
    .argument = ARGUMENT_RUN,
    .run = run,
};
