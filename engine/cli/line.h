/* line: one row of a terminal, filled from the left, cut where it is full. */
#ifndef CLI_LINE_H
#define CLI_LINE_H

#include "cli/screen.h"
#include "report/paint.h"

/* How all lines of a frame are made. */
struct line_style {
    struct paint paint;
    size_t width;
};

struct line {
    const struct line_style *style;
    struct frame_line *to;
    size_t room; /* columns left */
};

/* A new line at the end of the frame. The last column stays free: a full row would put some terminals in
 * doubt. */
struct line line_begin(struct frame *frame, const struct line_style *style);
/* Harmless text; what does not fit ends in an ellipsis. */
void line_put(struct line *line, enum ink ink, const char *text);
void line_printf(struct line *line, enum ink ink, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Bytes of unknown origin, made harmless. */
void line_put_raw(struct line *line, enum ink ink, const char *bytes, size_t len);
/* Spaces up to `columns` before the right end, for what is put flush right. */
void line_fill(struct line *line, size_t columns);

#endif
