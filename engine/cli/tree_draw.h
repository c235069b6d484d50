/* tree_draw: the board as lines: a title, and one line for each step that there is room for. */
#ifndef CLI_TREE_DRAW_H
#define CLI_TREE_DRAW_H

#include "cli/board.h"
#include "cli/line.h"

struct tree_drawing {
    const struct board *board;
    const struct line_style *style;
    const char *run_id;
    int64_t now_us; /* mono */
    size_t spin;    /* which picture of the spinner */
};

void tree_draw_title(const struct tree_drawing *drawing, struct frame *frame);
/* At most `rows` lines: what is under way stays, what is finished or to come is folded. */
void tree_draw_steps(const struct tree_drawing *drawing, size_t rows, struct frame *frame);

#endif
