/* place: from a place in an expression's text to the place in the runbook where its author wrote it. YAML
 * folds lines, takes indentation away and knows escapes, so both are read side by side, as far as they agree.
 */
#include "script/sandbox.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A place in a source. */
struct cursor {
    const char *at;
    uint32_t line, column;
};

static void advance(struct cursor *cursor)
{
    if (*cursor->at == '\n') {
        cursor->line++;
        cursor->column = 1;
        cursor->at++;
        return;
    }
    cursor->column++;
    for (cursor->at++; ((unsigned char)*cursor->at & 0xC0) == 0x80; cursor->at++)
        ;
}

static void skip_blank(struct cursor *cursor)
{
    while (isspace((unsigned char)*cursor->at))
        advance(cursor);
}

/* Where the text of the expression begins: a block scalar begins in the line after its | or >. */
static struct cursor start_of(const struct expr *expr)
{
    struct cursor cursor = {expr->pos.source ? expr->pos.source->text : expr->text, 1, 1};

    if (!expr->pos.source)
        return (struct cursor){expr->text, expr->pos.line, expr->pos.column};
    while (*cursor.at && (cursor.line < expr->pos.line || cursor.column < expr->pos.column))
        advance(&cursor);
    if (*cursor.at == '|' || *cursor.at == '>')
        while (*cursor.at && *cursor.at != '\n')
            advance(&cursor);
    return cursor;
}

static uint32_t characters(const char *from, size_t len)
{
    uint32_t count = 0;

    for (size_t i = 0; i < len; i++)
        count += ((unsigned char)from[i] & 0xC0) != 0x80;
    return count;
}

struct pos expr_pos(const struct expr *expr, const char *token, size_t len)
{
    struct cursor cursor = start_of(expr);
    struct pos pos = expr->pos;

    skip_blank(&cursor);
    for (const char *at = expr->text + strspn(expr->text, " \t\r\n"); at < token;) {
        if (strchr(" \t\r\n", *at)) { /* isspace knows more, and at would not move */
            skip_blank(&cursor);
            at += strspn(at, " \t\r\n");
        } else if (*at == *cursor.at) {
            const char *before = cursor.at;

            advance(&cursor);
            at += cursor.at - before;
        } else {
            return expr->pos;
        }
    }
    if (strncmp(cursor.at, token, len) != 0)
        return expr->pos;
    pos.line = cursor.line;
    pos.column = cursor.column;
    pos.length = characters(token, len);
    return pos;
}

struct pos expr_line(const struct expr *expr, int line)
{
    const char *at = expr->text;

    for (; line > 1; line--) {
        const char *next = strchr(at, '\n');

        if (!next) /* Lua may name the line after the last one: we put a bracket there */
            break;
        at = next + 1;
    }
    at += strspn(at, " \t\r\n");
    return at == expr->text || !*at ? expr->pos : expr_pos(expr, at, 1);
}

const char *expr_message(const char *message, int *ret_line)
{
    char *end;
    long line;

    *ret_line = 1;
    if (strncmp(message, "expr:", 5) != 0)
        return message;
    line = strtol(message + 5, &end, 10);
    if (end[0] != ':' || end[1] != ' ')
        return message;
    *ret_line = (int)line;
    return end + 2;
}
