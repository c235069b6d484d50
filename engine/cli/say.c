/* ack, approve, deny, done, answer, note, signal, cancel, kill: a person says something to a run from
 * anywhere. The word is in the journal's inbox, with the speaker's name, before the command returns. */
#include "cli/say.h"
#include "base/clock.h"
#include "base/duration.h"
#include "base/nearest.h"
#include "cli/grid.h"
#include "report/story.h"

#include <string.h>

enum { ARGS_MAX = 64 };

static void put_note(struct say *say, json_t *data)
{
    if (say->options->note)
        json_object_set_new(data, "note", value_string(say->options->note, strlen(say->options->note)));
}

/* --- what each verb makes of its arguments --- */

static int unknown_escalation(const struct say *say, const char *name)
{
    size_t open = 0;

    for (size_t i = 0; i < say->facts.row_count; i++)
        open += say->facts.rows[i].type == ROW_ESCALATION && say->facts.rows[i].is_open;
    if (name)
        fprintf(stderr, "runbook: run %s has no open escalation \"%s\"\n", say->short_id, name);
    else
        fprintf(stderr, "runbook: run %s has no open escalation: there is nothing to acknowledge\n",
            say->short_id);
    for (size_t i = 0; i < say->facts.row_count; i++) {
        const struct row *row = &say->facts.rows[i];

        if (row->type == ROW_ESCALATION && row->is_open)
            fprintf(stderr, "  runbook ack %s %s\n", say->short_id, row->path);
    }
    return EXIT_USAGE;
}

static int build_ack(struct say *say)
{
    const char *name = say->cli->arg_count > 1 ? say->cli->args[1] : NULL;
    bool is_known = false;

    for (size_t i = 0; i < say->facts.row_count; i++) {
        const struct row *row = &say->facts.rows[i];

        if (row->type == ROW_ESCALATION && row->is_open && (!name || strcmp(row->path, name) == 0))
            is_known = true;
    }
    if (!is_known)
        return unknown_escalation(say, name);
    say->item.name = name ? name : "";
    say->item.data = json_object();
    put_note(say, say->item.data);
    return EXIT_OK;
}

static int build_answer(struct say *say)
{
    const struct row *row;
    json_t *fields = NULL;
    int status = question_choose(say, &row);

    if (status == EXIT_OK)
        status = question_fields(say, row, &fields);
    if (status != EXIT_OK)
        return status;
    say->item.path = row->path;
    say->item.data = json_object();
    json_object_set_new(say->item.data, "decision", json_string(say->saying->decision));
    if (json_object_size(fields))
        json_object_set_new(say->item.data, "fields", fields);
    else
        json_decref(fields);
    put_note(say, say->item.data);
    return EXIT_OK;
}

static int build_note(struct say *say)
{
    struct text text autotext = {0};

    for (size_t i = 1; i < say->cli->arg_count; i++)
        text_printf(&text, "%s%s", i > 1 ? " " : "", say->cli->args[i]);
    if (!text.len)
        return cli_usage(say->cli, "an empty note says nothing");
    if (text.len > 4096 || utf8_valid(text_str(&text), text.len) != text.len)
        return cli_usage(say->cli, "a note is at most 4096 bytes of UTF-8");
    say->item.name = arena_strndup(&say->cli->arena, text_str(&text), text.len);
    return EXIT_OK;
}

static int build_signal(struct say *say)
{
    json_error_t problem;

    say->item.name = say->cli->args[1];
    if (say->cli->arg_count < 3)
        return EXIT_OK;
    say->item.data = json_loads(say->cli->args[2], JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &problem);
    if (!say->item.data)
        return cli_usage(say->cli,
            "the signal's data is not JSON: %s (column %d); a text needs quotes: '\"…\"'", problem.text,
            problem.column);
    return EXIT_OK;
}

static int build_cancel(struct say *say)
{
    say->item.name = say->options->reason ? say->options->reason : "";
    return EXIT_OK;
}

static const struct saying sayings[] = {
    {"ack", "ack", NULL, build_ack, EVENT_ESCALATION_ACKNOWLEDGED, EVENT_COUNT,
        "the next level will not be paged"},
    {"approve", "answer", "approve", build_answer, EVENT_ASK_ANSWERED, EVENT_ASK_REFUSED, NULL},
    {"deny", "answer", "deny", build_answer, EVENT_ASK_ANSWERED, EVENT_ASK_REFUSED, NULL},
    {"done", "answer", "done", build_answer, EVENT_ASK_ANSWERED, EVENT_ASK_REFUSED, NULL},
    {"answer", "answer", "answer", build_answer, EVENT_ASK_ANSWERED, EVENT_ASK_REFUSED, NULL},
    {"note", "note", NULL, build_note, EVENT_NOTE_ADDED, EVENT_COUNT, NULL},
    {"signal", "signal", NULL, build_signal, EVENT_SIGNAL_RECEIVED, EVENT_COUNT, NULL},
    {"cancel", "cancel", NULL, build_cancel, EVENT_RUN_CANCEL_REQUESTED, EVENT_COUNT,
        "its `always` steps run, then it ends"},
    {"kill", "kill", NULL, build_cancel, EVENT_RUN_KILL_REQUESTED, EVENT_COUNT,
        "everything is stopped at once, `always` does not run"},
};

static const struct saying *saying_of(const struct verb *verb)
{
    for (size_t i = 0; i < sizeof(sayings) / sizeof(sayings[0]); i++)
        if (strcmp(sayings[i].name, verb->name) == 0)
            return &sayings[i];
    return NULL;
}

/* --- saying it --- */

static int refuse_ended(const struct say *say)
{
    char when[40];
    const struct run_row *run = &say->facts.run;

    fprintf(stderr,
        "runbook: run %s has ended (%s %s): it takes nothing in any more; runbook show %s tells what it came "
        "to\n",
        say->short_id, run_status_name(run->status),
        cli_ago(run->finished_us ? run->finished_us : run->created_us, clock_wall_us(), when, sizeof(when)),
        say->short_id);
    return EXIT_USAGE;
}

static int put_item(struct say *say)
{
    const struct fact_event *last =
        say->facts.event_count ? &say->facts.events[say->facts.event_count - 1] : NULL;
    struct err err = {0};
    int status = say->saying->build(say);

    if (status != EXIT_OK)
        return status;
    if (journal_inbox_put(say->journal, say->id, &say->item, &err) < 0)
        return cli_fail(&err);
    return heard(say, last ? last->seq : 0);
}

static int speak(struct say *say)
{
    int status = cli_read_run(say->cli, say->journal, say->id, &say->facts);

    if (status != EXIT_OK)
        return status;
    journal_short_id(say->journal, say->id, say->short_id);
    say->item = (struct inbox_item){.verb = say->saying->inbox,
        .path = "",
        .name = "",
        .by = cli_principal(say->cli),
        .wall_us = clock_wall_us()};
    status = facts_is_over(&say->facts) ? refuse_ended(say) : put_item(say);
    json_decref(say->item.data);
    facts_fini(&say->facts);
    return status;
}

static int run(struct cli *cli)
{
    struct say say = {.cli = cli, .saying = saying_of(cli->verb), .options = cli->options};
    int status = cli_open_journal(cli, false, &say.journal);

    if (status != EXIT_OK)
        return status;
    status = speak(&say);
    journal_close(say.journal);
    return status;
}

/* --- the verbs --- */

static const struct option no_options[] = {{0}};
static const struct option note_options[] = {{"note", 'm', OPTION_TEXT, offsetof(struct say_options, note),
                                                 "TEXT", "Say why; kept in the journal", NULL},
    {0}};
static const struct option reason_options[] = {
    {"reason", 'm', OPTION_TEXT, offsetof(struct say_options, reason), "TEXT", "Say why; kept in the journal",
        NULL},
    {0}};

#define SAY(the_name, the_usage, the_summary, the_examples, the_options, least, most)                        \
    const struct verb verb_##the_name = {                                                                    \
        .name = #the_name,                                                                                   \
        .usage = (the_usage),                                                                                \
        .summary = (the_summary),                                                                            \
        .examples = (the_examples),                                                                          \
        .options = (the_options),                                                                            \
        .options_size = sizeof(struct say_options),                                                          \
        .min_args = (least),                                                                                 \
        .max_args = (most),                                                                                  \
        .takes = TAKES_JOURNAL | TAKES_JSON,                                                                 \
        .argument = ARGUMENT_RUN,                                                                            \
        .run = run,                                                                                          \
    }

SAY(ack, "RUN [ESCALATION]", "Acknowledge: stop paging the next level",
    "  runbook ack last\n  runbook ack k3vq7a platform", note_options, 1, 2);
SAY(approve, "RUN STEP", "Approve what a step asks",
    "  runbook approve last rollback --note \"seen the graphs\"", note_options, 1, 2);
SAY(deny, "RUN STEP", "Deny what a step asks", "  runbook deny last rollback --note \"wrong cluster\"",
    note_options, 1, 2);
SAY(done, "RUN STEP", "Confirm that a manual step was done", "  runbook done last check-dashboards",
    note_options, 1, 2);
SAY(answer, "RUN STEP [NAME=VALUE]…", "Fill in the form a step shows",
    "  runbook answer last assess recent_deploy=yes", note_options, 1, ARGS_MAX);
SAY(note, "RUN TEXT…", "Write a line into a run's timeline", "  runbook note last \"disk of db1 was full\"",
    no_options, 2, ARGS_MAX);
SAY(signal, "RUN NAME [JSON]", "Send a signal that a step waits for",
    "  runbook signal last deployed\n  runbook signal last deployed '{\"version\": 12}'", no_options, 2, 3);
SAY(cancel, "RUN", "End a run gracefully: its `always` steps still run",
    "  runbook cancel last --reason \"false alarm\"", reason_options, 1, 1);
SAY(kill, "RUN", "End a run at once: its `always` steps do not run", "  runbook kill last", reason_options, 1,
    1);
