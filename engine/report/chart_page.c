/* What stands around the lanes: the title and the figures above them, the events below. */
#include "report/chart.h"

#include "base/clock.h"
#include "report/html.h"
#include "report/moment.h"
#include "report/story.h"
#include "report/timeline.h"

#include <string.h>

extern const char asset_chart_css[], asset_chart_js[];

/* --- the events --- */

bool chart_tells(const struct facts *facts, const struct fact_event *event)
{
    return facts_is_news(facts, event);
}

static void put_corrections(const struct facts *facts, const struct fact_event *event, struct text *text)
{
    for (size_t i = 0; i < facts->correction_count; i++) {
        const struct fact_event *later = &facts->events[facts->corrections[i]];
        if (later->corrects != event->seq)
            continue;
        text_puts(text, "<div class=\"correction\">Corrected by ");
        html_text(text, later->by);
        text_printf(text, " in <a href=\"#e%llu\">%llu</a>: ", (unsigned long long)later->seq,
            (unsigned long long)later->seq);
        html_text(text, later->note);
        text_puts(text, "</div>");
    }
}

static const char *class_of(const struct fact_event *event)
{
    static const char *const classes[INK_COUNT] = {
        [INK_GOOD] = "good", [INK_BAD] = "bad", [INK_WARN] = "part", [INK_NOTICE] = "notice"};
    const char *class_ = classes[timeline_ink(event)];
    return class_ ? class_ : "plain";
}

static void put_event(const struct facts *facts, const struct fact_event *event, struct text *text)
{
    char relative[MOMENT_TEXT_SIZE], wall[MOMENT_TEXT_SIZE], utc[INSTANT_TEXT_SIZE];
    text_printf(text,
        "<tr id=\"e%llu\" class=\"%s\"><td class=\"number\">%llu</td><td>%s</td>"
        "<td><time datetime=\"%s\">%s</time></td><td>",
        (unsigned long long)event->seq, class_of(event), (unsigned long long)event->seq,
        moment_relative(facts, event->mono_us, relative), instant_utc(event->wall_us, utc),
        moment_wall(facts, event->mono_us, wall));
    html_words(text, event->words);
    put_corrections(facts, event, text);
    text_puts(text, "</td></tr>\n");
}

void chart_events(const struct facts *facts, struct text *text)
{
    bool is_after = false;
    text_puts(text,
        "<section id=\"events\">\n<h2>What happened</h2>\n<div class=\"wide\">\n<table class=\"events\">\n"
        "<thead><tr><th scope=\"col\" class=\"number\">Event</th><th scope=\"col\">Since start</th>"
        "<th scope=\"col\">Time</th><th scope=\"col\">What</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < facts->event_count; i++) {
        const struct fact_event *event = &facts->events[i];
        if (!chart_tells(facts, event))
            continue;
        if (event->is_after && !is_after)
            text_puts(text,
                "<tr class=\"after\"><th colspan=\"4\" scope=\"rowgroup\">Added after the end</th></tr>\n");
        is_after = event->is_after;
        put_event(facts, event, text);
    }
    text_puts(text, "</tbody>\n</table>\n</div>\n</section>\n");
}

/* --- the header --- */

static void put_figure(struct text *text, const char *name, const char *value, const char *class_)
{
    text_printf(text, "<div class=\"%s\"><dt>%s</dt><dd>", class_, name);
    html_text(text, value);
    text_puts(text, "</dd></div>\n");
}

static void put_count(struct text *text, const char *name, size_t count, const char *class_)
{
    char value[24];
    snprintf(value, sizeof value, "%zu", count);
    put_figure(text, name, value, count ? class_ : "");
}

static void put_figures(const struct review *review, struct text *text)
{
    const struct facts *facts = review->facts;
    char took[MOMENT_TEXT_SIZE], value[REVIEW_TEXT_SIZE];
    text_puts(text, "<dl class=\"figures\">\n");
    put_figure(text, facts_is_over(facts) ? "Lasted" : "So far", moment_took(0, facts->end_us, took), "");
    if (review->was_paged)
        put_figure(text, "Acknowledged after", review_acknowledged(review, value),
            review->acknowledged_us < 0 ? "bad" : "");
    if (review->mitigated_us >= 0)
        put_figure(text, "Mitigated after", review_mitigated(review, value), "");
    if (review->was_paged || facts->run.status != RUN_SUCCEEDED)
        put_figure(
            text, "Resolved after", review_resolved(review, value), review->resolved_us < 0 ? "bad" : "");
    put_count(text, "Steps failed", facts->counts[STEP_FAILED] - facts->tolerated, "bad");
    put_count(text, "Too late", review->late_count, "bad");
    if (facts->pages || facts->pages_failed)
        put_count(text, "Pages sent", facts->pages, "");
    if (facts->person_count)
        put_count(text, "People", facts->person_count, "");
    text_puts(text, "</dl>\n");
}

static void put_origin(const struct facts *facts, struct text *text)
{
    char when[INSTANT_TEXT_SIZE], utc[INSTANT_TEXT_SIZE], zone[MOMENT_TEXT_SIZE];
    text_printf(text, "<p class=\"quiet\">Started <time datetime=\"%s\">%s</time> by ",
        instant_utc(facts->start_wall_us, utc), instant_local(facts->start_wall_us, true, when));
    html_text(text, *facts->run.initiator.user ? facts->run.initiator.user : "nobody");
    if (*facts->run.initiator.host) {
        text_puts(text, " on ");
        html_text(text, facts->run.initiator.host);
    }
    text_printf(text, ". Times are those of %s.</p>\n", moment_zone(facts, zone));
}

void chart_header(const struct review *review, struct text *text)
{
    const struct facts *facts = review->facts;
    autotext struct text outcome = {0};
    text_puts(text, "<header>\n<p class=\"origin\">");
    if (*facts->run.severity) {
        text_puts(text, "<b>");
        html_text(text, facts->run.severity);
        text_puts(text, "</b> ");
    }
    html_text(text, facts->run.runbook);
    text_puts(text, " · run <code>");
    html_text(text, facts->run.id);
    text_puts(text, "</code></p>\n<h1>");
    html_text(text, *facts->run.title ? facts->run.title : facts->run.runbook);
    text_printf(text, "</h1>\n<p class=\"outcome %s\">", run_status_name(facts->run.status));
    story_outcome(facts, &outcome);
    if (outcome.len && outcome.ptr[0] >= 'a' && outcome.ptr[0] <= 'z')
        outcome.ptr[0] = (char)(outcome.ptr[0] - 'a' + 'A');
    html_words(text, text_str(&outcome));
    text_puts(text, "</p>\n");
    put_figures(review, text);
    put_origin(facts, text);
    text_puts(text, "</header>\n");
}

/* --- the frame --- */

void chart_begin(const struct facts *facts, struct text *text)
{
    autotext struct text title = {0};
    text_printf(
        &title, "%s, run %.6s", *facts->run.title ? facts->run.title : facts->run.runbook, facts->run.id);
    html_begin(text, text_str(&title), asset_chart_css, asset_chart_js);
}

void chart_end(const struct facts *facts, struct text *text)
{
    text_puts(text, "<footer><p class=\"quiet\">Drawn from the journal of runs; <code>runbook audit prove ");
    html_text(text, facts->run.id);
    text_puts(text, "</code> proves that it is as it was written.</p></footer>\n");
    html_end(text, asset_chart_js);
}

void timeline_html(const struct facts *facts, struct text *text)
{
    struct review review;
    review_init(&review, facts);
    chart_begin(facts, text);
    chart_header(&review, text);
    text_puts(text, "<main>\n");
    chart_html(facts, text);
    chart_events(facts, text);
    text_puts(text, "</main>\n");
    chart_end(facts, text);
    review_fini(&review);
}
