/* The account of all books, file by file, and how it is told as text and as JSON. */
#include "report/coverage_inside.h"

#include "base/map.h"

#include <string.h>

/* --- putting books together --- */

/* The index of the file. */
static size_t file_of(struct coverage_sheet *sheet, struct map *known, const struct points_file *from)
{
    size_t number = (size_t)(uintptr_t)map_get(known, from->path);

    if (number)
        return number - 1;
    sheet->files = mem_grow(sheet->files, sheet->count, &sheet->cap, sizeof(*sheet->files));
    sheet->files[sheet->count++] = (struct sheet_file){.path = arena_strdup(&sheet->arena, from->path),
        .text = arena_strndup(&sheet->arena, from->text, from->len),
        .len = from->len};
    map_put(known, from->path, (void *)(uintptr_t)sheet->count);
    return sheet->count - 1;
}

/* One point of a file is the same in every book. */
static struct sheet_point *point_of(
    struct coverage_sheet *sheet, struct sheet_file *file, struct map *known, const struct point *from)
{
    char *key autofree = mem_printf("%s:%d:%u:%s", file->path, (int)from->type, from->number, from->owner);
    size_t at = (size_t)(uintptr_t)map_get(known, key);
    struct sheet_point *point;

    if (at)
        return &file->points[at - 1];
    file->points = mem_grow(file->points, file->count, &file->cap, sizeof(*file->points));
    point = &file->points[file->count++];
    *point = (struct sheet_point){.point = *from};
    point->point.owner = arena_strdup(&sheet->arena, from->owner);
    point->point.subject = arena_strdup(&sheet->arena, from->subject);
    map_put(known, key, (void *)(uintptr_t)file->count);
    return point;
}

/* What is known already: paths of files, and what names a point. */
struct known {
    struct map files, points;
};

static void add_coverage(struct coverage_sheet *sheet, struct known *known, const struct coverage *coverage)
{
    const struct points *points = &coverage->points;
    size_t *files autofree = mem_alloc((points->file_count + 1) * sizeof(*files));

    for (size_t i = 0; i < points->file_count; i++)
        files[i] = file_of(sheet, &known->files, &points->files[i]);
    for (size_t i = 0; i < points->len; i++) {
        struct sheet_file *file = &sheet->files[files[points->items[i].file]];

        point_of(sheet, file, &known->points, &points->items[i])->hits += coverage->hits[i];
    }
}

/* A step that never ran says it for all its branches. */
static void imply(struct sheet_file *file)
{
    struct map idle = {0};

    for (size_t i = 0; i < file->count; i++)
        if (file->points[i].point.type == POINT_RAN && !file->points[i].hits)
            map_put(&idle, file->points[i].point.owner, &file->points[i]);
    for (size_t i = 0; i < file->count; i++) {
        struct sheet_point *step = map_get(&idle, sheet_step(&file->points[i]));

        if (!step || step == &file->points[i] || file->points[i].hits)
            continue;
        file->points[i].is_implied = true;
        step->implied++;
    }
    map_fini(&idle);
}

static int compare(const void *left, const void *right)
{
    const struct point *a = &((const struct sheet_point *)left)->point,
                       *b = &((const struct sheet_point *)right)->point;

    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    return (a->type > b->type) - (a->type < b->type);
}

static void count(struct coverage_sheet *sheet, struct sheet_file *file)
{
    for (size_t i = 0; i < file->count; i++) {
        bool is_step = file->points[i].point.type == POINT_RAN, is_covered = file->points[i].hits > 0;
        struct coverage_figure *own = is_step ? &file->steps : &file->branches,
                               *all = is_step ? &sheet->steps : &sheet->branches;

        own->total++;
        all->total++;
        own->covered += is_covered;
        all->covered += is_covered;
    }
}

struct coverage_sheet *coverage_sheet_new(struct coverage *const *coverages, size_t count_)
{
    struct coverage_sheet *sheet = mem_alloc(sizeof(*sheet));
    struct known known = {0};

    for (size_t i = 0; i < count_; i++)
        add_coverage(sheet, &known, coverages[i]);
    map_fini(&known.files);
    map_fini(&known.points);
    for (size_t i = 0; i < sheet->count; i++) {
        if (sheet->files[i].count)
            qsort(sheet->files[i].points, sheet->files[i].count, sizeof(struct sheet_point), compare);
        count(sheet, &sheet->files[i]);
        imply(&sheet->files[i]);
    }
    return sheet;
}

void coverage_sheet_free(struct coverage_sheet *sheet)
{
    if (!sheet)
        return;
    for (size_t i = 0; i < sheet->count; i++)
        free(sheet->files[i].points);
    free(sheet->files);
    arena_fini(&sheet->arena);
    free(sheet);
}

/* --- figures and words --- */

int coverage_percent(const struct coverage_figure *figure)
{
    return figure->total ? (int)(figure->covered * 100 / figure->total) : 100;
}

void coverage_totals(const struct coverage_sheet *sheet, struct coverage_figure *ret_steps,
    struct coverage_figure *ret_branches)
{
    *ret_steps = sheet->steps;
    *ret_branches = sheet->branches;
}

bool sheet_is_news(const struct sheet_point *each)
{
    return !each->hits && !each->is_implied;
}

/* A policy is named by what is said of it. */
const char *sheet_step(const struct sheet_point *each)
{
    return each->point.type < POINT_PAGED ? each->point.owner : "";
}

void sheet_words(const struct sheet_point *each, struct text *text)
{
    if (*each->point.subject)
        text_printf(text, "%s: ", each->point.subject);
    text_puts(text, point_text(each->point.type));
    if (each->implied)
        text_printf(text, ", and %zu %s with it", each->implied, each->implied == 1 ? "branch" : "branches");
}

/* --- text --- */

static enum ink ink_of(const struct coverage_figure *figure)
{
    return figure->covered == figure->total ? INK_GOOD : figure->covered ? INK_WARN : INK_BAD;
}

static void put_figure(
    const struct paint *paint, const char *name, const struct coverage_figure *figure, struct text *text)
{
    char own[64];

    if (!figure->total) {
        text_printf(text, "  %s %12s", name, "-");
        return;
    }
    snprintf(own, sizeof(own), "%zu/%zu", figure->covered, figure->total);
    text_printf(text, "  %s %7s ", name, own);
    paint_printf(paint, text, ink_of(figure), "%3d %%", coverage_percent(figure));
}

static void put_line(const struct paint *paint, const char *name, size_t width,
    const struct coverage_figure *steps, const struct coverage_figure *branches, struct text *text)
{
    struct text safe autotext = {0};

    safe_line(&safe, name, strlen(name));
    cell(paint, text, text_str(&safe), width);
    put_figure(paint, "steps", steps, text);
    put_figure(paint, "branches", branches, text);
    text_putc(text, '\n');
}

static void put_missed(const struct paint *paint, const struct sheet_file *file, struct text *text)
{
    for (size_t i = 0; i < file->count; i++) {
        const struct point *point = &file->points[i].point;
        struct text line autotext = {0};

        if (!sheet_is_news(&file->points[i]))
            continue;
        safe_line(&line, file->path, strlen(file->path));
        text_printf(&line, ":%u: ", point->line);
        paint_puts(paint, text, INK_DIM, text_str(&line));
        if (*sheet_step(&file->points[i]))
            text_printf(text, "%s: ", point->owner);
        sheet_words(&file->points[i], text);
        text_putc(text, '\n');
    }
}

static const char total[] = "all together";

void coverage_text(const struct coverage_sheet *sheet, const struct paint *paint, struct text *text)
{
    size_t width = strlen(total);

    for (size_t i = 0; i < sheet->count; i++) {
        size_t own = utf8_width(sheet->files[i].path, strlen(sheet->files[i].path));

        width = own > width ? own : width;
    }
    for (size_t i = 0; i < sheet->count; i++)
        put_line(paint, sheet->files[i].path, width, &sheet->files[i].steps, &sheet->files[i].branches, text);
    if (sheet->count > 1)
        put_line(paint, total, width, &sheet->steps, &sheet->branches, text);
    for (size_t i = 0; i < sheet->count; i++)
        put_missed(paint, &sheet->files[i], text);
}

/* --- JSON --- */

static json_t *figure_json(const struct coverage_figure *figure)
{
    return json_pack("{s:I, s:I, s:i}", "covered", (json_int_t)figure->covered, "total",
        (json_int_t)figure->total, "percent", coverage_percent(figure));
}

static json_t *point_json(const struct sheet_point *each)
{
    const struct point *point = &each->point;
    json_t *json = json_pack("{s:I, s:s, s:s, s:I}", "line", (json_int_t)point->line, "of", point->owner,
        "what", point_name(point->type), "runs", (json_int_t)each->hits);
    struct text words autotext = {0};

    if (!each->hits) {
        sheet_words(each, &words);
        json_object_set_new(json, "missed", value_string(text_str(&words), words.len));
    }
    return json;
}

static json_t *file_json(const struct sheet_file *file)
{
    json_t *points = json_array();

    for (size_t i = 0; i < file->count; i++)
        json_array_append_new(points, point_json(&file->points[i]));
    return json_pack("{s:o, s:o, s:o, s:o}", "file", value_string(file->path, strlen(file->path)), "steps",
        figure_json(&file->steps), "branches", figure_json(&file->branches), "points", points);
}

json_t *coverage_json(const struct coverage_sheet *sheet)
{
    json_t *files = json_array();

    for (size_t i = 0; i < sheet->count; i++)
        json_array_append_new(files, file_json(&sheet->files[i]));
    return json_pack("{s:o, s:o, s:o}", "files", files, "steps", figure_json(&sheet->steps), "branches",
        figure_json(&sheet->branches));
}
