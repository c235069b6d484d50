/* plan: what exec would do with the same arguments, as far as it can be known. Nothing is performed. */
#include "report/plan.h"
#include "cli/given.h"
#include "cli/grid.h"
#include "cli/params.h"
#include "drive/plan.h"

struct plan_options_given {
    struct given_options given;
    int64_t width;
    bool all, ascii;
};

/* One invocation. */
struct planning {
    struct cli *cli;
    const struct plan_options_given *options;
    struct program program;
    json_t *params, *selection;
};

static int report(const struct planning *planning, struct diags *diags)
{
    struct text text autotext = {0};
    int status = diags->errors ? EXIT_USAGE : EXIT_OK;

    diags_render(diags, &text, cli_color(planning->cli, stderr));
    fputs(text_str(&text), stderr);
    diags_fini(diags);
    return status;
}

static int load(struct planning *planning)
{
    struct diags diags = {0};

    program_open(planning->cli->args[0], &planning->program, &diags);
    return report(planning, &diags);
}

/* Everything that was given, all mistakes at once. */
static int check_given(struct planning *planning)
{
    const struct given_options *given = &planning->options->given;
    const struct book *book = planning->program.book;
    struct diags diags = {0};
    json_t *params autovalue = params_gather(&given->params, given->params_file, &diags);

    planning->params = params_check(&book->documents[0]->params, params, true, &diags);
    planning->selection = given_selection(given, book, &diags);
    return report(planning, &diags);
}

static void show(const struct planning *planning)
{
    const struct plan_options_given *options = planning->options;
    const struct plan_options what = {
        .program = &planning->program,
        .params = planning->params,
        .selection = planning->selection,
        .initiator = cli_principal(planning->cli).user,
    };
    struct plan_drawing how = {
        .paint = cli_paint(planning->cli), .width = (size_t)options->width, .all = options->all};
    json_t *plan = plan_make(&what);
    struct text text autotext = {0};

    if (planning->cli->common.json) {
        cli_print_json(plan);
        return;
    }
    how.paint.ascii = how.paint.ascii || options->ascii;
    if (!how.width)
        how.width = cli_width(stdout, 100);
    plan_draw(plan, &how, &text);
    cli_print(&text);
    json_decref(plan);
}

static int run(struct cli *cli)
{
    const struct plan_options_given *options = cli->options;
    struct planning planning = {.cli = cli, .options = options};
    int status;

    if (options->width && (options->width < 40 || options->width > 1000))
        return cli_usage(cli, "--width wants 40 to 1000 columns, not %lld", (long long)options->width);
    status = load(&planning);
    if (status == EXIT_OK)
        status = check_given(&planning);
    if (status == EXIT_OK)
        show(&planning);
    json_decref(planning.params);
    json_decref(planning.selection);
    program_fini(&planning.program);
    return status;
}

#define AT(field) offsetof(struct plan_options_given, field)
static const struct option options[] = {
    GIVEN_PARAMS(struct plan_options_given, given),
    GIVEN_SELECTION(struct plan_options_given, given),
    {"width", 'w', OPTION_INTEGER, AT(width), "COLUMNS", "Width of the drawing (the terminal's, else 100)",
        NULL},
    {"all", 'a', OPTION_FLAG, AT(all), NULL, "Whole scripts, however long", NULL},
    {"ascii", 0, OPTION_FLAG, AT(ascii), NULL, "Draw with ASCII only", NULL},
    {0},
};
#undef AT

const struct verb verb_plan = {
    .name = "plan",
    .usage = "FILE",
    .summary = "Show what a run would do, as far as it can be known before it",
    .help = "The steps in order, with their arguments. What depends on the course of the run says so, (known "
            "after step x),\n"
            "and both ways of such a condition are shown. A step is marked read or write: `effect` in the "
            "runbook says\n"
            "which, else its kind does. Nothing is performed and no journal is touched.\n\n"
            "Exit status: 0, or 2 when exec would refuse the runbook or what is given here.",
    .examples = "  runbook plan p1-system-down.yaml\n"
                "  runbook plan deploy.yaml -p version=7 --skip-tags slow\n"
                "  runbook plan deploy.yaml --params-file night.yaml --json | jq .totals",
    .options = options,
    .options_size = sizeof(struct plan_options_given),
    .min_args = 1,
    .max_args = 1,
    .takes = TAKES_JSON,
    .argument = ARGUMENT_FILE,
    .run = run,
};
