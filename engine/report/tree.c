#include "report/tree.h"

#include "report/moment.h"
#include "report/story.h"
#include "report/words.h"

#include <string.h>

enum { ROWS_SHOWN = 200 };

struct tree {
    const struct facts *facts;
    const struct tree_options *options;
    struct text *text;
};

static void detail(const struct tree *t, const struct row *row, enum ink ink, const char *words)
{
    autotext struct text line = {0};
    size_t indent = row->depth * 2 + 4;
    size_t width = t->options->width > indent + 20 ? t->options->width - indent : 20;
    wrap(&line, words, width, indent);
    text_printf(t->text, "%*s", (int)indent, "");
    paint_puts(&t->options->paint, t->text, ink, text_str(&line));
    text_putc(t->text, '\n');
}

/* While the step is open: afterwards all of them have been done. */
static bool draw_points(const struct tree *t, const struct row *row)
{
    const json_t *points = json_object_get(row->ask, "checklist"),
                 *ticked = json_object_get(row->ask, "ticked");
    if (!row->is_open || !json_object_size(ticked))
        return false;
    for (size_t i = 0; i < json_array_size(points); i++) {
        autotext struct text line = {0};
        const char *point = json_string_value(json_array_get(points, i)), *by;
        char number[24];
        snprintf(number, sizeof(number), "%zu", i + 1);
        by = value_get_string(ticked, number);
        text_puts(&line, by ? "[x] " : "[ ] ");
        safe_line(&line, point ? point : "", point ? strlen(point) : 0);
        if (by && *by) {
            text_puts(&line, ", ");
            safe_line(&line, by, strlen(by));
        }
        detail(t, row, by ? INK_GOOD : INK_WARN, text_str(&line));
    }
    return true;
}

static void draw_question(const struct tree *t, const struct row *row)
{
    autotext struct text line = {0};
    const char *question = story_question(row);
    char took[MOMENT_TEXT_SIZE];
    if (!row->ask)
        return;
    if (*question) {
        text_puts(&line, "asked: ");
        safe_line(&line, question, strlen(question));
        detail(t, row, INK_NOTICE, text_str(&line));
        text_clear(&line);
    }
    if (*row->by || *row->decision) {
        text_printf(&line, "%s by ",
            !strcmp(row->decision, "approve") ? "approved"
            : !strcmp(row->decision, "deny")  ? "denied"
            : !strcmp(row->decision, "done")  ? "done"
                                              : "answered");
        safe_line(&line, *row->by ? row->by : "somebody", strlen(*row->by ? row->by : "somebody"));
        if (row->span_count && row->spans[0].to_us >= 0)
            text_printf(&line, " after %s", moment_took(row->spans[0].from_us, row->spans[0].to_us, took));
        detail(t, row, INK_GOOD, text_str(&line));
    } else if (row->is_open) {
        text_puts(&line, draw_points(t, row) ? "not all of it is done" : "nobody has answered yet");
        if (row->due_us > t->facts->end_us)
            text_printf(&line, ", %s left", moment_took(t->facts->end_us, row->due_us, took));
        detail(t, row, INK_WARN, text_str(&line));
    }
}

/* What was carried out is of interest where it went wrong or still goes on. */
static void draw_work(const struct tree *t, const struct row *row)
{
    autotext struct text line = {0};
    if (!*row->work || (row->status != STEP_FAILED && row->status != STEP_PENDING))
        return;
    text_puts(&line, "$ ");
    safe_line(&line, row->work, strlen(row->work));
    detail(t, row, INK_DIM, text_str(&line));
}

static void draw_failure(const struct tree *t, const struct row *row)
{
    autotext struct text line = {0};
    if (row->status == STEP_FAILED && !row->is_block) {
        failure_sentence(row->class_, row->exit_code, row->message, &line);
        if (row->class_ != FAIL_NONE)
            text_printf(&line, " (class %s)", fail_class_name(row->class_));
        detail(t, row, INK_BAD, text_str(&line));
    } else if (*row->message && row->status != STEP_SUCCEEDED && !row->is_block) {
        safe_line(&line, row->message, strlen(row->message));
        detail(t, row, INK_DIM, text_str(&line));
    }
}

static void draw_figures(const struct tree *t, const struct row *row)
{
    char took[MOMENT_TEXT_SIZE];
    if (row->status == STEP_SKIPPED) {
        paint_puts(&t->options->paint, t->text, INK_DIM, "  skipped");
    } else if (row->started_us >= 0 && !row->is_instant) {
        int64_t end = row->finished_us >= 0 ? row->finished_us : t->facts->end_us;
        moment_took(row->started_us, end, took);
        paint_printf(
            &t->options->paint, t->text, INK_DIM, "  %s%s", took, row->finished_us < 0 ? " so far" : "");
    }
    if (row->attempts > 1)
        paint_printf(&t->options->paint, t->text, row->is_polling ? INK_DIM : INK_WARN, "  %d %s",
            row->attempts, row->is_polling ? "looks" : "attempts");
    if (row->is_tolerated)
        paint_puts(&t->options->paint, t->text, INK_WARN, "  tolerated");
}

static void draw_step(const struct tree *t, const struct row *row)
{
    autotext struct text label = {0};
    text_printf(t->text, "%*s", (int)row->depth * 2 + 2, "");
    paint_puts(
        &t->options->paint, t->text, ink_of_step(row->status), sign_of_step(&t->options->paint, row->status));
    text_putc(t->text, ' ');
    safe_line(&label, row->label, strlen(row->label));
    text_puts(t->text, text_str(&label));
    if (*row->title && strcmp(row->title, row->label) != 0) {
        text_clear(&label);
        safe_line(&label, row->title, strlen(row->title));
        text_puts(t->text, "  ");
        paint_puts(&t->options->paint, t->text, INK_DIM, text_str(&label));
    }
    draw_figures(t, row);
    text_putc(t->text, '\n');
    draw_work(t, row);
    draw_question(t, row);
    draw_failure(t, row);
}

static void draw_escalation(const struct tree *t, const struct row *row)
{
    autotext struct text line = {0};
    text_puts(&line, "  ! escalation ");
    safe_line(&line, row->path, strlen(row->path));
    if (row->level > 0)
        text_printf(&line, ", level %d", row->level);
    if (row->acknowledged_us >= 0) {
        char took[MOMENT_TEXT_SIZE];
        text_puts(&line, ": acknowledged by ");
        safe_line(&line, *row->by ? row->by : "a step", strlen(*row->by ? row->by : "a step"));
        text_printf(&line, " after %s", moment_took(row->started_us, row->acknowledged_us, took));
        text_puts(&line, !row->is_open ? ", resolved" : row->is_acknowledged ? "" : ", which ran out");
    } else if (row->is_exhausted) {
        text_puts(&line, ": everybody was paged, nobody acknowledged");
        text_puts(&line, row->is_open ? "" : "; resolved");
    } else {
        text_puts(
            &line, row->is_open ? ": nobody has acknowledged" : ": resolved, nobody had to acknowledge");
    }
    if (row->is_open && facts_is_over(t->facts))
        text_puts(&line, "; paging has ended");
    paint_puts(&t->options->paint, t->text, row->is_open && !row->is_acknowledged ? INK_BAD : INK_DIM,
        text_str(&line));
    text_putc(t->text, '\n');
}

/* Beyond the limit only what failed or waits is drawn. */
static bool is_drawn(const struct tree *t, const struct row *row, size_t drawn)
{
    if (t->options->all || t->facts->row_count <= ROWS_SHOWN || drawn < ROWS_SHOWN / 2)
        return true;
    return drawn < ROWS_SHOWN && (row->status == STEP_FAILED || row->is_open);
}

void tree_draw(const struct facts *facts, const struct tree_options *options, struct text *text)
{
    struct tree t = {facts, options, text};
    size_t drawn = 0;
    for (size_t i = 0; i < facts->row_count; i++) {
        const struct row *row = &facts->rows[i];
        if (!is_drawn(&t, row, drawn))
            continue;
        drawn++;
        if (row->type == ROW_STEP)
            draw_step(&t, row);
        else
            draw_escalation(&t, row);
    }
    if (drawn < facts->row_count)
        paint_printf(&options->paint, text, INK_DIM, "  %s %zu more rows: --all shows them\n",
            options->paint.ascii ? "..." : "…", facts->row_count - drawn);
}
