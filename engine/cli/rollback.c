/* rollback: what a run that has ended did and can be undone, undone in the reverse order, as a new run. */
#include "cli/carry.h"
#include "cli/detach.h"
#include "cli/grid.h"
#include "cli/regiven.h"

#include <string.h>

struct rollback_options {
    struct regiven_options given;
    bool dry_run;
};

/* One invocation. */
struct rollback {
    struct cli *cli;
    const struct rollback_options *options;
    struct past past;
    struct fork fork;
    struct carry carry;
};

/* What would be undone: printed, or gathered as JSON. */
struct listing {
    size_t count;
    struct text text;
    json_t *json;
};

static void put_step(struct text *text, const struct step *step)
{
    text_printf(text, "%s", step->id);
    if (step->title)
        text_printf(text, "  %s", step->title);
}

static void add_undo(void *context, const char *path, const struct step *step)
{
    struct listing *listing = context;
    json_t *steps = json_array();

    listing->count++;
    text_printf(&listing->text, "  %s  by ", path);
    for (size_t i = 0; i < step->undo->len; i++) {
        text_puts(&listing->text, i ? ", " : "");
        put_step(&listing->text, step->undo->steps[i]);
        json_array_append_new(steps, json_string(step->undo->steps[i]->id));
    }
    text_putc(&listing->text, '\n');
    json_array_append_new(listing->json, json_pack("{s:s, s:o}", "undoes", path, "steps", steps));
}

static void tell(const struct rollback *rollback, const struct listing *listing)
{
    FILE *stream = rollback->options->dry_run ? stdout : stderr;

    if (rollback->options->dry_run && rollback->cli->common.json) {
        cli_print_json(json_pack("{s:s, s:O}", "run", rollback->past.id, "undo", listing->json));
        return;
    }
    if (!listing->count)
        fprintf(stream, "runbook: run %.6s has nothing to undo%s\n", rollback->past.id,
            rollback->past.row->status == RUN_FAILED
                ? ": what its steps did was undone when it failed, or declares no `undo`"
                : ": no step that succeeded declares `undo`");
    else
        fprintf(stream, "runbook: undoing run %.6s, the last thing first:\n%s", rollback->past.id,
            text_str(&listing->text));
}

static bool is_agreed(void)
{
    char line[16] = "";

    fputs("Carry this out? [y/N] ", stderr);
    return fgets(line, sizeof(line), stdin) && (*line == 'y' || *line == 'Y');
}

/* Nothing is undone that nobody has agreed to. */
static int confirm(const struct rollback *rollback)
{
    if (rollback->options->given.yes)
        return EXIT_OK;
    if (!rollback->carry.may_ask)
        return cli_usage(
            rollback->cli, "nobody is there to agree to that: --yes carries it out, --dry-run only lists it");
    if (is_agreed())
        return EXIT_OK;
    fputs("runbook: nothing was undone\n", stderr);
    return EXIT_DENIED;
}

static int look(struct rollback *rollback, bool *ret_goes_on)
{
    struct listing listing = {.json = json_array()};
    int status = EXIT_OK;

    core_undos(rollback->fork.refold.run, add_undo, &listing);
    tell(rollback, &listing);
    *ret_goes_on = listing.count && !rollback->options->dry_run;
    if (*ret_goes_on)
        status = confirm(rollback);
    json_decref(listing.json);
    text_fini(&listing.text);
    return status;
}

static int prepare(struct rollback *rollback)
{
    struct err err = {0};
    int status = regiven_open(&rollback->carry, rollback->options->dry_run);

    if (status == EXIT_OK && fork_check(&rollback->past, true, &err) < 0)
        status = cli_fail(&err);
    if (status != EXIT_OK)
        return status;
    rollback->fork.program = &rollback->past.program;
    regiven_tell_changed(&rollback->past);
    status = regiven_check(&rollback->carry, &rollback->options->given);
    if (status == EXIT_OK && fork_prepare(&rollback->fork, rollback->carry.params, &err) < 0)
        status = cli_fail(&err);
    return status;
}

static int run(struct cli *cli)
{
    const struct rollback_options *options = cli->options;
    struct rollback rollback = {.cli = cli, .options = options};
    bool goes_on = false;
    int status;

    carry_ignore_signals();
    rollback.fork = (struct fork){.past = &rollback.past, .how = "rollback"};
    rollback.carry = regiven_carry(cli, &options->given, &rollback.past, &rollback.fork);
    if (options->given.detach && !options->given.yes)
        return cli_usage(cli, "--detach undoes without asking: it needs --yes");
    if (options->given.detach && rollback.carry.ready_fd < 0)
        return detach_start(cli->argv, cli->common.json);
    status = prepare(&rollback);
    if (status == EXIT_OK)
        status = look(&rollback, &goes_on);
    if (status == EXIT_OK && goes_on)
        status = carry_out(&rollback.carry);
    carry_fini(&rollback.carry);
    fork_fini(&rollback.fork);
    past_fini(&rollback.past);
    return status;
}

#define AT(field) offsetof(struct rollback_options, field)
static const struct option options[] = {
    {"dry-run", 'n', OPTION_FLAG, AT(dry_run), NULL, "Only list what would be undone", NULL},
    REGIVEN_OPTIONS(struct rollback_options, given,
        "Do not ask first; confirm every manual step and every approval that names nobody"),
    {0},
};
#undef AT

const struct verb verb_rollback = {
    .name = "rollback",
    .usage = "RUN",
    .summary = "Undo what a run has done, the last thing first",
    .help =
        "Every step that succeeded in a run that has ended, and that declares `undo`, is undone, as it would "
        "have been\nhad the run failed; in a new run, and both say of each other. What cannot be undone is "
        "recorded, the rest is\nundone all the same, and the new run fails. What is to be undone is shown "
        "first, and somebody must agree.\n\nExit status: as of exec; 0 also when there is nothing to undo; 2 "
        "when the run has not ended.",
    .examples = "  runbook rollback last --dry-run\n  runbook rollback last\n  runbook rollback k3vq7a --yes "
                "--no-input",
    .options = options,
    .options_size = sizeof(struct rollback_options),
    .min_args = 1,
    .max_args = 1,
    .takes = TAKES_JOURNAL | TAKES_SYNC | TAKES_JSON,
    .argument = ARGUMENT_RUN,
    .run = run,
};
