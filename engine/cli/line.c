#include "cli/line.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct line line_begin(struct frame *frame, const struct line_style *style)
{
    return (struct line){
        .style = style, .to = frame_add(frame), .room = style->width > 1 ? style->width - 1 : 1};
}

void line_put(struct line *line, enum ink ink, const char *text)
{
    struct text cut autotext = {0};
    size_t used = clip(&line->style->paint, &cut, text, line->room);

    paint_puts(&line->style->paint, &line->to->text, ink, text_str(&cut));
    line->to->width += used;
    line->room -= used;
}

void line_printf(struct line *line, enum ink ink, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    line_put(line, ink, text);
}

void line_put_raw(struct line *line, enum ink ink, const char *bytes, size_t len)
{
    struct text safe autotext = {0};

    safe_line(&safe, bytes, len);
    line_put(line, ink, text_str(&safe));
}

void line_fill(struct line *line, size_t columns)
{
    while (line->room > columns) {
        text_putc(&line->to->text, ' ');
        line->to->width++;
        line->room--;
    }
}
