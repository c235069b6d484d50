/* simulate: a run in virtual time. Nothing is performed, no journal is touched. */
#include "base/clock.h"
#include "base/duration.h"
#include "cli/assumed.h"
#include "cli/given.h"
#include "cli/grid.h"
#include "cli/params.h"
#include "drive/assume.h"
#include "report/timeline.h"

#include <string.h>

struct simulate_options {
    struct given_options given;
    struct texts assume, takes, prints, answers, signals;
    const char *at;
    int64_t ack_ms, width;
    bool yes, all, ascii;
};

/* One invocation, from the file to the exit status. */
struct simulate {
    struct cli *cli;
    const struct simulate_options *options;
    struct program program;
    struct assumptions assumptions;
    struct facts facts;
    struct foretold foretold;
    bool is_denied, is_killed;
};

/* --- before it begins --- */

static int report(const struct simulate *simulate, struct diags *diags)
{
    struct text text autotext = {0};
    int status = diags->errors ? EXIT_USAGE : EXIT_OK;

    diags_render(diags, &text, cli_color(simulate->cli, stderr));
    fputs(text_str(&text), stderr);
    diags_fini(diags);
    return status;
}

static int load(struct simulate *simulate)
{
    struct diags diags = {0};

    program_open(simulate->cli->args[0], &simulate->program, &diags);
    return report(simulate, &diags);
}

static int64_t begin_at(const struct simulate_options *options, struct diags *diags)
{
    struct err err;
    int64_t wall_us = 0;

    if (!options->at)
        return clock_wall_us();
    if (instant_parse(options->at, &wall_us, &err) < 0)
        diag_error(diags, (struct pos){0}, "option", "--at: %s", err.text);
    return wall_us;
}

/* Everything that was given, all mistakes at once. */
static int check_given(struct simulate *simulate)
{
    const struct simulate_options *options = simulate->options;
    const struct book *book = simulate->program.book;
    struct diags diags = {0};
    json_t *given autovalue = params_gather(&options->given.params, options->given.params_file, &diags);

    simulate->assumptions = (struct assumptions){
        .params = params_check(&book->documents[0]->params, given, true, &diags),
        .fates = assumed_fates(&options->assume, &diags),
        .signals = assumed_signals(&options->signals, &diags),
        .takes = pairs_gather(&options->takes, "--takes", &diags),
        .prints = pairs_gather(&options->prints, "--prints", &diags),
        .answers = answers_gather(&options->answers, &diags),
        .yes = options->yes,
        .ack_ms = options->ack_ms,
        .wall_us = begin_at(options, &diags),
        .initiator = cli_principal(simulate->cli),
    };
    assume_check(book, &simulate->assumptions, &diags);
    return report(simulate, &diags);
}

/* --- while it runs --- */

/* What a journal's row of the run would say. */
static void note_run(struct simulate *simulate, const struct event *event)
{
    struct run_row *row = &simulate->facts.run;

    if (event->type == EVENT_RUN_STARTED)
        row->params = json_incref(json_object_get(event->data, "params"));
    else if (event->type == EVENT_RUN_FINISHED)
        row->finished_us = event->wall_us;
}

static void on_event(void *context, const struct event *event)
{
    struct simulate *simulate = context;

    simulate->is_killed = simulate->is_killed || event->type == EVENT_RUN_KILL_REQUESTED;
    if (event->type == EVENT_RUN_FINISHED)
        simulate->is_denied = event->class_ == FAIL_DENIED;
    note_run(simulate, event);
    facts_add(&simulate->facts, event);
}

static void carry_out(struct simulate *simulate)
{
    const struct document *document = simulate->program.book->documents[0];
    const struct assumptions *assumptions = &simulate->assumptions;
    const struct run_row row = {
        .id = ASSUME_RUN_ID,
        .runbook = document->id,
        .title = document->title,
        .severity = document->severity,
        .file = simulate->cli->args[0],
        .initiator = assumptions->initiator,
        .trigger = "simulation",
        .created_us = assumptions->wall_us,
        .started_us = assumptions->wall_us,
        .status = RUN_RUNNING,
    };

    facts_init(&simulate->facts, &row);
    simulate->facts.only_news = !simulate->options->all && !simulate->cli->common.json;
    simulate->foretold = assume_play(&simulate->program, assumptions, on_event, simulate);
    simulate->facts.run.status = simulate->foretold.status;
    facts_end(&simulate->facts, assumptions->wall_us + simulate->foretold.now_us);
}

/* --- what is said --- */

static void add_fates(const struct assumptions *assumptions, struct text *text)
{
    const char *id;
    json_t *value;

    assumed_say(assumptions, text);
    json_object_foreach(assumptions->prints, id, value) text_printf(text, "; what %s prints is given", id);
    json_object_foreach(assumptions->takes, id, value)
        text_printf(text, "; %s takes %s", id, json_string_value(value));
}

static void add_people(const struct assumptions *assumptions, struct text *text)
{
    char ack[DURATION_TEXT_SIZE];
    const char *id;
    json_t *value;

    json_object_foreach(assumptions->answers, id, value) text_printf(text, "; %s is answered", id);
    if (assumptions->yes)
        text_puts(text, "; what names nobody is confirmed");
    if (assumptions->ack_ms)
        text_printf(
            text, "; every escalation is acknowledged after %s", duration_exact(assumptions->ack_ms, ack));
    text_printf(text, "; nobody %s",
        assumptions->ack_ms ? "does anything else" : "acknowledges or answers otherwise");
}

static void put_assumed(
    const struct simulate *simulate, const struct paint *paint, size_t width, struct text *text)
{
    struct text line autotext = {0}, safe autotext = {0};

    paint_puts(paint, text, INK_BOLD,
        "Simulation: nothing was performed, no journal was written. Times are virtual.\n");
    text_puts(&line, "Assumed: every effect succeeds after 1s and prints nothing");
    add_fates(&simulate->assumptions, &line);
    add_people(&simulate->assumptions, &line);
    text_putc(&line, '.');
    safe_line(&safe, text_str(&line), line.len);
    wrap(text, text_str(&safe), width, 2);
    text_puts(text, "\n\n");
}

static const char *const endings[] = {
    [VIRTUAL_FINISHED] = NULL,
    [VIRTUAL_WAITS] = "nothing is due any more: this run would wait for ever",
    [VIRTUAL_ENDLESS] = "the simulation was given up: it goes on and on",
};

static void put_waiting(const struct simulate *simulate, const struct paint *paint, struct text *text)
{
    const struct foretold *foretold = &simulate->foretold;
    char after[DURATION_TEXT_SIZE];
    json_t *path;
    size_t i;

    if (!endings[foretold->end])
        return;
    paint_printf(paint, text, INK_BAD, "\nFinding: after %s %s\n",
        duration_short(foretold->now_us / 1000, after), endings[foretold->end]);
    json_array_foreach(foretold->waiting, i, path)
    {
        text_puts(text, "  in ");
        safe_line(text, json_string_value(path), json_string_length(path));
        text_putc(text, '\n');
    }
    text_puts(text, "  Give what waits a `timeout`, or say what happens: --answer STEP=VALUE, --signal "
                    "NAME@+5m, --yes, --ack DURATION.\n");
}

static void put_unknown(const struct simulate *simulate, const struct paint *paint, struct text *text)
{
    const struct foretold *foretold = &simulate->foretold;
    json_t *item;
    size_t i;

    json_array_foreach(foretold->unknown, i, item)
    {
        const char *path = value_get_string(item, "path"), *message = value_get_string(item, "message");

        paint_puts(
            paint, text, INK_WARN, i ? "  " : "\nUnknown in a simulation, perhaps: an expression failed\n  ");
        safe_line(text, path, strlen(path));
        text_puts(text, ": ");
        safe_line(text, message, strlen(message));
        text_putc(text, '\n');
    }
    if (i)
        text_puts(text, "  When it needs what a step prints, say that: --prints STEP=TEXT.\n");
    json_array_foreach(foretold->refused, i, item)
    {
        paint_puts(paint, text, INK_WARN, "\nAn assumed answer was refused: ");
        safe_line(text, json_string_value(item), json_string_length(item));
        text_putc(text, '\n');
    }
}

static void put_text(const struct simulate *simulate)
{
    const struct simulate_options *options = simulate->options;
    struct timeline_options how = {
        .paint = cli_paint(simulate->cli), .width = (size_t)options->width, .all = options->all};
    struct text text autotext = {0};

    how.paint.ascii = how.paint.ascii || options->ascii;
    if (!how.width)
        how.width = cli_width(stdout, 100);
    put_assumed(simulate, &how.paint, how.width < 40 ? 40 : how.width, &text);
    timeline_draw(&simulate->facts, &how, &text);
    put_waiting(simulate, &how.paint, &text);
    put_unknown(simulate, &how.paint, &text);
    cli_print(&text);
}

static const char *const end_names[] = {
    [VIRTUAL_FINISHED] = "finished", [VIRTUAL_WAITS] = "waits-for-ever", [VIRTUAL_ENDLESS] = "endless"};

/* The facts of a timeline, and beside them what makes them a simulation's. */
static void put_json(const struct simulate *simulate)
{
    const struct assumptions *assumptions = &simulate->assumptions;
    const struct foretold *foretold = &simulate->foretold;
    json_t *json = timeline_facts(&simulate->facts);

    json_object_set_new(json, "simulation",
        json_pack("{s:b, s:s, s:{s:O, s:O, s:O, s:O, s:O, s:b, s:I}, s:O, s:O, s:O}", "performed", 0, "end",
            end_names[foretold->end], "assumed", "fates", assumptions->fates, "takes", assumptions->takes,
            "prints", assumptions->prints, "answers", assumptions->answers, "signals", assumptions->signals,
            "yes", assumptions->yes, "ack_ms", (json_int_t)assumptions->ack_ms, "waiting", foretold->waiting,
            "unknown", foretold->unknown, "refused", foretold->refused));
    cli_print_json(json);
}

static int exit_status(const struct simulate *simulate)
{
    if (simulate->foretold.end != VIRTUAL_FINISHED)
        return EXIT_WAITING;
    if (simulate->foretold.status == RUN_SUCCEEDED)
        return EXIT_OK;
    if (simulate->is_killed)
        return EXIT_KILLED;
    return simulate->foretold.status == RUN_CANCELLED || simulate->is_denied ? EXIT_DENIED : EXIT_FAILED;
}

/* --- the whole --- */

static void fini(struct simulate *simulate)
{
    const struct assumptions *assumptions = &simulate->assumptions;

    facts_fini(&simulate->facts);
    foretold_fini(&simulate->foretold);
    json_decref(assumptions->params);
    json_decref(assumptions->fates);
    json_decref(assumptions->takes);
    json_decref(assumptions->prints);
    json_decref(assumptions->answers);
    json_decref(assumptions->signals);
    program_fini(&simulate->program);
}

static int run(struct cli *cli)
{
    const struct simulate_options *options = cli->options;
    struct simulate simulate = {.cli = cli, .options = options};
    int status;

    if (options->width && (options->width < 40 || options->width > 1000))
        return cli_usage(cli, "--width wants 40 to 1000 columns, not %lld", (long long)options->width);
    status = load(&simulate);
    if (status == EXIT_OK)
        status = check_given(&simulate);
    if (status == EXIT_OK) {
        carry_out(&simulate);
        if (cli->common.json)
            put_json(&simulate);
        else
            put_text(&simulate);
        status = exit_status(&simulate);
    }
    fini(&simulate);
    return status;
}

#define AT(field) offsetof(struct simulate_options, field)
static const struct option options[] = {
    GIVEN_PARAMS(struct simulate_options, given),
    {"at", 0, OPTION_TEXT, AT(at), "INSTANT", "When it begins, as 2026-11-21T03:00:00+01:00 (default: now)",
        NULL},
    {"assume", 0, OPTION_TEXTS, AT(assume), "FATE",
        "fail:STEP, timeout:STEP (only its timeout ends it), fail:STEP#2, fail:notify:CHANNEL", NULL},
    {"takes", 0, OPTION_TEXTS, AT(takes), "STEP=DURATION", "How long a step, or an answer to it, takes (1s)",
        NULL},
    {"prints", 0, OPTION_TEXTS, AT(prints), "STEP=TEXT", "What a step prints, or the body it receives", NULL},
    {"ack", 0, OPTION_DURATION, AT(ack_ms), "DURATION", "Somebody acknowledges each escalation after this",
        NULL},
    {"answer", 0, OPTION_TEXTS, AT(answers), "STEP=VALUE",
        "Answer a step's question (done, approve, deny, a value, or fields as JSON)", NULL},
    {"signal", 0, OPTION_TEXTS, AT(signals), "NAME[=JSON]@+TIME", "A signal comes so long after the start",
        NULL},
    {"yes", 'y', OPTION_FLAG, AT(yes), NULL, "Confirm every manual step and every approval that names nobody",
        NULL},
    {"width", 'w', OPTION_INTEGER, AT(width), "COLUMNS", "Width of the drawing (the terminal's, else 100)",
        NULL},
    {"all", 'a', OPTION_FLAG, AT(all), NULL, "Every step and every event, however many", NULL},
    {"ascii", 0, OPTION_FLAG, AT(ascii), NULL, "Draw with ASCII only", NULL},
    {0},
};
#undef AT

const struct verb verb_simulate = {
    .name = "simulate",
    .usage = "FILE",
    .summary = "Show in virtual time what a run would do: what runs, who is paged when",
    .help = "The same interpreter as exec, with a clock that jumps. Nothing is performed and no journal is "
            "touched; what\n"
            "the world does is assumed: every effect succeeds after a second and prints nothing, messages "
            "arrive,\n"
            "nobody answers or acknowledges, unless something else is said here. Steps of kind lua are "
            "evaluated.\n\n"
            "Exit status: what exec would return for such a run; 4 when it would wait for ever.",
    .examples = "  runbook simulate p1-system-down.yaml --ack 12m\n"
                "  runbook simulate deploy.yaml --assume fail:verify --answer go=approve\n"
                "  runbook simulate backup.yaml --takes dump=40m --at 2026-11-21T03:00:00Z --json",
    .options = options,
    .options_size = sizeof(struct simulate_options),
    .min_args = 1,
    .max_args = 1,
    .takes = TAKES_JSON,
    .argument = ARGUMENT_FILE,
    .run = run,
};
