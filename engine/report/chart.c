/* Lanes are list items, bars are placed in percent of the run's time, so a page that is never scripted shows
 * the whole run. The script changes one number, the zoom, and the browser does the rest. */
#include "report/chart.h"

#include "base/clock.h"
#include "report/html.h"
#include "report/moment.h"
#include "report/story.h"

#include <string.h>

enum { TICKS = 9, TICK_MIN_US = 10000 };

/* What is drawn is what the text's Gantt draws; here it also has words. */
static const struct {
    const char *sign, *meaning;
} marks[MARK_COUNT] = {
    [MARK_NOTE] = {"✎", "note"},
    [MARK_RETRY] = {"↻", "tried again"},
    [MARK_ANSWER] = {"✓", "answered"},
    [MARK_ASK] = {"?", "question"},
    [MARK_ACK] = {"✓", "acknowledged"},
    [MARK_PAGE] = {"!", "page"},
    [MARK_DUE] = {"", "due"},
    [MARK_LOST] = {"≠", "engine stopped"},
    [MARK_MISSED] = {"◆", "too late"},
    [MARK_FAILED] = {"✗", "failed"},
};

struct chart {
    const struct facts *facts;
    struct text *text;
    uint64_t *links; /* by row: the event that its label leads to; 0 = none */
    int64_t span_us;
};

static double percent(const struct chart *chart, int64_t us)
{
    double part = (double)us / (double)chart->span_us * 100;
    return part < 0 ? 0 : part > 100 ? 100 : part;
}

static const char *status_of(const struct chart *chart, const struct row *row)
{
    if (row->type == ROW_PERSON)
        return "person";
    if (row->type == ROW_ESCALATION)
        return row->is_acknowledged || !row->is_open ? "paging" : "paging open";
    if (row->status == STEP_PENDING && row->started_us >= 0 && !facts_is_over(chart->facts))
        return "running";
    return row->is_tolerated ? "tolerated" : step_status_name(row->status);
}

static void put_time(const struct chart *chart, int64_t at_us)
{
    char relative[MOMENT_TEXT_SIZE], wall[MOMENT_TEXT_SIZE];
    text_printf(chart->text, "%s (%s)", moment_relative(chart->facts, at_us, relative),
        moment_wall(chart->facts, at_us, wall));
}

/* --- bars --- */

static void bar(
    const struct chart *chart, const char *class_, int64_t from_us, int64_t to_us, const char *what)
{
    double left = percent(chart, from_us);
    char took[MOMENT_TEXT_SIZE];
    if (from_us > chart->facts->end_us)
        return;
    text_printf(chart->text, "<i class=\"bar %s\" style=\"left:%.4f%%;width:%.4f%%\" title=\"%s %s, from ",
        class_, left, percent(chart, to_us) - left, what, moment_took(from_us, to_us, took));
    put_time(chart, from_us);
    text_puts(chart->text, "\"></i>");
}

static const struct fact_event *event_at(const struct facts *facts, uint64_t seq)
{
    size_t low = 0, high = facts->event_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (facts->events[middle].seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low < facts->event_count && facts->events[low].seq == seq ? &facts->events[low] : NULL;
}

static void put_mark(const struct chart *chart, const struct mark *mark)
{
    const struct fact_event *event = event_at(chart->facts, mark->seq);
    if (mark->at_us > chart->facts->end_us)
        return;
    text_printf(chart->text, "<b class=\"mark %s\" style=\"left:%.4f%%\" title=\"", mark_name(mark->type),
        percent(chart, mark->at_us));
    put_time(chart, mark->at_us);
    text_puts(chart->text, ": ");
    html_text(chart->text, event ? event->words : marks[mark->type].meaning);
    text_printf(chart->text, "\">%s</b>", marks[mark->type].sign);
}

static void put_spans(const struct chart *chart, const struct row *row, enum span_type type)
{
    static const char *const words[][2] = {[ROW_STEP] = {"waited", "took"},
        [ROW_ESCALATION] = {"acknowledged for", "open for"},
        [ROW_PERSON] = {"was waited for", "on it for"},
        [ROW_DEADLINE] = {"allowed", "late by"}};
    int64_t end = row->type == ROW_PERSON ? chart->facts->end_us : row_end(chart->facts, row);
    for (size_t i = 0; i < row->span_count; i++) {
        const struct span *span = &row->spans[i];
        if (span->type == type)
            bar(chart, type == SPAN_WORK ? "work" : "wait", span->from_us,
                span->to_us >= 0 ? span->to_us : end, words[row->type][type]);
    }
}

static void put_bars(const struct chart *chart, const struct row *row)
{
    int64_t end = row_end(chart->facts, row);
    if (row->started_us >= 0 && row->type == ROW_DEADLINE)
        bar(chart, "wait", row->started_us, row->due_us >= 0 && row->due_us < end ? row->due_us : end,
            "allowed");
    else if (row->started_us >= 0 && row->type != ROW_PERSON && row->status != STEP_SKIPPED)
        bar(chart, row->is_block ? "work block" : "work", row->started_us, end,
            row->type == ROW_STEP ? "took" : "open for");
    put_spans(chart, row, SPAN_WAIT);
    put_spans(chart, row, SPAN_WORK);
    if (row->type == ROW_DEADLINE && row->due_us >= 0 && row->due_us <= chart->facts->end_us)
        put_mark(chart, &(struct mark){row->due_us, MARK_DUE, 0});
    for (size_t i = 0; i < row->mark_count; i++)
        put_mark(chart, &row->marks[i]);
}

/* --- labels --- */

static const char *sign_of(const struct chart *chart, const struct row *row)
{
    static const char *const signs[] = {[ROW_ESCALATION] = "!", [ROW_PERSON] = "@", [ROW_DEADLINE] = "◷"};
    return row->type == ROW_STEP                        ? sign_of_step(&(struct paint){0}, row->status)
           : row->status == STEP_FAILED && chart->facts ? "◆"
                                                        : signs[row->type];
}

/* What the bars show to those who see them. */
static void put_account(const struct chart *chart, const struct row *row)
{
    text_puts(chart->text, "<span class=\"unseen\">: ");
    if (row->type == ROW_PERSON)
        text_printf(chart->text, "%zu pages, %zu answers", row->pages, row->answers);
    else
        text_puts(chart->text, status_of(chart, row));
    if (row->started_us >= 0) {
        text_puts(chart->text, ", from ");
        put_time(chart, row->started_us);
    }
    text_puts(chart->text, "</span>");
}

static void put_took(const struct chart *chart, const struct row *row)
{
    char took[MOMENT_TEXT_SIZE];
    text_puts(chart->text, "<span class=\"took\">");
    if (row->type == ROW_STEP && row->status == STEP_SKIPPED)
        text_puts(chart->text, "skipped");
    else if (row->type != ROW_PERSON && row->started_us >= 0 && !row->is_instant)
        text_puts(chart->text, moment_took(row->started_us, row_end(chart->facts, row), took));
    text_puts(chart->text, "</span>");
}

static void put_label(const struct chart *chart, const struct row *row, uint64_t link)
{
    struct text *text = chart->text;
    if (link)
        text_printf(text, "<a class=\"label\" href=\"#e%llu\" title=\"", (unsigned long long)link);
    else
        text_puts(text, "<span class=\"label\" title=\"");
    html_text(text, *row->path ? row->path : row->label);
    if (*row->title)
        text_puts(text, ": ");
    html_text(text, row->title);
    if (*row->work)
        text_puts(text, "&#10;");
    html_text(text, row->work);
    text_printf(text, "\"><span class=\"sign\" aria-hidden=\"true\">%s</span><span class=\"name\">",
        sign_of(chart, row));
    html_text(text, row->label);
    text_puts(text, "</span>");
    put_account(chart, row);
    put_took(chart, row);
    text_puts(text, link ? "</a>" : "</span>");
}

static void put_lane(const struct chart *chart, const struct row *row, uint64_t link)
{
    text_printf(chart->text, "<li class=\"lane %s\" style=\"--depth:%zu\"", status_of(chart, row),
        row->type == ROW_STEP ? row->depth : 0);
    if (row->started_us >= 0)
        text_printf(chart->text, " data-from=\"%.4f\" data-to=\"%.4f\"", percent(chart, row->started_us),
            percent(chart, row_end(chart->facts, row)));
    text_puts(chart->text, ">");
    put_label(chart, row, link);
    text_puts(chart->text, "<div class=\"plot\">");
    put_bars(chart, row);
    text_puts(chart->text, "</div></li>\n");
}

/* --- groups --- */

static bool is_in_group(const struct chart *chart, const struct row *row, enum row_type type)
{
    return row->type == type && row_is_drawn(chart->facts, row);
}

static void put_group(
    const struct chart *chart, const char *name, enum row_type type, const struct row *rows, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += is_in_group(chart, &rows[i], type);
    if (!n)
        return;
    text_printf(chart->text,
        "<details class=\"group\" open><summary><span class=\"label\">%s "
        "<small>%zu</small></span></summary>\n"
        "<ol>\n",
        name, n);
    for (size_t i = 0; i < count; i++) {
        if (is_in_group(chart, &rows[i], type))
            put_lane(chart, &rows[i], rows == chart->facts->rows ? chart->links[i] : 0);
    }
    text_puts(chart->text, "</ol></details>\n");
}

/* Each label leads to the last thing that is told of its row. */
static uint64_t *find_links(const struct facts *facts)
{
    uint64_t *links = mem_alloc((facts->row_count + 1) * sizeof *links);
    for (size_t i = 0; i < facts->event_count; i++) {
        const struct fact_event *event = &facts->events[i];
        const struct row *row = *event->path && *event->path != '!' ? facts_find(facts, event->path) : NULL;
        if (row && chart_tells(facts, event))
            links[row - facts->rows] = event->seq;
    }
    return links;
}

/* --- the scale --- */

static void put_ticks(const struct chart *chart)
{
    int64_t every_us = moment_step((double)chart->span_us / TICKS);
    text_puts(chart->text, "<div class=\"axis\" aria-hidden=\"true\"><span class=\"label\"></span>"
                           "<div class=\"plot ticks\">");
    for (int64_t at = 0; at <= chart->span_us; at += every_us) {
        char relative[MOMENT_TEXT_SIZE], wall[MOMENT_TEXT_SIZE];
        if (percent(chart, at) > 96)
            break; /* its text would not fit */
        text_printf(chart->text, "<span style=\"left:%.4f%%\"><b>%s</b> %s</span>", percent(chart, at),
            moment_relative(chart->facts, at, relative), moment_wall(chart->facts, at, wall));
    }
    text_puts(chart->text, "</div></div>\n");
}

static void put_tools(struct text *text)
{
    text_puts(text,
        "<div class=\"tools\" hidden>\n"
        "<button type=\"button\" id=\"in\" title=\"Zoom in (+)\"><span aria-hidden=\"true\">+</span>"
        "<span class=\"unseen\">Zoom in</span></button>\n"
        "<button type=\"button\" id=\"out\" title=\"Zoom out (-)\"><span aria-hidden=\"true\">−</span>"
        "<span class=\"unseen\">Zoom out</span></button>\n"
        "<button type=\"button\" id=\"whole\" title=\"The whole run (0)\">Whole run</button>\n"
        "<label>Find <input type=\"search\" id=\"find\" autocomplete=\"off\"></label>\n"
        "<label><input type=\"checkbox\" id=\"eventful\"> Only what failed, waited or involved "
        "people</label>\n"
        "<output id=\"told\" aria-live=\"polite\"></output>\n</div>\n");
}

static void put_legend(const struct chart *chart)
{
    bool used[MARK_COUNT] = {0};
    const struct row *sets[] = {chart->facts->rows, chart->facts->people, chart->facts->deadlines};
    const size_t counts[] = {
        chart->facts->row_count, chart->facts->person_count, chart->facts->deadline_count};
    for (size_t s = 0; s < 3; s++) {
        for (size_t i = 0; i < counts[s]; i++) {
            for (size_t m = 0; m < sets[s][i].mark_count; m++)
                used[sets[s][i].marks[m].type] = true;
        }
    }
    text_puts(chart->text, "<p class=\"legend\"><span><i class=\"bar work\"></i> at work</span> "
                           "<span><i class=\"bar wait\"></i> waiting</span>");
    for (size_t m = 0; m < MARK_COUNT; m++) {
        if (used[m])
            text_printf(chart->text, " <span><b class=\"mark %s\">%s</b> %s</span>",
                mark_name((enum mark_type)m), marks[m].sign, marks[m].meaning);
    }
    text_puts(chart->text,
        "</p>\n<p class=\"keys\" id=\"keys\" hidden>In the chart: <kbd>+</kbd> <kbd>−</kbd> zoom, "
        "<kbd>0</kbd> whole run, <kbd>←</kbd> <kbd>→</kbd> move in time, <kbd>↑</kbd> <kbd>↓</kbd> "
        "choose a lane, <kbd>f</kbd> fit it, <kbd>Enter</kbd> its event.</p>\n");
}

void chart_html(const struct facts *facts, struct text *text)
{
    struct chart chart = {.facts = facts,
        .text = text,
        .links = find_links(facts),
        .span_us = facts->end_us > TICK_MIN_US ? facts->end_us : TICK_MIN_US};
    text_puts(text, "<section id=\"timeline\" aria-label=\"Timeline\">\n<h2>Timeline</h2>\n");
    put_tools(text);
    text_printf(text,
        "<div class=\"chart\" id=\"chart\" tabindex=\"0\" role=\"group\" aria-label=\"Lanes of the run over "
        "time\" "
        "aria-describedby=\"keys\" data-span=\"%.6f\" data-start=\"%.0f\" data-offset=\"%d\" "
        "data-dates=\"%d\">\n"
        "<div class=\"canvas\">\n",
        (double)chart.span_us / 1e6, (double)facts->start_wall_us / 1e3,
        instant_offset_s(facts->start_wall_us), moment_crosses_midnight(facts));
    put_ticks(&chart);
    put_group(&chart, "Steps", ROW_STEP, facts->rows, facts->row_count);
    put_group(&chart, "Deadlines", ROW_DEADLINE, facts->deadlines, facts->deadline_count);
    put_group(&chart, "Pages", ROW_ESCALATION, facts->rows, facts->row_count);
    put_group(&chart, "People", ROW_PERSON, facts->people, facts->person_count);
    text_puts(text, "</div>\n</div>\n");
    put_legend(&chart);
    text_puts(text, "</section>\n");
    free(chart.links);
}
