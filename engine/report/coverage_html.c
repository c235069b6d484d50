/* The account as one page: no script, nothing fetched, readable with a keyboard, by ear and on paper. */
#include "report/coverage_inside.h"
#include "report/html.h"

#include <string.h>

extern const char asset_coverage_css[];

static void put_point(struct text *text, const struct sheet_point *each)
{
    struct text words autotext = {0};

    sheet_words(each, &words);
    html_words(text, text_str(&words));
}

/* --- what became of each line --- */

enum line_state { LINE_PLAIN, LINE_COVERED, LINE_PARTLY, LINE_MISSED };

static const struct {
    const char *name, *sign, *title;
} states[] = {
    [LINE_PLAIN] = {"plain", "", ""},
    [LINE_COVERED] = {"covered", "", ""},
    [LINE_PARTLY] = {"partly", "◐ ", "a branch was missed"},
    [LINE_MISSED] = {"missed", "✗ ", "never ran"},
};

struct line {
    const char *text;
    size_t len;
    const struct sheet_point *step; /* the innermost one it belongs to */
    bool has_news;
};

struct lines {
    struct line *items; /* line 1 is items[0] */
    size_t len, cap;
};

static void split(const struct sheet_file *file, struct lines *lines)
{
    const char *at = file->text, *end = file->text + file->len;

    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((stop ? stop : end) - at);

        lines->items = mem_grow(lines->items, lines->len, &lines->cap, sizeof(*lines->items));
        lines->items[lines->len++] =
            (struct line){at, len && at[len - 1] == '\r' ? len - 1 : len, NULL, false};
        at = stop ? stop + 1 : end;
    }
}

static size_t indent_of(const struct line *line)
{
    size_t indent = 0;

    while (indent < line->len && line->text[indent] == ' ')
        indent++;
    return indent;
}

/* Blank or a comment: it belongs to what comes after it. */
static bool says_nothing(const struct line *line)
{
    size_t indent = indent_of(line);

    return indent == line->len || line->text[indent] == '#';
}

/* A step's lines are those that stand at least as deep as its first key. */
static void mark_step(struct lines *lines, const struct sheet_point *step)
{
    size_t first = step->point.line - 1, depth = step->point.column - 1, end = first + 1;

    for (size_t i = end; i < lines->len; i++) {
        if (says_nothing(&lines->items[i]) && indent_of(&lines->items[i]) < depth)
            continue;
        if (indent_of(&lines->items[i]) < depth)
            break;
        end = i + 1;
    }
    while (end > first + 1 && says_nothing(&lines->items[end - 1]))
        end--;
    for (size_t i = first; i < end && i < lines->len; i++)
        lines->items[i].step = step;
}

static void mark(struct lines *lines, const struct sheet_file *file)
{
    for (size_t i = 0; i < file->count; i++) {
        const struct sheet_point *each = &file->points[i];

        if (!each->point.line || each->point.line > lines->len)
            continue;
        if (each->point.type == POINT_RAN)
            mark_step(lines, each);
        lines->items[each->point.line - 1].has_news |= sheet_is_news(each);
    }
}

static enum line_state state_of(const struct line *line)
{
    if (line->step && !line->step->hits)
        return LINE_MISSED;
    if (line->has_news)
        return LINE_PARTLY;
    return line->step ? LINE_COVERED : LINE_PLAIN;
}

/* --- the source --- */

static void put_notes(struct text *text, const struct sheet_file *file, size_t number, size_t *next)
{
    bool has_any = false;

    for (; *next < file->count && file->points[*next].point.line <= number; ++*next) {
        const struct sheet_point *each = &file->points[*next];

        if (!sheet_is_news(each) || each->point.line != number)
            continue;
        text_puts(text, has_any ? "<li>" : "<ul><li>");
        put_point(text, each);
        text_puts(text, "</li>");
        has_any = true;
    }
    text_puts(text, has_any ? "</ul>" : "");
}

static void put_runs(struct text *text, const struct line *line, enum line_state state)
{
    text_puts(text, "<td class=\"runs\">");
    if (*states[state].sign)
        text_printf(text, "<span title=\"%s\">%s</span>", states[state].title, states[state].sign);
    if (line->step)
        text_printf(text, "%llu", (unsigned long long)line->step->hits);
    text_puts(text, "</td>");
}

static void put_source(struct text *text, const struct sheet_file *file, size_t index)
{
    struct lines lines = {0};
    size_t next = 0;

    split(file, &lines);
    mark(&lines, file);
    text_puts(text, "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"Source of ");
    html_text(text, file->path);
    text_puts(text, "\">\n<table class=\"source\">\n<thead><tr><th scope=\"col\">Line</th>"
                    "<th scope=\"col\">Scenarios</th><th scope=\"col\">Source</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < lines.len; i++) {
        const struct line *line = &lines.items[i];
        enum line_state state = state_of(line);

        text_printf(text,
            "<tr id=\"f%zu-%zu\" class=\"%s\"><td class=\"number\"><a href=\"#f%zu-%zu\">%zu</a>"
            "</td>",
            index, i + 1, states[state].name, index, i + 1, i + 1);
        put_runs(text, line, state);
        text_puts(text, "<td class=\"line\"><code>");
        html_bytes(text, line->text, line->len);
        text_puts(text, "</code>");
        put_notes(text, file, i + 1, &next);
        text_puts(text, "</td></tr>\n");
    }
    text_puts(text, "</tbody>\n</table>\n</div>\n");
    free(lines.items);
}

/* --- figures --- */

static const char *class_of(const struct coverage_figure *figure)
{
    return figure->covered == figure->total ? "whole" : figure->covered ? "part" : "nothing";
}

static void put_figure(struct text *text, const struct coverage_figure *figure)
{
    if (!figure->total)
        text_puts(text, "<td class=\"figure\">none</td>");
    else
        text_printf(text, "<td class=\"figure %s\">%zu of %zu, %d %%</td>", class_of(figure), figure->covered,
            figure->total, coverage_percent(figure));
}

static void put_files(struct text *text, const struct coverage_sheet *sheet)
{
    text_puts(text,
        "<table class=\"files\">\n<thead><tr><th scope=\"col\">File</th><th scope=\"col\" "
        "class=\"figure\">Steps</th><th scope=\"col\" class=\"figure\">Branches</th></tr></thead>\n"
        "<tbody>\n");
    for (size_t i = 0; i < sheet->count; i++) {
        text_printf(text, "<tr><th scope=\"row\"><a href=\"#f%zu\">", i);
        html_text(text, sheet->files[i].path);
        text_puts(text, "</a></th>");
        put_figure(text, &sheet->files[i].steps);
        put_figure(text, &sheet->files[i].branches);
        text_puts(text, "</tr>\n");
    }
    text_puts(text, "</tbody>\n<tfoot><tr><th scope=\"row\">All together</th>");
    put_figure(text, &sheet->steps);
    put_figure(text, &sheet->branches);
    text_puts(text, "</tr></tfoot>\n</table>\n");
}

static size_t count_news(const struct sheet_file *file)
{
    size_t count = 0;

    for (size_t i = 0; i < file->count; i++)
        count += sheet_is_news(&file->points[i]);
    return count;
}

static void put_missing(struct text *text, const struct sheet_file *file, size_t index)
{
    size_t count = count_news(file);

    if (!count) {
        text_puts(text, "<p class=\"whole\">Every step and every branch was reached.</p>\n");
        return;
    }
    text_printf(text, "<details open><summary>%zu missed</summary>\n<ul class=\"missing\">\n", count);
    for (size_t i = 0; i < file->count; i++) {
        const struct point *point = &file->points[i].point;

        if (!sheet_is_news(&file->points[i]))
            continue;
        text_printf(text, "<li><a href=\"#f%zu-%u\">line %u</a>: ", index, point->line, point->line);
        if (*sheet_step(&file->points[i])) {
            html_text(text, point->owner);
            text_puts(text, ": ");
        }
        put_point(text, &file->points[i]);
        text_puts(text, "</li>\n");
    }
    text_puts(text, "</ul></details>\n");
}

/* --- the page --- */

static void put_file(struct text *text, const struct sheet_file *file, size_t index)
{
    text_printf(text, "<section id=\"f%zu\">\n<h2>", index);
    html_text(text, file->path);
    text_puts(text, "</h2>\n");
    put_missing(text, file, index);
    put_source(text, file, index);
    text_puts(text, "</section>\n");
}

void coverage_html(const struct coverage_sheet *sheet, struct text *text)
{
    html_begin(text, "Coverage of runbooks", asset_coverage_css, NULL);
    text_puts(text,
        "<header>\n<h1>Coverage of runbooks by their scenarios</h1>\n"
        "<p>A branch is a way a run can go that somebody wrote down: a condition, a repair, a time that "
        "runs out, an answer, a page.</p>\n</header>\n<main>\n");
    put_files(text, sheet);
    for (size_t i = 0; i < sheet->count; i++)
        put_file(text, &sheet->files[i], i);
    text_puts(text, "</main>\n");
    html_end(text, NULL);
}
