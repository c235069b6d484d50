/* The events of a run as a table: for spreadsheets, and for tickets. */
#include "base/clock.h"
#include "report/moment.h"
#include "report/prose.h"
#include "report/story.h"
#include "report/timeline.h"

#include <string.h>

/* A spreadsheet takes a field that begins like this for a formula, also with the wide forms of these signs.
 */
static bool is_like_formula(const char *field)
{
    static const char *const signs[] = {
        "=", "+", "-", "@", "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0"};
    field += strspn(field, " ");
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (!strncmp(field, signs[i], strlen(signs[i])))
            return true;
    }
    return false;
}

/* As RFC 4180 has it; what looks like a formula gets an apostrophe in front. */
static void csv_field(struct text *text, const char *field)
{
    autotext struct text line = {0};
    safe_line(&line, field, strlen(field));
    text_putc(text, '"');
    if (is_like_formula(text_str(&line)))
        text_putc(text, '\'');
    for (const char *c = text_str(&line); *c; c++) {
        if (*c == '"')
            text_putc(text, '"');
        text_putc(text, *c);
    }
    text_putc(text, '"');
}

void timeline_csv(const struct facts *facts, struct text *text)
{
    text_puts(text, "seq,time,seconds,type,path,by,text\r\n");
    for (size_t i = 0; i < facts->event_count; i++) {
        const struct fact_event *event = &facts->events[i];
        char buffer[INSTANT_TEXT_SIZE];
        text_printf(text, "%llu,%s,%.3f,%s,", (unsigned long long)event->seq,
            instant_utc(event->wall_us, buffer), (double)event->mono_us / 1e6, event_type_name(event->type));
        csv_field(text, event->path);
        text_putc(text, ',');
        csv_field(text, event->by);
        text_putc(text, ',');
        csv_field(text, event->words);
        text_puts(text, "\r\n");
    }
}

static void add_corrections(const struct facts *facts, const struct fact_event *event, struct text *words)
{
    for (size_t i = 0; i < facts->correction_count; i++) {
        const struct fact_event *later = &facts->events[facts->corrections[i]];
        if (later->corrects == event->seq)
            text_printf(words, " (corrected by %s in event %llu: %s)", later->by,
                (unsigned long long)later->seq, later->note);
    }
}

void timeline_table(const struct facts *facts, const struct prose *prose)
{
    prose->ops->table(prose->text, (const char *const[]){"event", "since start", "time", "what happened"}, 4);
    for (size_t i = 0; i < facts->event_count; i++) {
        const struct fact_event *event = &facts->events[i];
        char number[24], relative[MOMENT_TEXT_SIZE], wall[MOMENT_TEXT_SIZE];
        autotext struct text words = {0};
        if (!facts_is_news(facts, event))
            continue;
        text_printf(&words, "%s%s", event->is_after ? "added after the end: " : "", event->words);
        add_corrections(facts, event, &words);
        snprintf(number, sizeof number, "%llu", (unsigned long long)event->seq);
        prose->ops->row(prose->text,
            (const char *const[]){number, moment_relative(facts, event->mono_us, relative),
                moment_wall(facts, event->mono_us, wall), text_str(&words)},
            4);
    }
    prose->ops->table_end(prose->text);
}

void timeline_markdown(const struct facts *facts, struct text *text)
{
    const struct prose prose = {&prose_markdown, text};
    autotext struct text title = {0}, outcome = {0}, counts = {0};
    text_printf(
        &title, "%s (run %s)", *facts->run.title ? facts->run.title : facts->run.runbook, facts->run.id);
    prose.ops->heading(text, 2, text_str(&title));
    story_outcome(facts, &outcome);
    prose.ops->paragraph(text, text_str(&outcome));
    story_counts(facts, &counts);
    if (counts.len)
        prose.ops->paragraph(text, text_str(&counts));
    timeline_table(facts, &prose);
}
