/* The report, told. What the journal knows is written out; what only people know has a place where to write
 * it, and the command that puts it into the journal, so that the next report has it. */
#include "report/chart.h"

#include "base/clock.h"
#include "report/formats.h"
#include "report/moment.h"
#include "report/story.h"
#include "report/timeline.h"
#include "report/words.h"

#include <string.h>

/* --- summary --- */

static void pair(const struct prose *prose, const char *name, const char *value)
{
    if (*value)
        prose->ops->row(prose->text, (const char *const[]){name, value}, 2);
}

static void pair_values(const struct prose *prose, const char *label, const json_t *values)
{
    autotext struct text line = {0};
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)values, name, value)
    {
        text_printf(&line, "%s%s=", line.len ? ", " : "", name);
        if (!value_to_text(value, &line))
            text_puts(&line, "null");
    }
    pair(prose, label, text_str(&line));
}

static void pair_moment(
    const struct prose *prose, const char *name, const struct facts *facts, int64_t mono_us)
{
    char local[INSTANT_TEXT_SIZE], zone[MOMENT_TEXT_SIZE];
    autotext struct text line = {0};
    if (mono_us < 0)
        return;
    text_printf(
        &line, "%s %s", instant_local(facts->start_wall_us + mono_us, true, local), moment_zone(facts, zone));
    pair(prose, name, text_str(&line));
}

static void tell_summary(const struct review *review, const struct prose *prose)
{
    const struct facts *facts = review->facts;
    const struct run_row *run = &facts->run;
    autotext struct text who = {0}, counts = {0};
    text_printf(&who, *run->initiator.host ? "%s on %s" : "%s", run->initiator.user, run->initiator.host);
    story_counts(facts, &counts);
    prose->ops->heading(prose->text, 2, "Summary");
    prose->ops->table(prose->text, NULL, 2);
    pair(prose, "Runbook", run->runbook);
    pair(prose, "Run", run->id);
    pair(prose, "Severity", run->severity);
    pair(prose, "Begun by", text_str(&who));
    pair_moment(prose, "Began", facts, 0);
    pair_moment(prose, "Ended", facts, facts_is_over(facts) ? facts->end_us : -1);
    pair(prose, "Came to", run_status_name(run->status));
    pair(prose, "Steps", text_str(&counts));
    pair_values(prose, "Parameters", run->params);
    pair_values(prose, "Labels", run->labels);
    pair_values(prose, "Outputs", facts->outputs);
    prose->ops->table_end(prose->text);
}

static void tell_times(const struct review *review, const struct prose *prose)
{
    char value[REVIEW_TEXT_SIZE];
    prose->ops->heading(prose->text, 2, "Times");
    prose->ops->table(prose->text, (const char *const[]){"until it was", "took"}, 2);
    pair(prose, "acknowledged", review_acknowledged(review, value));
    pair(prose, "mitigated", review_mitigated(review, value));
    pair(prose, "resolved", review_resolved(review, value));
    prose->ops->table_end(prose->text);
    prose->ops->paragraph(prose->text,
        review->was_paged
            ? "Counted from the first page to the first acknowledgement, to the note that begins with "
              "`mitigated`, and to the end of the last escalation."
            : "Counted from the start of the run: nobody had to be paged.");
    if (review->was_paged && review->mitigated_us < 0)
        prose->ops->blank(
            prose->text, "when was it better? `runbook note RUN \"mitigated: …\"` says it when it is.");
}

/* --- what people noted --- */

static void tell_notes(const struct review *review, const struct prose *prose, enum note_type type,
    const char *title, const char *missing)
{
    bool has_any = false;
    prose->ops->heading(prose->text, 2, title);
    for (size_t i = 0; i < review->facts->event_count; i++) {
        const struct fact_event *event = &review->facts->events[i];
        autotext struct text line = {0};
        const char *rest;
        if (note_type(event, &rest) != type)
            continue;
        if (!has_any)
            prose->ops->list(prose->text);
        has_any = true;
        text_printf(&line, "%s (%s%s)", rest, event->by, event->is_after ? ", added after the end" : "");
        prose->ops->item(prose->text, text_str(&line));
    }
    if (has_any)
        prose->ops->list_end(prose->text);
    else
        prose->ops->blank(prose->text, missing);
}

static void tell_impact(const struct review *review, const struct prose *prose)
{
    char took[MOMENT_TEXT_SIZE];
    const struct facts *facts = review->facts;
    int64_t until = review->mitigated_us >= 0 ? review->mitigated_us : review->resolved_us;
    tell_notes(review, prose, NOTE_IMPACT, "Impact",
        "what did not work, for whom and for how many, which data are wrong or lost, what was promised to "
        "whom. "
        "`runbook note RUN \"impact: …\"` keeps it in the journal.");
    if (until < 0 || !review->was_paged)
        return;
    prose->ops->table(prose->text, NULL, 2);
    pair_moment(prose, "From, as far as the run knows", facts, review->began_us);
    pair_moment(prose, "Until", facts, until);
    pair(prose, "Lasted", moment_took(review->began_us, until, took));
    prose->ops->table_end(prose->text);
}

static void tell_afterwards(const struct review *review, const struct prose *prose)
{
    bool has_any = false;
    for (size_t i = 0; i < review->facts->event_count; i++) {
        const struct fact_event *event = &review->facts->events[i];
        char local[INSTANT_TEXT_SIZE];
        autotext struct text line = {0};
        if (!event->is_after && !event->corrects)
            continue;
        if (!has_any) {
            prose->ops->heading(prose->text, 2, "Corrections, and what was added after the end");
            prose->ops->list(prose->text);
        }
        has_any = true;
        text_printf(&line, "%s, event %llu: %s", instant_local(event->wall_us, true, local),
            (unsigned long long)event->seq, event->words);
        prose->ops->item(prose->text, text_str(&line));
    }
    if (has_any)
        prose->ops->list_end(prose->text);
}

/* --- what went wrong --- */

static void tell_late(const struct review *review, const struct prose *prose)
{
    prose->ops->heading(prose->text, 2, "What was late");
    if (!review->late_count) {
        prose->ops->paragraph(
            prose->text, facts_is_over(review->facts)
                             ? "Nothing: no deadline was missed, and nobody was waited for in vain."
                             : "Nothing so far.");
        return;
    }
    prose->ops->table(prose->text, (const char *const[]){"when", "what", "by"}, 3);
    for (size_t i = 0; i < review->late_count; i++) {
        const struct late *late = &review->lates[i];
        char at[MOMENT_TEXT_SIZE], by[MOMENT_TEXT_SIZE];
        prose->ops->row(prose->text,
            (const char *const[]){moment_relative(review->facts, late->at_us, at), late->words,
                late->by_us >= 0 ? moment_took(0, late->by_us, by) : ""},
            3);
    }
    prose->ops->table_end(prose->text);
}

static void tell_failures(const struct review *review, const struct prose *prose)
{
    const struct facts *facts = review->facts;
    bool has_any = false;
    for (size_t i = 0, e = 0; i < facts->row_count; i++) {
        const struct row *row = &facts->rows[i];
        autotext struct text line = {0};
        if (row->type != ROW_STEP || row->is_block || row->status != STEP_FAILED)
            continue;
        if (!has_any)
            prose->ops->heading(prose->text, 2, "What failed, and what it printed");
        has_any = true;
        text_printf(&line, "`%s` ", row->path);
        failure_sentence(row->class_, row->exit_code, row->message, &line);
        text_puts(&line, row->is_tolerated ? "; the run went on." : ".");
        bool has_output = e < review->excerpt_count && review->excerpts[e].row == row;
        if (has_output && review->excerpts[e].is_cut)
            text_puts(&line, " Its last lines:");
        prose->ops->paragraph(prose->text, text_str(&line));
        if (has_output) {
            prose->ops->code(prose->text, review->excerpts[e].bytes, review->excerpts[e].len);
            e++;
        }
    }
}

/* --- the parts in order --- */

static void tell_before(const struct review *review, const struct prose *prose)
{
    tell_summary(review, prose);
    tell_impact(review, prose);
    tell_times(review, prose);
    tell_late(review, prose);
    tell_failures(review, prose);
}

static void tell_behind(const struct review *review, const struct prose *prose)
{
    tell_notes(review, prose, NOTE_CAUSE, "Cause",
        "why it happened, and why it was possible. `runbook note RUN \"cause: …\"` keeps it in the journal.");
    tell_notes(review, prose, NOTE_FOLLOW_UP, "Follow-ups",
        "what is to be done, by whom, until when. `runbook note RUN \"follow-up: …\"` keeps it in the "
        "journal.");
    tell_afterwards(review, prose);
}

void review_markdown(const struct review *review, struct text *text)
{
    const struct prose prose = {&prose_markdown, text};
    const struct run_row *run = &review->facts->run;
    autotext struct text title = {0}, outcome = {0};
    text_printf(
        &title, "%s%s%s", run->severity, *run->severity ? ": " : "", *run->title ? run->title : run->runbook);
    prose.ops->heading(text, 1, text_str(&title));
    story_outcome(review->facts, &outcome);
    prose.ops->paragraph(text, text_str(&outcome));
    tell_before(review, &prose);
    prose.ops->heading(text, 2, "Timeline");
    timeline_table(review->facts, &prose);
    tell_behind(review, &prose);
}

void review_html(const struct review *review, struct text *text)
{
    const struct prose prose = {&prose_html, text};
    chart_begin(review->facts, text);
    chart_header(review, text);
    text_puts(text, "<main>\n<div class=\"prose\">\n");
    tell_before(review, &prose);
    text_puts(text, "</div>\n");
    chart_html(review->facts, text);
    chart_events(review->facts, text);
    text_puts(text, "<div class=\"prose\">\n");
    tell_behind(review, &prose);
    text_puts(text, "</div>\n</main>\n");
    chart_end(review->facts, text);
}
