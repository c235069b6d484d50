/* screen: the last rows of a terminal, redrawn in place without flicker. What has scrolled away is never
 * touched. */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include "base/text.h"

struct screen;

/* What is to be seen. Lines hold no control characters but colours, and fit into the width. */
struct frame {
    struct frame_line {
        struct text text;
        size_t width; /* columns */
    } * lines;
    size_t len, cap;
    bool has_cursor; /* show it at this place */
    size_t cursor_row, cursor_column;
};

void frame_fini(struct frame *frame);
void frame_clear(struct frame *frame);
/* A new empty line at the end. */
struct frame_line *frame_add(struct frame *frame);

/* `keys`: stdin gives single keys without echo (Ctrl-C stays a signal). The terminal is put back by
 * screen_close, and also when the program crashes. */
struct screen *screen_open(int fd, bool keys);
void screen_close(struct screen *screen);
/* After SIGWINCH. */
void screen_resized(struct screen *screen);
size_t screen_width(const struct screen *screen);
size_t screen_height(const struct screen *screen);
/* At most screen_height - 1 lines. Only lines that differ are written; everything in one write. */
void screen_draw(struct screen *screen, const struct frame *frame);
/* Text that scrolls up for good; the frame goes on below it. */
void screen_print(struct screen *screen, const char *text);
/* Take the frame away; what is printed next stands in its place. */
void screen_erase(struct screen *screen);

#endif
