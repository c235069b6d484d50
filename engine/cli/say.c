/* ack, resolve, escalate, snooze, approve, deny, done, answer, note, signal, cancel, kill: a person says
 * something to a run from anywhere. The word is in the journal's inbox, with the speaker's name, before the
 * command returns. */
#include "cli/say.h"
#include "base/clock.h"
#include "base/duration.h"
#include "base/nearest.h"
#include "cli/grid.h"
#include "core/kinds.h"
#include "drive/after.h"
#include "drive/past.h"
#include "drive/words.h"
#include "report/story.h"

#include <string.h>

enum { ARGS_MAX = 64 };

static void put_note(struct say *say, json_t *data)
{
    if (say->options->note)
        json_object_set_new(data, "note", value_string(say->options->note, strlen(say->options->note)));
}

/* --- what each verb makes of its arguments --- */

static bool is_open_escalation(const struct row *row)
{
    return row->type == ROW_ESCALATION && row->is_open;
}

static int unknown_escalation(const struct say *say, const char *name)
{
    const char *verb = say->cli->verb->name;
    size_t open = 0;

    if (name)
        fprintf(stderr, "runbook: run %s has no open escalation \"%s\"\n", say->short_id, name);
    else
        fprintf(stderr, "runbook: run %s has no open escalation: there is nothing to %s\n", say->short_id,
            say->saying->does);
    for (size_t i = 0; i < say->facts.row_count; i++)
        if (is_open_escalation(&say->facts.rows[i]))
            fprintf(stderr, "  runbook %s%s %s %s\n", verb, strcmp(verb, "escalate") == 0 ? " now" : "",
                say->short_id, say->facts.rows[i].path),
                open++;
    if (!open)
        fprintf(stderr, "  runbook escalations lists what is open in other runs\n");
    return EXIT_USAGE;
}

/* The escalation that an argument names; all of them without one. */
static int build_escalation(struct say *say, const char *name)
{
    bool is_known = false;

    for (size_t i = 0; i < say->facts.row_count; i++) {
        const struct row *row = &say->facts.rows[i];

        if (is_open_escalation(row) && (!name || strcmp(row->path, name) == 0))
            is_known = true;
    }
    if (!is_known)
        return unknown_escalation(say, name);
    say->item.name = name ? name : "";
    say->item.data = json_object();
    put_note(say, say->item.data);
    return EXIT_OK;
}

static const char *argument(const struct say *say, size_t index)
{
    return say->cli->arg_count > index ? say->cli->args[index] : NULL;
}

static int build_ack(struct say *say)
{
    return build_escalation(say, argument(say, 1));
}

static int build_snooze(struct say *say)
{
    struct err err;
    int64_t ms;
    int status;

    if (duration_parse(say->cli->args[1], &ms, &err) < 0)
        return cli_usage(say->cli, "%s", err.text);
    if (ms <= 0)
        return cli_usage(say->cli, "it cannot be put off for no time at all");
    status = build_escalation(say, argument(say, 2));
    if (status == EXIT_OK)
        json_object_set_new(say->item.data, "for", json_string(say->cli->args[1]));
    return status;
}

/* Some points of a checklist, not the whole step. */
static const struct saying ticking = {.name = "done",
    .inbox = "answer",
    .decision = "check",
    .accepted = EVENT_ASK_CHECKED,
    .refused = EVENT_ASK_REFUSED};

static int build_ticks(struct say *say, const struct row *row)
{
    json_t *points = NULL;
    int status = question_points(say, row, &points);

    if (status != EXIT_OK)
        return status;
    say->saying = &ticking;
    say->item.path = row->path;
    say->item.data = json_pack("{s:s, s:o}", "decision", ticking.decision, "checklist", points);
    put_note(say, say->item.data);
    return EXIT_OK;
}

/* Whether a piece of work is to be done, of a run that is carried out step by step. */
static int build_stepping(struct say *say, const struct row *row)
{
    static const char *const words[] = {"run", "skip", "quit"};
    const char *word = say->cli->arg_count == 3 ? say->cli->args[2] : "";

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcmp(words[i], word) == 0) {
            say->item.path = row->path;
            say->item.data = json_pack("{s:s}", "decision", words[i]);
            put_note(say, say->item.data);
            return EXIT_OK;
        }
    fprintf(stderr,
        "runbook: the run is carried out step by step; say what becomes of this one:\n"
        "  runbook answer %s %s run|skip|quit\n",
        say->short_id, row->path);
    return EXIT_USAGE;
}

/* To deny a manual step is to say that it could not be done. */
static const char *decision_on(const struct say *say, const struct row *row)
{
    bool is_deny = strcmp(say->saying->decision, "deny") == 0;

    return is_deny && strcmp(story_verb(row), "done") == 0 ? "fail" : say->saying->decision;
}

static int build_answer(struct say *say)
{
    const struct row *row;
    json_t *fields = NULL;
    int status = question_choose(say, &row);

    if (status == EXIT_OK && say->options->check)
        return build_ticks(say, row);
    if (status == EXIT_OK && value_get_string(row->ask, "work"))
        return build_stepping(say, row);
    if (status == EXIT_OK)
        status = question_fields(say, row, &fields);
    if (status != EXIT_OK)
        return status;
    say->item.path = row->path;
    say->item.data = json_object();
    json_object_set_new(say->item.data, "decision", json_string(decision_on(say, row)));
    if (json_object_size(fields))
        json_object_set_new(say->item.data, "fields", fields);
    else
        json_decref(fields);
    put_note(say, say->item.data);
    return EXIT_OK;
}

/* A note that says what should have been said: both stay, and are shown together. */
static const struct saying correcting = {.name = "note",
    .inbox = "note",
    .accepted = EVENT_CORRECTION_ADDED,
    .refused = EVENT_COUNT,
    .afterwards = "corrected"};

static int build_correction(struct say *say)
{
    const struct facts *facts = &say->facts;
    int64_t last = facts->event_count ? (int64_t)facts->events[facts->event_count - 1].seq : 0;

    if (say->options->corrects < 1 || say->options->corrects > last)
        return cli_usage(say->cli,
            "--corrects wants the number of an event, 1 to %lld; runbook timeline %s --format md shows them",
            (long long)last, say->short_id);
    say->saying = &correcting;
    say->item.data = json_pack("{s:I}", "event", (json_int_t)say->options->corrects);
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
    return say->options->corrects ? build_correction(say) : EXIT_OK;
}

enum { SIGNALS_MAX = 64 };

/* The signals that steps of these runbooks wait for. */
static size_t awaited_signals(const struct book *book, const char **ret_names)
{
    size_t count = 0;

    for (size_t d = 0; d < book->document_count; d++) {
        const struct document *document = book->documents[d];

        for (size_t i = 0; i < document->step_count && count < SIGNALS_MAX; i++) {
            const struct step *step = document->steps[i];

            if (!step->kind || strcmp(step->kind->name, "wait") != 0)
                continue;
            ret_names[count] = ((const struct wait_args *)step->args)->signal;
            count += ret_names[count] != NULL;
        }
    }
    return count;
}

/* It is kept all the same; but it may be a slip of the pen. */
static void warn_unawaited(const struct say *say)
{
    const char *known[SIGNALS_MAX], *name = say->cli->args[1], *found;
    struct past past;
    struct err err;
    bool is_known = false;
    size_t count;

    if (past_open(say->journal, say->id, &past, &err) < 0)
        return;
    count = awaited_signals(past.program.book, known);
    for (size_t i = 0; i < count; i++)
        is_known = is_known || strcmp(known[i], name) == 0;
    found = nearest(name, known, count);
    if (!is_known && count < SIGNALS_MAX)
        fprintf(stderr, "runbook: nothing in this runbook waits for a signal \"%s\"%s%s%s; it is kept\n",
            name, found ? ": did you mean \"" : "", found ? found : "", found ? "\"?" : "");
    past_fini(&past);
}

static int build_signal(struct say *say)
{
    json_error_t problem;

    say->item.name = say->cli->args[1];
    warn_unawaited(say);
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

#define TO_ESCALATION(the_name, the_event)                                                                   \
    .name = (the_name), .inbox = (the_name), .accepted = (the_event), .refused = EVENT_COUNT
#define TO_QUESTION(the_name)                                                                                \
    .name = (the_name), .inbox = "answer", .decision = (the_name), .build = build_answer,                    \
    .accepted = EVENT_ASK_ANSWERED, .refused = EVENT_ASK_REFUSED
#define TO_RUN(the_name, the_build, the_event)                                                               \
    .name = (the_name), .inbox = (the_name), .build = (the_build), .accepted = (the_event),                  \
    .refused = EVENT_COUNT

static const struct saying sayings[] = {
    {TO_ESCALATION("ack", EVENT_ESCALATION_ACKNOWLEDGED), .build = build_ack, .does = "acknowledge",
        .then = "the next level will not be paged"},
    {TO_ESCALATION("resolve", EVENT_ESCALATION_RESOLVED), .build = build_ack, .does = "resolve",
        .then = "nobody will be paged any more", .afterwards = "resolved"},
    {TO_ESCALATION("escalate", EVENT_ESCALATION_HURRIED), .build = build_ack, .does = "escalate",
        .then = "the next level is being paged", .first = "now"},
    {TO_ESCALATION("snooze", EVENT_ESCALATION_SNOOZED), .build = build_snooze, .does = "put off",
        .then = "then paging goes on with the same level"},
    {TO_QUESTION("approve")},
    {TO_QUESTION("deny")},
    {TO_QUESTION("done")},
    {TO_QUESTION("answer")},
    {TO_RUN("note", build_note, EVENT_NOTE_ADDED), .afterwards = "noted"},
    {TO_RUN("signal", build_signal, EVENT_SIGNAL_RECEIVED)},
    {TO_RUN("cancel", build_cancel, EVENT_RUN_CANCEL_REQUESTED),
        .then = "its `always` steps run, then it ends"},
    {TO_RUN("kill", build_cancel, EVENT_RUN_KILL_REQUESTED),
        .then = "everything is stopped at once, `always` does not run"},
};

static const struct saying *saying_of(const struct verb *verb)
{
    for (size_t i = 0; i < sizeof(sayings) / sizeof(sayings[0]); i++)
        if (strcmp(sayings[i].name, verb->name) == 0)
            return &sayings[i];
    return NULL;
}

/* --- saying it --- */

/* Of a run that has ended no engine takes anything in: it is written behind its last event. */
static int say_afterwards(struct say *say)
{
    const struct word *word = word_find(say->saying->inbox);
    int status = say->saying->build(say);
    struct input input = {
        .type = word->type, .name = say->item.name, .by = say->item.by, .data = say->item.data};
    struct err err = {0};

    if (status != EXIT_OK)
        return status;
    if (after_say(say->journal, say->id, &input, &err) < 0)
        return cli_fail(&err);
    if (say->cli->common.json)
        cli_print_json(
            json_pack("{s:s, s:s, s:s}", "run", say->id, "verb", say->saying->name, "state", "accepted"));
    else
        printf("%s; the run had ended before\n", say->saying->afterwards);
    return EXIT_OK;
}

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
    for (size_t i = 0; say->saying->does && i < say->facts.row_count; i++)
        if (is_open_escalation(&say->facts.rows[i]))
            fprintf(stderr, "  runbook resolve %s %s closes what it left open\n", say->short_id,
                say->facts.rows[i].path);
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
    if (!facts_is_over(&say->facts))
        status = put_item(say);
    else
        status = say->saying->afterwards ? say_afterwards(say) : refuse_ended(say);
    json_decref(say->item.data);
    facts_fini(&say->facts);
    return status;
}

/* "escalate now RUN": the word is no argument any more. */
static int check_first(struct cli *cli, const struct saying *saying)
{
    if (!saying->first)
        return EXIT_OK;
    if (strcmp(cli->args[0], saying->first) != 0)
        return cli_usage(
            cli, "%s what? write: runbook %s %s %s", saying->name, saying->name, saying->first, cli->args[0]);
    cli->args++;
    cli->arg_count--;
    return EXIT_OK;
}

static int run(struct cli *cli)
{
    struct say say = {.cli = cli, .saying = saying_of(cli->verb), .options = cli->options};
    int status = check_first(cli, say.saying);

    if (status == EXIT_OK)
        status = cli_open_journal(cli, false, &say.journal);
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
static const struct option done_options[] = {{"note", 'm', OPTION_TEXT, offsetof(struct say_options, note),
                                                 "TEXT", "Say why; kept in the journal", NULL},
    {"check", 'c', OPTION_TEXT, offsetof(struct say_options, check), "POINTS",
        "Tick off these points of the checklist, such as 2,3 or 1-4; the last one makes the step done", NULL},
    {0}};
static const struct option remark_options[] = {
    {"corrects", 'c', OPTION_INTEGER, offsetof(struct say_options, corrects), "EVENT",
        "Correct what this event says; both stay in the journal", NULL},
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
SAY(resolve, "RUN [ESCALATION]", "Close an escalation, also of a run that has ended",
    "  runbook resolve last\n  runbook resolve k3vq7a platform --note \"false alarm\"", note_options, 1, 2);
SAY(escalate, "now RUN [ESCALATION]", "Page the next level at once",
    "  runbook escalate now last --note \"need a database person\"", note_options, 2, 3);
SAY(snooze, "RUN DURATION [ESCALATION]", "Acknowledge for a time; then paging goes on with the same level",
    "  runbook snooze last 2h", note_options, 2, 3);
SAY(approve, "RUN STEP", "Approve what a step asks",
    "  runbook approve last rollback --note \"seen the graphs\"", note_options, 1, 2);
SAY(deny, "RUN STEP", "Deny what a step asks, or say that a manual step could not be done",
    "  runbook deny last rollback --note \"wrong cluster\"\n  runbook deny last failover --note \"no "
    "standby\"",
    note_options, 1, 2);
SAY(done, "RUN STEP", "Confirm that a manual step was done",
    "  runbook done last check-dashboards\n  runbook done last failover --check 2,3", done_options, 1, 2);
SAY(answer, "RUN STEP [NAME=VALUE]…", "Fill in the form a step shows",
    "  runbook answer last assess recent_deploy=yes", note_options, 1, ARGS_MAX);
SAY(note, "RUN TEXT…", "Write a line into a run's timeline, also of a run that has ended",
    "  runbook note last \"disk of db1 was full\"\n"
    "  runbook note last \"impact: 300 customers could not log in\"\n"
    "  runbook note last --corrects 12 \"it was db2\"",
    remark_options, 2, ARGS_MAX);
SAY(signal, "RUN NAME [JSON]", "Send a signal that a step waits for",
    "  runbook signal last deployed\n  runbook signal last deployed '{\"version\": 12}'", no_options, 2, 3);
SAY(cancel, "RUN", "End a run gracefully: its `always` steps still run",
    "  runbook cancel last --reason \"false alarm\"", reason_options, 1, 1);
SAY(kill, "RUN", "End a run at once: its `always` steps do not run", "  runbook kill last", reason_options, 1,
    1);
