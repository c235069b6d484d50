/* Three columns: what (indented as a tree), when (a bar over one linear scale), how long. A column of the bar
 * shows the most important thing that happened in its stretch of time. */
#include "report/gantt.h"

#include "base/clock.h"
#include "base/duration.h"
#include "report/moment.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_SHOWN = 48, LABEL_MIN = 12, TOOK_WIDTH = 9, MARK_BASE = 16, SECOND_US = 1000000, MIN_WIDTH = 40 };

/* What one column of a bar holds: nothing, one of these, or MARK_BASE + enum mark_type. */
enum { CELL_EMPTY, CELL_WAIT, CELL_WORK, CELL_OPEN };

static const char *const cells[][2] = {
    [CELL_EMPTY] = {" ", " "}, [CELL_WAIT] = {"·", "."}, [CELL_WORK] = {"━", "="}, [CELL_OPEN] = {"▸", ">"}};

static const struct {
    const char *signs[2]; /* UTF-8, ASCII */
    enum ink ink;
    const char *meaning;
} marks[MARK_COUNT] = {
    [MARK_NOTE] = {{"✎", "n"}, INK_NOTICE, "note"},
    [MARK_RETRY] = {{"↻", "r"}, INK_WARN, "tried again"},
    [MARK_ANSWER] = {{"▪", "a"}, INK_GOOD, "answered"},
    [MARK_ASK] = {{"?", "?"}, INK_NOTICE, "question"},
    [MARK_ACK] = {{"✓", "k"}, INK_GOOD, "acknowledged"},
    [MARK_PAGE] = {{"!", "!"}, INK_WARN, "page"},
    [MARK_DUE] = {{"┆", ":"}, INK_NOTICE, "due"},
    [MARK_LOST] = {{"≠", "l"}, INK_BAD, "engine stopped"},
    [MARK_MISSED] = {{"◆", "m"}, INK_BAD, "too late"},
    [MARK_FAILED] = {{"✗", "x"}, INK_BAD, "failed"},
};

struct gantt {
    const struct facts *facts;
    const struct timeline_options *options;
    const struct paint *paint;
    struct text *text;
    size_t width, label_width, bar_width;
    int64_t span_us;
    const struct row **lanes; /* steps and escalations as a tree, then deadlines, then people */
    size_t lane_count;
    bool *shown; /* by lane */
    size_t shown_count;
    bool used[MARK_COUNT];
};

static size_t column_of(const struct gantt *g, int64_t at_us)
{
    if (at_us <= 0 || g->span_us <= 0)
        return 0;
    size_t column = (size_t)((double)at_us / (double)g->span_us * (double)g->bar_width);
    return column < g->bar_width ? column : g->bar_width - 1;
}

/* --- which rows --- */

/* Higher is worth more. What failed, waits or involved people comes first, then the upper levels of the tree.
 */
static size_t worth(const struct row *row)
{
    size_t deep = row->depth < 50 ? 50 - row->depth : 0;
    if (row->type != ROW_STEP || row->status == STEP_FAILED)
        return 400 + deep;
    if (row->is_open || row->ask || (row->status == STEP_PENDING && row->started_us >= 0))
        return 300 + deep;
    return (row->mark_count ? 200 : 100) + deep;
}

static void add_lanes(struct gantt *g, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (row_is_drawn(g->facts, &rows[i]))
            g->lanes[g->lane_count++] = &rows[i];
    }
}

static void gather(struct gantt *g)
{
    const struct facts *facts = g->facts;
    g->lanes =
        mem_alloc((facts->row_count + facts->deadline_count + facts->person_count + 1) * sizeof *g->lanes);
    add_lanes(g, facts->rows, facts->row_count);
    add_lanes(g, facts->deadlines, facts->deadline_count);
    add_lanes(g, facts->people, facts->person_count);
}

static void choose_rows(struct gantt *g)
{
    size_t n = g->lane_count, left = g->options->all || n <= ROWS_SHOWN ? n : ROWS_SHOWN;
    g->shown = mem_alloc(n + 1);
    for (size_t level = 500; level-- > 0 && left;) {
        for (size_t i = 0; i < n && left; i++) {
            if (!g->shown[i] && worth(g->lanes[i]) == level) {
                g->shown[i] = true;
                g->shown_count++;
                left--;
            }
        }
    }
}

static void draw_rest(struct gantt *g)
{
    size_t counts[STEP_STATUS_COUNT] = {0}, rest = g->lane_count - g->shown_count;
    if (!rest)
        return;
    for (size_t i = 0; i < g->lane_count; i++)
        counts[g->lanes[i]->status] += !g->shown[i];
    autotext struct text words = {0};
    for (size_t s = 0; s < STEP_STATUS_COUNT; s++) {
        if (counts[s])
            text_printf(&words, "%s%zu %s", words.len ? ", " : "", counts[s],
                s == STEP_PENDING ? "not ended" : step_status_name((enum step_status)s));
    }
    paint_printf(g->paint, g->text, INK_DIM, "%s %zu more rows (%s): --all shows them\n",
        g->paint->ascii ? "..." : "…", rest, text_str(&words));
}

/* --- the scale --- */

static void tick_line(struct gantt *g, int64_t every_us, bool wall)
{
    autotext struct text line = {0};
    for (int64_t at = 0; at <= g->span_us && (!at || every_us); at += every_us) {
        char buffer[MOMENT_TEXT_SIZE];
        const char *words = wall ? moment_wall(g->facts, at, buffer) : moment_relative(g->facts, at, buffer);
        size_t column = column_of(g, at);
        if (column + strlen(words) > g->bar_width || (wall && at && every_us < SECOND_US))
            break;
        while (line.len < column)
            text_putc(&line, ' ');
        text_puts(&line, words);
    }
    cell(g->paint, g->text, "", g->label_width);
    text_putc(g->text, ' ');
    paint_puts(g->paint, g->text, INK_DIM, text_str(&line));
    text_putc(g->text, '\n');
}

static void ruler(struct gantt *g, int64_t every_us)
{
    autotext struct text line = {0};
    int64_t next = 0;
    for (size_t i = 0; i < g->bar_width; i++) {
        bool is_tick = next <= g->span_us && column_of(g, next) == i;
        if (is_tick)
            next += every_us;
        text_puts(&line, g->paint->ascii ? (is_tick ? "|" : "-") : (is_tick ? "┬" : "─"));
    }
    cell(g->paint, g->text, "", g->label_width);
    text_putc(g->text, ' ');
    paint_puts(g->paint, g->text, INK_DIM, text_str(&line));
    text_putc(g->text, '\n');
}

static void draw_scale(struct gantt *g)
{
    char buffer[MOMENT_TEXT_SIZE];
    size_t columns = strlen(moment_wall(g->facts, 0, buffer)) + 2;
    int64_t every_us = moment_step((double)g->span_us / (double)g->bar_width * (double)columns);
    tick_line(g, every_us, true);
    tick_line(g, every_us, false);
    ruler(g, every_us);
}

/* --- one row --- */

static void fill(const struct gantt *g, uint8_t *bar, int64_t from_us, int64_t to_us, uint8_t what)
{
    for (size_t i = column_of(g, from_us), last = column_of(g, to_us); i <= last; i++)
        bar[i] = what;
}

static void plot_mark(struct gantt *g, uint8_t *bar, int64_t at_us, enum mark_type type)
{
    uint8_t *at = &bar[column_of(g, at_us)], what = (uint8_t)(MARK_BASE + type);
    if (*at < what)
        *at = what;
    g->used[type] = true;
}

static void plot(struct gantt *g, const struct row *row, uint8_t *bar)
{
    if (row->started_us < 0)
        return;
    int64_t end = row_end(g->facts, row);
    if (row->type != ROW_PERSON)
        fill(g, bar, row->started_us, end, row->type == ROW_DEADLINE ? CELL_WAIT : CELL_WORK);
    for (size_t i = 0; i < row->span_count; i++) {
        const struct span *span = &row->spans[i];
        int64_t to = span->to_us >= 0 ? span->to_us : end;
        if (span->type == SPAN_WORK || column_of(g, to) > column_of(g, span->from_us))
            fill(g, bar, span->from_us, to, span->type == SPAN_WORK ? CELL_WORK : CELL_WAIT);
    }
    if (row->finished_us < 0 && !facts_is_over(g->facts))
        bar[column_of(g, end)] = CELL_OPEN;
    if (row->type == ROW_DEADLINE && row->due_us >= 0 && row->due_us <= g->facts->end_us)
        plot_mark(g, bar, row->due_us, MARK_DUE);
    for (size_t i = 0; i < row->mark_count; i++) {
        if (row->marks[i].at_us <= g->facts->end_us)
            plot_mark(g, bar, row->marks[i].at_us, row->marks[i].type);
    }
}

static enum ink ink_of_row(const struct row *row)
{
    return row->type == ROW_ESCALATION ? INK_WARN
           : row->type == ROW_PERSON   ? INK_NOTICE
                                       : ink_of_step(row->status);
}

static void draw_bar(struct gantt *g, const struct row *row)
{
    autofree uint8_t *bar = mem_alloc(g->bar_width);
    plot(g, row, bar);
    enum ink ink = ink_of_row(row);
    for (size_t i = 0; i < g->bar_width;) {
        uint8_t what = bar[i];
        autotext struct text run = {0};
        for (; i < g->bar_width && bar[i] == what; i++)
            text_puts(&run, what >= MARK_BASE ? marks[what - MARK_BASE].signs[g->paint->ascii]
                                              : cells[what][g->paint->ascii]);
        paint_puts(g->paint, g->text,
            what >= MARK_BASE    ? marks[what - MARK_BASE].ink
            : what == CELL_EMPTY ? INK_PLAIN
            : what == CELL_WAIT  ? INK_DIM
                                 : ink,
            text_str(&run));
    }
}

static void draw_took(struct gantt *g, const struct row *row)
{
    char buffer[DURATION_TEXT_SIZE];
    if (row->type == ROW_STEP && row->status == STEP_SKIPPED) {
        text_printf(g->text, "%*s", TOOK_WIDTH, "skipped");
    } else if (row->started_us >= 0 && !row->is_instant && row->type != ROW_PERSON) {
        const char *took = duration_short((row_end(g->facts, row) - row->started_us) / 1000, buffer);
        text_printf(g->text, "%*s", TOOK_WIDTH, took);
    }
}

static void draw_label(struct gantt *g, const struct row *row)
{
    static const char *const signs[] = {
        [ROW_STEP] = "", [ROW_ESCALATION] = "!", [ROW_DEADLINE] = ":", [ROW_PERSON] = "@"};
    autotext struct text label = {0};
    size_t indent = row->depth * 2 < g->label_width / 2 ? row->depth * 2 : g->label_width / 2;
    text_printf(&label, "%*s", (int)indent, "");
    text_puts(g->text, text_str(&label));
    if (*signs[row->type])
        paint_printf(g->paint, g->text, ink_of_row(row), "%s ", signs[row->type]);
    else
        paint_printf(g->paint, g->text, ink_of_step(row->status), "%s ", sign_of_step(g->paint, row->status));
    text_clear(&label);
    safe_line(&label, row->label, strlen(row->label));
    cell(g->paint, g->text, text_str(&label), g->label_width - indent - 2);
    text_putc(g->text, ' ');
}

/* No spaces at line ends: they would wrap in a terminal of just this width. */
static void trim_line(struct text *text)
{
    while (text->len && text->ptr[text->len - 1] == ' ')
        text->ptr[--text->len] = '\0';
    text_putc(text, '\n');
}

/* Entries are not torn apart at a line's end. */
static void legend_entry(const struct gantt *g, struct text *line, const char *sign, const char *meaning)
{
    size_t width = utf8_width(sign, strlen(sign)) + 1 + strlen(meaning);
    if (line->len && utf8_width(text_str(line), line->len) + 2 + width > g->width) {
        paint_puts(g->paint, g->text, INK_DIM, text_str(line));
        text_putc(g->text, '\n');
        text_clear(line);
    }
    text_printf(line, "%s%s %s", line->len ? "  " : "", sign, meaning);
}

static void draw_legend(struct gantt *g)
{
    autotext struct text line = {0};
    for (size_t i = MARK_COUNT; i-- > 0;) {
        if (g->used[i])
            legend_entry(g, &line, marks[i].signs[g->paint->ascii], marks[i].meaning);
    }
    legend_entry(g, &line, cells[CELL_WORK][g->paint->ascii], "works");
    legend_entry(g, &line, cells[CELL_WAIT][g->paint->ascii], "waits");
    paint_puts(g->paint, g->text, INK_DIM, text_str(&line));
    text_putc(g->text, '\n');
}

static size_t widest_label(const struct gantt *g)
{
    size_t widest = LABEL_MIN;
    for (size_t i = 0; i < g->lane_count; i++) {
        const struct row *row = g->lanes[i];
        size_t width = row->depth * 2 + 2 + utf8_width(row->label, strlen(row->label));
        if (g->shown[i] && width > widest)
            widest = width;
    }
    return widest;
}

void gantt_draw(const struct facts *facts, const struct timeline_options *options, struct text *text)
{
    struct gantt g = {.facts = facts, .options = options, .paint = &options->paint, .text = text};
    size_t width = options->width < MIN_WIDTH ? MIN_WIDTH : options->width, most = width * 2 / 5;
    g.width = width;
    gather(&g);
    choose_rows(&g);
    g.label_width = widest_label(&g);
    if (g.label_width > most)
        g.label_width = most;
    g.bar_width = width - g.label_width - 1 - TOOK_WIDTH - 1;
    g.span_us = facts->end_us > 10000 ? facts->end_us : 10000;
    draw_scale(&g);
    for (size_t i = 0; i < g.lane_count; i++) {
        if (!g.shown[i])
            continue;
        draw_label(&g, g.lanes[i]);
        draw_bar(&g, g.lanes[i]);
        draw_took(&g, g.lanes[i]);
        trim_line(text);
    }
    draw_rest(&g);
    draw_legend(&g);
    free(g.shown);
    free(g.lanes);
}
