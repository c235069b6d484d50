/* Open questions as rows under the tree. */
#include "base/mem.h"
#include "cli/prompt_inside.h"
#include "report/words.h"

#include <string.h>

enum { MESSAGE_ROWS = 8 };

/* What is being drawn, and how many rows it may still take. */
struct sheet {
    struct prompt *prompt;
    const struct line_style *style;
    struct frame *frame;
    size_t rows;
};

static struct line row(struct sheet *sheet)
{
    if (sheet->rows)
        sheet->rows--;
    return line_begin(sheet->frame, sheet->style);
}

/* One line of the message, broken into rows. */
static void draw_paragraph(struct sheet *sheet, const char *text, size_t len, size_t *rows)
{
    size_t width = sheet->style->width > 12 ? sheet->style->width - 5 : 8;
    char *paragraph autofree = mem_strndup(text, len);
    struct text broken autotext = {0};
    const char *at;

    wrap(&broken, paragraph, width, 0);
    for (at = text_str(&broken); *rows && sheet->rows > 3; (*rows)--) {
        size_t n = strcspn(at, "\n");
        struct line line = row(sheet);

        line_put(&line, INK_PLAIN, "   ");
        line_put_raw(&line, INK_PLAIN, at, n);
        at += n;
        if (!*at++)
            return;
    }
}

static void draw_message(struct sheet *sheet)
{
    static const char *const keys[] = {"message", "instructions"};
    struct text safe autotext = {0};
    const char *raw = NULL;
    size_t rows = MESSAGE_ROWS;

    for (size_t i = 0; i < 2 && !raw; i++)
        raw = value_get_string(sheet->prompt->first->args, keys[i]);
    if (!raw)
        return;
    safe_block(&safe, raw, strlen(raw));
    while (safe.len && safe.ptr[safe.len - 1] == '\n')
        safe.ptr[--safe.len] = '\0';
    for (const char *at = text_str(&safe); *at;) {
        size_t len = strcspn(at, "\n");

        draw_paragraph(sheet, at, len, &rows);
        at += len + (at[len] == '\n');
    }
}

/* What would be done. */
static void draw_work(struct sheet *sheet)
{
    const json_t *args = sheet->prompt->first->args;
    const char *kind = value_get_string(args, "work");
    struct text work autotext = {0};
    struct line line;

    if (!kind || !sheet->rows)
        return;
    work_words(json_object_get(args, "args"), &work);
    line = row(sheet);
    line_printf(&line, INK_DIM, "   %s  ", kind);
    line_put_raw(&line, INK_PLAIN, text_str(&work), work.len);
}

static void draw_by(struct sheet *sheet)
{
    json_t *by = json_object_get(sheet->prompt->first->args, "by"), *name;
    struct line line;
    size_t i;

    if (!json_array_size(by) || !sheet->rows)
        return;
    line = row(sheet);
    line_put(&line, INK_DIM, "   to be answered by ");
    json_array_foreach(by, i, name)
    {
        line_put(&line, INK_DIM, i ? ", " : "");
        if (json_is_string(name))
            line_put_raw(&line, INK_DIM, json_string_value(name), json_string_length(name));
    }
}

static void draw_checklist(struct sheet *sheet)
{
    json_t *points = json_object_get(sheet->prompt->first->args, "checklist"), *point;
    size_t i;

    json_array_foreach(points, i, point)
    {
        struct text text autotext = {0};
        struct line line;

        if (sheet->rows < 2)
            return;
        value_to_text(point, &text);
        line = row(sheet);
        line_put(&line, INK_PLAIN,
            json_is_true(json_array_get(sheet->prompt->first->ticks, i)) ? "   [x] " : "   [ ] ");
        line_put_raw(&line, INK_PLAIN, text_str(&text), text.len);
    }
}

/* The line being typed, with the cursor in it; scrolled so that the cursor is seen. */
static void draw_editor(struct sheet *sheet, const char *label, bool is_secret)
{
    const struct editor *editor = &sheet->prompt->editor;
    struct line line = row(sheet);
    const char *text = text_str(&editor->text);
    size_t from = 0;

    line_put(&line, INK_BOLD, "   ");
    line_put_raw(&line, INK_BOLD, label, strlen(label));
    line_put(&line, INK_BOLD, ": ");
    while (from < editor->at && utf8_width(text + from, editor->at - from) + 2 > line.room)
        do
            from++;
        while (from < editor->at && ((unsigned char)text[from] & 0xC0) == 0x80);
    sheet->frame->has_cursor = true;
    sheet->frame->cursor_row = sheet->frame->len - 1;
    sheet->frame->cursor_column =
        line.to->width + (is_secret ? 0 : utf8_width(text + from, editor->at - from));
    if (!is_secret)
        line_put_raw(&line, INK_PLAIN, text + from, editor->text.len - from);
}

static void draw_field(struct sheet *sheet)
{
    const struct items *fields = &sheet->prompt->first->ask->fields;
    const struct param *param = fields->items[sheet->prompt->field];
    static const char *const types[] = {"text", "a whole number", "a number", "yes or no",
        "a duration such as 15m", "one of", "a list", "a map"};
    struct line line = row(sheet);

    line_put(&line, INK_DIM, "   ");
    if (fields->len > 1)
        line_printf(&line, INK_DIM, "%zu of %zu: ", sheet->prompt->field + 1, fields->len);
    if (param->description) {
        line_put_raw(&line, INK_DIM, param->description, strlen(param->description));
        line_put(&line, INK_DIM, " - ");
    }
    line_put(&line, INK_DIM, types[param->type]);
    for (size_t i = 0; i < json_array_size(param->choices); i++) {
        struct text choice autotext = {0};

        value_to_text(json_array_get(param->choices, i), &choice);
        line_put(&line, INK_DIM, i ? ", " : " ");
        line_put_raw(&line, INK_DIM, text_str(&choice), choice.len);
    }
    draw_editor(sheet, fields->names[sheet->prompt->field], param->secret);
}

static void draw_help(struct sheet *sheet, const char *run_id)
{
    static const struct {
        const char *kind, *menu, *command;
    } helps[] = {
        {"manual", "d done   f failed", "done"},
        {"approve", "y approve   n deny", "approve"},
        {"input", "", "answer"},
        {"step", "r run   s skip   q quit", "answer"},
        {"lost", "r do it again   s go on without it   f it has failed", "answer"},
    };
    const struct prompt *prompt = sheet->prompt;
    const struct question *question = prompt->first;
    struct line line = row(sheet);

    line_put(&line, INK_DIM, "   ");
    for (size_t i = 0; i < sizeof(helps) / sizeof(helps[0]); i++) {
        if (!question_is(question, helps[i].kind))
            continue;
        if (!prompt->options.may_ask)
            line_printf(&line, INK_DIM, "runbook %s %.6s %s", helps[i].command, run_id, question->path);
        else if (prompt->stage == STAGE_MENU)
            line_put(&line, INK_NOTICE, helps[i].menu);
        else
            line_put(&line, INK_DIM, "Enter accepts   Esc starts again");
    }
    if (prompt->options.may_ask && prompt->stage == STAGE_MENU &&
        json_object_get(question->args, "checklist"))
        line_put(&line, INK_NOTICE, "   space ticks   backspace unticks");
    if (question->next)
        line_put(&line, INK_DIM, "   (more questions wait)");
}

void prompt_draw(struct prompt *prompt, const struct line_style *style, const char *run_id, size_t rows,
    struct frame *frame)
{
    struct sheet sheet = {.prompt = prompt, .style = style, .frame = frame, .rows = rows};
    struct line line;

    if (!prompt->first || rows < 4)
        return;
    row(&sheet);
    line = row(&sheet);
    line_put(&line, INK_WARN, " ? ");
    line_put_raw(&line, INK_BOLD, prompt->first->path, strlen(prompt->first->path));
    draw_message(&sheet);
    draw_work(&sheet);
    draw_by(&sheet);
    draw_checklist(&sheet);
    if (prompt->stage == STAGE_FIELD && prompt->options.may_ask)
        draw_field(&sheet);
    if (prompt->stage == STAGE_NOTE)
        draw_editor(&sheet, prompt->note_required ? "Evidence" : "Why (may be empty)", false);
    if (prompt->problem) {
        line = row(&sheet);
        line_put(&line, INK_BAD, "   ");
        line_put_raw(&line, INK_BAD, prompt->problem, strlen(prompt->problem));
    }
    draw_help(&sheet, run_id);
}
