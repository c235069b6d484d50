/* CommonMark with the tables of GitHub. */
#include "report/prose.h"

#include "report/paint.h"

#include <string.h>

/* What means something within a line. */
static void put_plain(struct text *text, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (strchr("\\`*_[]<>|~&$", bytes[i]))
            text_putc(text, '\\');
        text_putc(text, bytes[i]);
    }
}

/* Between backquotes a backslash is a backslash; but a bar would end a table's cell even there. */
static void put_code(struct text *text, const char *bytes, size_t len)
{
    text_putc(text, '`');
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '|')
            text_putc(text, '\\');
        text_putc(text, bytes[i]);
    }
    text_putc(text, '`');
}

static void put_words(struct text *text, const char *words)
{
    autotext struct text line = {0};
    safe_line(&line, words, strlen(words));
    const char *at = text_str(&line);
    for (const char *open; (open = strchr(at, '`')) && strchr(open + 1, '`');) {
        const char *close = strchr(open + 1, '`');
        put_plain(text, at, (size_t)(open - at));
        if (close > open + 1)
            put_code(text, open + 1, (size_t)(close - open - 1));
        else
            text_puts(text, "\\`\\`");
        at = close + 1;
    }
    put_plain(text, at, strlen(at));
}

/* Where a line begins, more means something: "# ", "- ", "+ ", "= ", "1. ", four spaces. */
static void put_block(struct text *text, const char *words)
{
    words += strspn(words, " \t\r\n");
    size_t digits = strspn(words, "0123456789");
    if (digits && digits < 10 && (words[digits] == '.' || words[digits] == ')')) {
        text_add(text, words, digits);
        text_putc(text, '\\');
        text_putc(text, words[digits]);
        words += digits + 1;
    } else if (*words && strchr("#-+=", *words)) {
        text_putc(text, '\\');
        text_putc(text, *words++);
    }
    put_words(text, words);
}

static void heading(struct text *text, int level, const char *words)
{
    text_printf(text, "%.*s ", level, "######");
    put_words(text, words);
    text_puts(text, "\n\n");
}

static void paragraph(struct text *text, const char *words)
{
    put_block(text, words);
    text_puts(text, "\n\n");
}

static void blank(struct text *text, const char *words)
{
    text_puts(text, "*To fill in:* ");
    put_words(text, words);
    text_puts(text, "\n\n");
}

static void list(struct text *text)
{
    (void)text;
}

static void item(struct text *text, const char *words)
{
    text_puts(text, "- ");
    put_block(text, words);
    text_putc(text, '\n');
}

static void end(struct text *text)
{
    text_putc(text, '\n');
}

static void row(struct text *text, const char *const *cells, size_t columns)
{
    text_putc(text, '|');
    for (size_t i = 0; i < columns; i++) {
        text_putc(text, ' ');
        put_words(text, cells ? cells[i] : "");
        text_puts(text, " |");
    }
    text_putc(text, '\n');
}

static void table(struct text *text, const char *const *heads, size_t columns)
{
    row(text, heads, columns);
    text_putc(text, '|');
    for (size_t i = 0; i < columns; i++)
        text_puts(text, "---|");
    text_putc(text, '\n');
}

/* Indented, for whatever it prints: there is nothing that could end the block. */
static void code(struct text *text, const char *bytes, size_t len)
{
    autotext struct text shown = {0};
    safe_block(&shown, bytes, len);
    const char *at = text_str(&shown);
    while (*at) {
        size_t line = strcspn(at, "\n");
        text_puts(text, "    ");
        text_add(text, at, line);
        text_putc(text, '\n');
        at += line + (at[line] == '\n');
    }
    text_putc(text, '\n');
}

const struct prose_ops prose_markdown = {
    .heading = heading,
    .paragraph = paragraph,
    .blank = blank,
    .list = list,
    .item = item,
    .list_end = end,
    .table = table,
    .row = row,
    .table_end = end,
    .code = code,
};
