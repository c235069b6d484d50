#include "cli/grid.h"

#include "base/clock.h"

#include <assert.h>
#include <string.h>

struct grid_cell {
    const char *text;
    enum ink ink;
};

void grid_init(struct grid *grid, const struct column *columns, size_t column_count)
{
    *grid = (struct grid){.columns = columns, .column_count = column_count};
}

void grid_fini(struct grid *grid)
{
    free(grid->cells);
    arena_fini(&grid->arena);
}

void grid_add(struct grid *grid, enum ink ink, const char *string)
{
    struct text line autotext = {0};

    safe_line(&line, string, strlen(string));
    grid->cells = mem_grow(grid->cells, grid->len, &grid->cap, sizeof(*grid->cells));
    grid->cells[grid->len++] = (struct grid_cell){arena_strdup(&grid->arena, text_str(&line)), ink};
}

static size_t width_of(const char *string)
{
    return utf8_width(string, strlen(string));
}

/* The widths that the content wants, squeezed where that is allowed until the line fits. */
static void measure(const struct grid *grid, size_t width, size_t *widths)
{
    size_t total = 2 * (grid->column_count - 1);

    for (size_t c = 0; c < grid->column_count; c++)
        widths[c] = width_of(grid->columns[c].title);
    for (size_t i = 0; i < grid->len; i++) {
        size_t want = width_of(grid->cells[i].text), c = i % grid->column_count;

        if (want > widths[c])
            widths[c] = want;
    }
    for (size_t c = 0; c < grid->column_count; c++)
        total += widths[c];
    for (size_t c = grid->column_count; width && total > width && c-- > 0;) {
        size_t least = grid->columns[c].least, over = total - width;

        if (!least || widths[c] <= least)
            continue;
        over = over > widths[c] - least ? widths[c] - least : over;
        widths[c] -= over;
        total -= over;
    }
}

static void print_cell(const struct grid *grid, const struct paint *paint, const struct grid_cell *item,
    size_t c, size_t width, struct text *line)
{
    struct text fitted autotext = {0};
    size_t used = clip(paint, &fitted, item->text, width);
    bool is_last = c + 1 == grid->column_count;
    int pad = (int)(width - used);

    if (grid->columns[c].is_right)
        text_printf(line, "%*s", pad, "");
    paint_puts(paint, line, item->ink, text_str(&fitted));
    if (!grid->columns[c].is_right && !is_last)
        text_printf(line, "%*s", pad, "");
    text_puts(line, is_last ? "\n" : "  ");
}

void grid_print(const struct grid *grid, const struct paint *paint, size_t width, FILE *stream)
{
    size_t *widths autofree = mem_alloc(grid->column_count * sizeof(*widths));
    struct text all autotext = {0};

    assert(grid->column_count > 0);
    measure(grid, width, widths);
    for (size_t c = 0; c < grid->column_count; c++)
        print_cell(grid, paint, &(struct grid_cell){grid->columns[c].title, INK_DIM}, c, widths[c], &all);
    for (size_t i = 0; i < grid->len; i++) {
        size_t c = i % grid->column_count;

        print_cell(grid, paint, &grid->cells[i], c, widths[c], &all);
    }
    fwrite(text_str(&all), 1, all.len, stream);
}

struct paint cli_paint(const struct cli *cli)
{
    return (struct paint){.colour = cli_color(cli, stdout), .ascii = !cli_utf8()};
}

void cli_print(struct text *text)
{
    fwrite(text_str(text), 1, text->len, stdout);
    text_clear(text);
}

void cli_print_json(json_t *value)
{
    json_dumpf(value, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
    putchar('\n');
    json_decref(value);
}

const char *cli_ago(int64_t wall_us, int64_t now_us, char *ret, size_t size)
{
    int64_t s = (now_us - wall_us) / 1000000;
    char local[INSTANT_TEXT_SIZE], today[INSTANT_TEXT_SIZE];

    instant_local(wall_us, true, local);
    instant_local(now_us, true, today);
    if (s < 0 || s >= 86400)
        snprintf(ret, size, "%.16s", local); /* without the seconds */
    else if (s < 5)
        snprintf(ret, size, "just now");
    else if (s < 60)
        snprintf(ret, size, "%d s ago", (int)s);
    else if (s < 3600)
        snprintf(ret, size, "%d min ago", (int)(s / 60));
    else if (strncmp(local, today, 10) == 0)
        snprintf(ret, size, "today %.5s", local + 11);
    else
        snprintf(ret, size, "yesterday %.5s", local + 11);
    return ret;
}
