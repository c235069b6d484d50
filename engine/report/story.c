#include "report/story.h"

#include "base/clock.h"
#include "report/moment.h"
#include "report/words.h"

#include <string.h>

const char *story_question(const struct row *row)
{
    static const char *const keys[] = {"message", "instructions", "question"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *text = row->ask ? value_get_string(row->ask, keys[i]) : NULL;
        if (text)
            return text;
    }
    return "";
}

const char *story_verb(const struct row *row)
{
    const char *kind = row->ask ? value_get_string(row->ask, "kind") : NULL;
    kind = kind && *kind ? kind : row->kind;
    return !strcmp(kind, "approve")                          ? "approve"
           : !strcmp(kind, "input") || !strcmp(kind, "step") ? "answer"
                                                             : "done";
}

static void add_safe(struct text *text, const char *string)
{
    safe_line(text, string, strlen(string));
}

/* The step whose words are the run's: of a loop that failed, the loop, which knows of all its elements. */
static const struct row *spokesman(const struct facts *facts)
{
    const struct row *culprit = facts_culprit(facts);
    if (!culprit || !strcmp(culprit->message, facts->run.message))
        return culprit;
    for (size_t i = 0; i < facts->row_count; i++) {
        const struct row *row = &facts->rows[i];
        if (row->type == ROW_STEP && row->status == STEP_FAILED && *row->message &&
            !strcmp(row->message, facts->run.message))
            return row;
    }
    return culprit;
}

static void failure_story(const struct facts *facts, struct text *text)
{
    const struct row *row = spokesman(facts);
    if (!row) {
        text_puts(text, *facts->run.message ? ": " : "");
        add_safe(text, facts->run.message);
        return;
    }
    text_puts(text, ": step `");
    add_safe(text, row->path);
    text_puts(text, "` ");
    failure_sentence(row->class_, row->exit_code, row->message, text);
    if (row->class_ != FAIL_NONE)
        text_printf(text, " (class %s", fail_class_name(row->class_));
    if (row->attempts > 1)
        text_printf(text, "%s%d %s", row->class_ != FAIL_NONE ? ", " : " (", row->attempts,
            row->is_polling ? "looks" : "attempts");
    text_puts(text, row->class_ != FAIL_NONE || row->attempts > 1 ? ")" : "");
}

static void waiting_story(const struct facts *facts, struct text *text)
{
    for (size_t i = 0; i < facts->row_count; i++) {
        const struct row *row = &facts->rows[i];
        if (row->type != ROW_STEP || !row->is_open)
            continue;
        text_puts(text, ": `");
        add_safe(text, row->path);
        text_puts(text, "` waits for somebody's answer");
        return;
    }
    const struct row *deepest = NULL;
    for (size_t i = 0; i < facts->row_count; i++) {
        const struct row *row = &facts->rows[i];
        if (row->type == ROW_STEP && row->status == STEP_PENDING && row->started_us >= 0)
            deepest = !deepest || row->depth >= deepest->depth ? row : deepest;
    }
    if (deepest) {
        text_puts(text, ", now in `");
        add_safe(text, deepest->path);
        text_puts(text, "`");
    }
}

void story_outcome(const struct facts *facts, struct text *text)
{
    char took[MOMENT_TEXT_SIZE];
    enum run_status status = facts->run.status;
    moment_took(facts->own_us, facts->end_us, took);
    if (status == RUN_QUEUED && *facts->run.group)
        text_printf(text, "queued for %s: its concurrency group is full", took);
    else if (status == RUN_INTERRUPTED && !facts->run.started_us)
        text_puts(text, "interrupted before it began: the engine that created it is gone");
    else if (status == RUN_INTERRUPTED)
        text_printf(text,
            "interrupted: the engine that carried it out is gone; it was last heard of %s after the start",
            took);
    else if (facts_is_over(facts))
        text_printf(text, "%s after %s", run_status_name(status), took);
    else
        text_printf(text, "%s for %s", run_status_name(status), took);
    if (status == RUN_FAILED)
        failure_story(facts, text);
    else if (!facts_is_over(facts) && status != RUN_INTERRUPTED)
        waiting_story(facts, text);
    else if (*facts->run.message) {
        text_puts(text, ": ");
        add_safe(text, facts->run.message);
    }
}

static void count(struct text *text, size_t n, const char *one, const char *many)
{
    if (n)
        text_printf(text, "%s%zu %s", text->len ? ", " : "", n, n == 1 ? one : many);
}

void story_counts(const struct facts *facts, struct text *text)
{
    size_t unanswered = 0, open = 0, steps = 0;
    autotext struct text line = {0};
    for (size_t i = 0; i < facts->row_count; i++) {
        const struct row *row = &facts->rows[i];
        if (row->type == ROW_STEP)
            open += row->is_open;
        else if (row->is_open && !row->is_acknowledged)
            unanswered += row->pages ? row->pages : (size_t)(row->level > 0 ? row->level : 1);
    }
    for (size_t s = 0; s < STEP_STATUS_COUNT; s++)
        steps += facts->counts[s];
    count(&line, steps, "step", "steps");
    count(&line, facts->counts[STEP_FAILED] - facts->tolerated, "failed", "failed");
    count(&line, facts->tolerated, "tolerated failure", "tolerated failures");
    count(&line, facts->counts[STEP_SKIPPED], "skipped", "skipped");
    count(&line, facts->retries, "retry", "retries");
    count(&line, facts->run.warnings, "warning", "warnings");
    count(&line, facts->missed, "deadline missed", "deadlines missed");
    count(&line, open, "open question", "open questions");
    count(&line, unanswered, "page unanswered", "pages unanswered");
    count(&line, facts->pages_failed, "notification failed", "notifications failed");
    text_puts(text, text_str(&line));
}

static void put_wrapped(
    const struct paint *paint, enum ink ink, const struct text *line, size_t width, struct text *text)
{
    autotext struct text wrapped = {0};
    wrap(&wrapped, text_str(line), width - 2, 2);
    paint_puts(paint, text, ink, text_str(&wrapped));
    text_putc(text, '\n');
}

void story_heading(const struct facts *facts, const struct paint *paint, size_t width, struct text *text)
{
    const struct run_row *run = &facts->run;
    char when[INSTANT_TEXT_SIZE];
    autotext struct text line = {0};
    add_safe(&line, *run->title ? run->title : run->runbook);
    if (*run->title) {
        text_puts(&line, "  ");
        add_safe(&line, run->runbook);
    }
    if (*run->severity) {
        text_puts(&line, "  ");
        add_safe(&line, run->severity);
    }
    text_printf(&line, "  run %s", run->id);
    put_wrapped(paint, INK_BOLD, &line, width, text);
    text_clear(&line);
    text_printf(&line, "started %s by ", instant_local(facts->start_wall_us + facts->own_us, true, when));
    add_safe(&line, *run->initiator.user ? run->initiator.user : "nobody");
    if (*run->initiator.host) {
        text_puts(&line, " on ");
        add_safe(&line, run->initiator.host);
    }
    put_wrapped(paint, INK_DIM, &line, width, text);
}

/* From which run it comes, and which go on from it. */
static void put_relations(
    const struct facts *facts, const struct paint *paint, size_t width, struct text *text)
{
    for (size_t i = 0; i < facts->event_count; i++) {
        const struct fact_event *event = &facts->events[i];
        autotext struct text line = {0};
        if (event->type != EVENT_RUN_FORKED && event->type != EVENT_RUN_CONTINUED)
            continue;
        text_puts(&line, event->words);
        put_wrapped(paint, INK_PLAIN, &line, width, text);
    }
}

void story_tell(const struct facts *facts, const struct paint *paint, size_t width, struct text *text)
{
    autotext struct text line = {0};
    story_outcome(facts, &line);
    put_wrapped(paint, ink_of_run(facts->run.status), &line, width, text);
    put_relations(facts, paint, width, text);
    text_clear(&line);
    story_counts(facts, &line);
    if (line.len)
        put_wrapped(paint, INK_PLAIN, &line, width, text);
}

static void next_line(const struct paint *paint, struct text *text, const char *what, const char *command)
{
    text_printf(text, "  %s  %s  ", what, paint->ascii ? "->" : "→");
    paint_puts(paint, text, INK_BOLD, command);
    text_putc(text, '\n');
}

/* What may be written for a field of a form: "yes|no", "now|tonight", "VALUE". Quoted: a bar is a pipe to the
 * shell. */
static void put_choices(const json_t *field, struct text *text)
{
    const char *type = value_get_string(field, "type");
    json_t *choices = json_object_get(field, "enum"), *choice;
    size_t i;
    if (type && !strcmp(type, "boolean")) {
        text_puts(text, "yes|no");
        return;
    }
    json_array_foreach(choices, i, choice)
    {
        autotext struct text raw = {0};
        value_to_text(choice, &raw);
        text_puts(text, i ? "|" : "");
        safe_line(text, text_str(&raw), raw.len);
    }
    if (!json_array_size(choices))
        text_puts(text, "VALUE");
}

static void next_of_row(
    const struct row *row, const struct paint *paint, const char *short_id, struct text *text)
{
    autotext struct text what = {0}, command = {0};
    const char *verb = row->type == ROW_ESCALATION ? "ack" : story_verb(row);
    if (row->type == ROW_ESCALATION)
        text_puts(&what, "nobody has acknowledged: ");
    else
        text_printf(&what, "waiting for: %s ", !strcmp(verb, "done") ? "manual" : verb);
    add_safe(&what, row->path);
    text_printf(&command, "runbook %s %s ", verb, short_id);
    add_safe(&command, row->path);
    if (row->ask && value_get_string(row->ask, "work"))
        text_puts(&command, " 'run|skip|quit'");
    if (!strcmp(verb, "answer")) {
        const char *name;
        json_t *field;
        json_t *fields = json_object_get(row->ask, "fields");
        json_object_foreach(fields, name, field)
        {
            autotext struct text choices = {0};
            bool quote;
            if (json_object_get(field, "default"))
                continue;
            put_choices(field, &choices);
            quote = strchr(text_str(&choices), '|') != NULL;
            text_puts(&command, quote ? " '" : " ");
            add_safe(&command, name);
            text_printf(&command, "=%s%s", text_str(&choices), quote ? "'" : "");
        }
    }
    next_line(paint, text, text_str(&what), text_str(&command));
}

/* Somebody, or some other program, has to say that it may go on. */
static void next_of_signal(
    const struct row *row, const struct paint *paint, const char *short_id, struct text *text)
{
    autotext struct text what = {0}, command = {0};
    text_puts(&what, "waiting for: signal ");
    add_safe(&what, row->signal);
    text_printf(&command, "runbook signal %s ", short_id);
    add_safe(&command, row->signal);
    next_line(paint, text, text_str(&what), text_str(&command));
}

static bool is_awaiting_signal(const struct row *row)
{
    return row->type == ROW_STEP && *row->signal && row->started_us >= 0 && row->status == STEP_PENDING;
}

void story_next(const struct facts *facts, const struct paint *paint, const char *short_id, struct text *text)
{
    for (size_t i = 0; i < facts->row_count; i++) {
        const struct row *row = &facts->rows[i];
        bool is_page = row->type == ROW_ESCALATION && !row->is_acknowledged;
        if (row->is_open && !facts_is_over(facts) && (row->type == ROW_STEP || is_page))
            next_of_row(row, paint, short_id, text);
        else if (!facts_is_over(facts) && is_awaiting_signal(row))
            next_of_signal(row, paint, short_id, text);
    }
    autotext struct text command = {0};
    if (facts->run.status == RUN_INTERRUPTED) {
        text_printf(&command, "runbook resume %s", short_id);
        next_line(paint, text, "go on with it", text_str(&command));
    }
    if (facts->run.status != RUN_FAILED)
        return;
    const struct row *row = facts_culprit(facts);
    text_printf(&command, "runbook logs %s%s", short_id, row ? " " : "");
    add_safe(&command, row ? row->path : "");
    next_line(paint, text, "what it printed", text_str(&command));
    text_clear(&command);
    text_printf(&command, "runbook timeline %s", short_id);
    next_line(paint, text, "how it went", text_str(&command));
    if (facts->run.successor && *facts->run.successor)
        return;
    text_clear(&command);
    text_printf(&command, "runbook retry %s", short_id);
    next_line(paint, text, "begin again there", text_str(&command));
}
