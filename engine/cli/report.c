/* report: what one writes the morning after, as far as the journal knows it. */
#include "cli/grid.h"
#include "report/review.h"

enum format { FORMAT_MD, FORMAT_HTML, FORMAT_JSON };

struct report_options {
    int format; /* enum format */
};

static void put(const struct review *review, const struct cli *cli)
{
    const struct report_options *options = cli->options;
    struct text text autotext = {0};

    if (cli->common.json || options->format == FORMAT_JSON)
        cli_print_json(review_json(review));
    else if (options->format == FORMAT_HTML)
        review_html(review, &text);
    else
        review_markdown(review, &text);
    cli_print(&text);
}

static int tell(const struct cli *cli, struct journal *journal)
{
    char id[RUN_ID_SIZE];
    struct facts facts;
    struct review review;
    struct err err = {0};
    int status = cli_read_run(cli, journal, id, &facts);

    if (status != EXIT_OK)
        return status;
    if (review_read(&review, &facts, journal, &err) < 0) {
        status = cli_fail(&err);
    } else {
        put(&review, cli);
        review_fini(&review);
    }
    facts_fini(&facts);
    return status;
}

static int run(struct cli *cli)
{
    struct journal *journal;
    int status = cli_open_journal(cli, true, &journal);

    if (status != EXIT_OK)
        return status;
    status = tell(cli, journal);
    journal_close(journal);
    return status;
}

static const char *const formats[] = {"md", "html", "json", NULL};
static const struct option options[] = {
    {"format", 'f', OPTION_CHOICE, offsetof(struct report_options, format), NULL, "What to print", formats},
    {0},
};

const struct verb verb_report = {
    .name = "report",
    .usage = "RUN",
    .summary = "Write the post-mortem of a run, as far as the journal knows it",
    .help = "Summary, impact, times to acknowledge, mitigate and resolve, what was late, what failed and "
            "what it\n"
            "printed, the timeline, cause and follow-ups. What only people know is left open, with the "
            "command that\n"
            "writes it into the journal: notes that begin with \"impact:\", \"mitigated:\", \"cause:\" or "
            "\"follow-up:\"\n"
            "have their place in the report, also when they are made after the run has ended.",
    .examples =
        "  runbook report last >incident.md\n  runbook report p1-system-down --format html >incident.html\n"
        "  runbook note last \"follow-up: alert on pool usage, ana, Friday\"",
    .options = options,
    .options_size = sizeof(struct report_options),
    .min_args = 1,
    .max_args = 1,
    .takes = TAKES_JOURNAL | TAKES_JSON,
    .argument = ARGUMENT_RUN,
    .run = run,
};
