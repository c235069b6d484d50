/* replay: a run fed to the interpreter once more, from the journal alone: would it go the same way? */
#include "cli/grid.h"
#include "cli/replay_inside.h"

#include <unistd.h>

/* What could not be looked at, because it was redacted. */
static void tell_blind(const struct past *past, const struct replay *replay, const struct parting *parting)
{
    const struct event *then = parting->then;

    if (replay_blank(replay))
        printf("  %zu were redacted: compared but for what they told\n", replay_blank(replay));
    if (then || parting->now)
        printf("  from event %llu on nothing could be looked at, of %zu: it hangs on what event %llu told, "
               "which was "
               "redacted\n",
            (unsigned long long)(then ? then->seq : parting->now->seq), past->event_count,
            (unsigned long long)replay_blind(replay));
}

static void tell(const struct cli *cli, const struct past *past, const struct program *program,
    const struct replay *replay, const struct parting *parting)
{
    bool has_parted = (parting->then || parting->now) && !replay_blind(replay);
    struct paint paint = cli_paint(cli);
    struct text text autotext = {0};

    if (cli->common.json) {
        json_t *json = has_parted ? parting_json(past, program, parting) : json_object();

        json_object_set_new(json, "run", json_string(past->id));
        json_object_set_new(json, "events", json_integer((json_int_t)replay_agreed(replay)));
        json_object_set_new(json, "divergences", json_integer(has_parted));
        json_object_set_new(json, "redacted", json_integer((json_int_t)replay_blank(replay)));
        if (replay_blind(replay) && (parting->then || parting->now))
            json_object_set_new(json, "hangs_on_redacted", json_integer((json_int_t)replay_blind(replay)));
        json_object_set_new(json, "loosely_compared", json_integer((json_int_t)replay_loose(replay)));
        json_object_set_new(json, "not_compared", json_integer((json_int_t)replay_hidden(replay)));
        cli_print_json(json);
    } else if (has_parted) {
        parting_text(replay, past, program, parting, &paint, &text);
        cli_print(&text);
    } else {
        printf("replay: %zu events, 0 divergences\n", replay_agreed(replay));
        tell_blind(past, replay, parting);
        if (replay_loose(replay))
            printf("  %zu were taken over from a run of other files: their kind and step was compared\n",
                replay_loose(replay));
        if (replay_hidden(replay))
            printf("  %zu with a text made from a secret parameter, which the journal does not have: not "
                   "compared\n",
                replay_hidden(replay));
    }
}

/* `parted`: the exit status for runs that part. */
static int compare(const struct cli *cli, const struct past *past, const struct program *program, int parted)
{
    struct replay *replay = replay_new(past, program);
    struct parting parting;
    int code = replay_until(replay, 0, &parting);

    if (replay_blind(replay))
        code = 0;
    tell(cli, past, program, replay, &parting);
    replay_free(replay);
    return code == 0 ? EXIT_OK : parted;
}

static int compare_with(const struct cli *cli, const struct past *past, const char *path)
{
    struct text text autotext = {0};
    struct program program;
    struct diags diags = {0};
    int status = EXIT_USAGE;

    if (program_open(path, &program, &diags) == 0) {
        status = compare(cli, past, &program, EXIT_FAILED);
    } else {
        diags_render(&diags, &text, cli_color(cli, stderr));
        fputs(text_str(&text), stderr);
    }
    program_fini(&program);
    diags_fini(&diags);
    return status;
}

static int replay(const struct cli *cli, struct journal *journal, const char *run_id)
{
    const struct replay_options *options = cli->options;
    struct err err = {0};
    struct past past;
    int status;

    if (past_open(journal, run_id, &past, &err) < 0)
        return cli_fail(&err);
    if (past_find_redacted(&past, &err) < 0) {
        status = cli_fail(&err);
    } else if (!past.event_count) {
        status = cli_usage(cli, "run %.6s has not begun: there is nothing to replay", run_id);
    } else if (options->at || options->event) {
        status = replay_at(cli, &past);
    } else if (options->watch) {
        status = replay_watch(cli, &past);
    } else if (options->with) {
        status = compare_with(cli, &past, options->with);
    } else {
        status = compare(cli, &past, &past.program, EXIT_JOURNAL);
    }
    past_fini(&past);
    return status;
}

static int check(const struct cli *cli, const struct replay_options *options)
{
    if ((options->with != NULL) + (options->at != NULL) + (options->event > 0) + options->watch > 1)
        return cli_usage(cli, "only one of --with, --at, --event and --watch at a time");
    if (options->speed && !options->watch)
        return cli_usage(cli, "--speed belongs to --watch");
    if (options->watch && !isatty(STDOUT_FILENO))
        return cli_usage(
            cli, "--watch draws on a terminal, and this is none; `runbook timeline` needs no terminal");
    return EXIT_OK;
}

static int run(struct cli *cli)
{
    struct journal *journal;
    char run_id[RUN_ID_SIZE];
    int status = check(cli, cli->options);

    if (status == EXIT_OK)
        status = cli_open_journal(cli, true, &journal);
    if (status != EXIT_OK)
        return status;
    status = cli_find_run(cli, journal, 0, run_id);
    if (status == EXIT_OK)
        status = replay(cli, journal, run_id);
    journal_close(journal);
    return status;
}

#define AT(field) offsetof(struct replay_options, field)
static const struct option options[] = {
    {"with", 0, OPTION_FILE, AT(with), "FILE", "What would this version of the runbook have done?", NULL},
    {"at", 0, OPTION_TEXT, AT(at), "TIME", "Show the run as it stood at 14:32, at +5m, or at an instant",
        NULL},
    {"event", 0, OPTION_INTEGER, AT(event), "N", "Show the run as it stood after its event N", NULL},
    {"watch", 0, OPTION_FLAG, AT(watch), NULL, "Play the run in the terminal; q ends it", NULL},
    {"speed", 0, OPTION_INTEGER, AT(speed), "FACTOR", "How much faster than it was (60)", NULL},
    {"all", 'a', OPTION_FLAG, AT(all), NULL, "With --at and --event: every step, however many", NULL},
    {0},
};

const struct verb verb_replay = {
    .name = "replay",
    .usage = "RUN",
    .summary = "Feed a run to the interpreter once more and compare every event",
    .help = "What came from outside (results, timers, answers) is taken from the journal, the runbook from "
            "the texts\n"
            "that were pinned when the run began. Nothing is carried out. Exit status: 0 when all agrees, 5 "
            "when the\n"
            "journal and the interpreter part, 1 when another version (--with) would have gone another way.",
    .examples = "  runbook replay last\n  runbook replay last --with restore-v2.yaml\n"
                "  runbook replay k3vq7a --at 14:32\n  runbook replay k3vq7a --watch --speed 60",
    .options = options,
    .options_size = sizeof(struct replay_options),
    .min_args = 1,
    .max_args = 1,
    .takes = TAKES_JOURNAL | TAKES_JSON,
    .argument = ARGUMENT_RUN,
    .run = run,
};
