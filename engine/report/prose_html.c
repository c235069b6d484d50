#include "report/html.h"
#include "report/paint.h"
#include "report/prose.h"

#include <string.h>

static void heading(struct text *text, int level, const char *words)
{
    text_printf(text, "<h%d>", level);
    html_words(text, words);
    text_printf(text, "</h%d>\n", level);
}

static void paragraph(struct text *text, const char *words)
{
    text_puts(text, "<p>");
    html_words(text, words);
    text_puts(text, "</p>\n");
}

static void blank(struct text *text, const char *words)
{
    text_puts(text, "<p class=\"blank\"><b>To fill in:</b> ");
    html_words(text, words);
    text_puts(text, "</p>\n");
}

static void list(struct text *text)
{
    text_puts(text, "<ul>\n");
}

static void item(struct text *text, const char *words)
{
    text_puts(text, "<li>");
    html_words(text, words);
    text_puts(text, "</li>\n");
}

static void list_end(struct text *text)
{
    text_puts(text, "</ul>\n");
}

static void cells_of(struct text *text, const char *tag, const char *const *cells, size_t columns)
{
    text_puts(text, "<tr>");
    for (size_t i = 0; i < columns; i++) {
        text_printf(text, "<%s>", tag);
        html_words(text, cells[i]);
        text_printf(text, "</%.2s>", tag);
    }
    text_puts(text, "</tr>\n");
}

static void table(struct text *text, const char *const *heads, size_t columns)
{
    text_printf(text, "<table class=\"%s\">\n", heads ? "plain" : "pairs");
    if (heads) {
        text_puts(text, "<thead>");
        cells_of(text, "th scope=\"col\"", heads, columns);
        text_puts(text, "</thead>\n");
    }
    text_puts(text, "<tbody>\n");
}

static void row(struct text *text, const char *const *cells, size_t columns)
{
    cells_of(text, "td", cells, columns);
}

static void table_end(struct text *text)
{
    text_puts(text, "</tbody>\n</table>\n");
}

static void code(struct text *text, const char *bytes, size_t len)
{
    autotext struct text shown = {0};
    safe_block(&shown, bytes, len);
    text_puts(text, "<pre tabindex=\"0\">");
    html_bytes(text, text_str(&shown), shown.len);
    text_puts(text, "</pre>\n");
}

const struct prose_ops prose_html = {
    .heading = heading,
    .paragraph = paragraph,
    .blank = blank,
    .list = list,
    .item = item,
    .list_end = list_end,
    .table = table,
    .row = row,
    .table_end = table_end,
    .code = code,
};
