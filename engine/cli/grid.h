/* grid: rows of cells as aligned columns, fitted to a terminal. */
#ifndef CLI_GRID_H
#define CLI_GRID_H

#include "base/mem.h"
#include "cli/verb.h"
#include "report/paint.h"

struct column {
    const char *title;
    bool is_right; /* figures */
    size_t least;  /* columns it may be squeezed to; 0 = never squeezed */
};

struct grid {
    const struct column *columns;
    size_t column_count;
    struct grid_cell *cells; /* row after row */
    size_t len, cap;
    struct arena arena;
};

/* `columns` must outlive the grid. */
void grid_init(struct grid *grid, const struct column *columns, size_t column_count);
void grid_fini(struct grid *grid);
/* The next cell, from left to right, row after row. The string is made harmless and copied. */
void grid_add(struct grid *grid, enum ink ink, const char *string);
/* Width 0: as wide as needed. */
void grid_print(const struct grid *grid, const struct paint *paint, size_t width, FILE *stream);

/* How this invocation may paint on stdout. */
struct paint cli_paint(const struct cli *cli);
/* Print and empty. */
void cli_print(struct text *text);
/* One line of JSON; takes the reference. */
void cli_print_json(json_t *value);
/* "just now", "3 min ago", "yesterday 14:02", "2026-11-19 14:02". */
const char *cli_ago(int64_t wall_us, int64_t now_us, char *ret, size_t size);

#endif
