/* A question is answered in one or more stages:
 *
 *     manual    MENU (d, f, space ticks) ── with a note to write ──> NOTE ──> answer
 *     approve   MENU (y, n) ── a denial says why ──> NOTE ──> answer
 *     input     FIELD, FIELD, … ──> answer
 *
 * Esc goes back to the first stage. A refused answer goes back there too, with the reason shown. */
#include "cli/prompt.h"
#include "base/mem.h"
#include "cli/editor.h"
#include "cli/path.h"
#include "core/kinds.h"
#include "model/diag.h"

#include <string.h>

enum { MESSAGE_ROWS = 8 };

enum stage { STAGE_MENU, STAGE_NOTE, STAGE_FIELD };

struct question {
    struct question *next;
    char *path, *kind;
    json_t *args;
    const struct ask_args *ask; /* what the author wrote; or NULL */
};

struct prompt {
    struct prompt_options options;
    struct question *first;
    /* the state of the first */
    enum stage stage;
    const char *decision;
    bool note_required;
    size_t field, ticked;
    json_t *fields;
    struct editor editor;
    char *problem;
};

struct prompt *prompt_new(const struct prompt_options *options)
{
    struct prompt *prompt = mem_alloc(sizeof(*prompt));

    *prompt = (struct prompt){.options = *options};
    return prompt;
}

static void question_free(struct question *question)
{
    json_decref(question->args);
    free(question->path);
    free(question->kind);
    free(question);
}

static bool is_kind(const struct question *question, const char *kind)
{
    return strcmp(question->kind, kind) == 0;
}

static void set_problem(struct prompt *prompt, const char *text)
{
    free(prompt->problem);
    prompt->problem = text ? mem_strdup(text) : NULL;
}

/* The text that stands in the field to begin with: its default. */
static void begin_field(struct prompt *prompt)
{
    const struct items *fields = &prompt->first->ask->fields;
    const struct param *param = fields->items[prompt->field];
    struct text text autotext = {0};

    if (param->fallback)
        value_to_text(param->fallback, &text);
    editor_set(&prompt->editor, text_str(&text));
}

static bool has_fields(const struct question *question)
{
    return is_kind(question, "input") && question->ask && question->ask->fields.len > 0;
}

static void begin_question(struct prompt *prompt)
{
    json_decref(prompt->fields);
    prompt->fields = json_object();
    prompt->stage = STAGE_MENU;
    prompt->decision = NULL;
    prompt->note_required = false;
    prompt->field = 0;
    editor_set(&prompt->editor, "");
    if (prompt->first && has_fields(prompt->first)) {
        prompt->stage = STAGE_FIELD;
        begin_field(prompt);
    }
}

void prompt_free(struct prompt *prompt)
{
    if (!prompt)
        return;
    while (prompt->first) {
        struct question *next = prompt->first->next;

        question_free(prompt->first);
        prompt->first = next;
    }
    json_decref(prompt->fields);
    editor_fini(&prompt->editor);
    free(prompt->problem);
    free(prompt);
}

static const struct ask_args *written(const struct prompt *prompt, const char *path)
{
    const struct step *step = path_step(prompt->options.book, path);

    return step && step->kind->class_ == KIND_ASK ? step->args : NULL;
}

void prompt_open(struct prompt *prompt, const struct effect *ask)
{
    struct question *question = mem_alloc(sizeof(*question)), **place = &prompt->first;
    const char *kind = value_get_string(ask->args, "kind");

    *question = (struct question){
        .path = mem_strdup(ask->path),
        .kind = mem_strdup(kind ? kind : ""),
        .args = json_incref(ask->args),
        .ask = written(prompt, ask->path),
    };
    while (*place)
        place = &(*place)->next;
    *place = question;
    if (prompt->first == question) {
        prompt->ticked = 0;
        begin_question(prompt);
    }
}

void prompt_close(struct prompt *prompt, const char *path)
{
    struct question **place = &prompt->first, *question;
    bool was_first;

    while (*place && strcmp((*place)->path, path) != 0)
        place = &(*place)->next;
    question = *place;
    if (!question)
        return;
    was_first = question == prompt->first;
    *place = question->next;
    question_free(question);
    if (was_first) {
        set_problem(prompt, NULL);
        prompt->ticked = 0;
        begin_question(prompt);
    }
}

bool prompt_is_open(const struct prompt *prompt)
{
    return prompt->first != NULL;
}

/* --- answering
 * ----------------------------------------------------------------------------------------------- */

static json_t *ticks(const struct prompt *prompt)
{
    size_t len = json_array_size(json_object_get(prompt->first->args, "checklist"));
    json_t *list = json_array();

    for (size_t i = 0; i < len; i++)
        json_array_append_new(list, json_boolean(i < prompt->ticked));
    return list;
}

static void send(struct prompt *prompt, const char *decision, const char *note)
{
    json_t *data autovalue = json_object();
    char *path autofree = mem_strdup(prompt->first->path);
    struct err err = {0};

    json_object_set_new(data, "decision", json_string(decision));
    if (note && *note)
        json_object_set_new(data, "note", json_string(note));
    if (has_fields(prompt->first))
        json_object_set(data, "fields", prompt->fields);
    if (json_object_get(prompt->first->args, "checklist"))
        json_object_set_new(data, "checklist", ticks(prompt));
    set_problem(prompt, NULL);
    begin_question(prompt);
    /* The answer may close the question while it is being given. */
    if (prompt->options.answer(prompt->options.context, path, data, &err) < 0)
        set_problem(prompt, err.text);
}

/* A decision that says why first. */
static void ask_note(struct prompt *prompt, const char *decision, bool required)
{
    prompt->stage = STAGE_NOTE;
    prompt->decision = decision;
    prompt->note_required = required;
    editor_set(&prompt->editor, "");
}

static bool wants_evidence(const struct question *question)
{
    return question->ask && question->ask->evidence == EVIDENCE_REQUIRED;
}

static void done(struct prompt *prompt)
{
    size_t points = json_array_size(json_object_get(prompt->first->args, "checklist"));

    if (prompt->ticked < points)
        set_problem(prompt, "tick every point first (space)");
    else if (wants_evidence(prompt->first))
        ask_note(prompt, "done", true);
    else
        send(prompt, "done", NULL);
}

static void failed(struct prompt *prompt)
{
    ask_note(prompt, "fail", false);
}

static void approve(struct prompt *prompt)
{
    send(prompt, "approve", NULL);
}

static void deny(struct prompt *prompt)
{
    ask_note(prompt, "deny", false);
}

static void tick(struct prompt *prompt)
{
    if (prompt->ticked < json_array_size(json_object_get(prompt->first->args, "checklist")))
        prompt->ticked++;
}

static void untick(struct prompt *prompt)
{
    if (prompt->ticked)
        prompt->ticked--;
}

static const struct {
    const char *kind;
    char key;
    void (*act)(struct prompt *prompt);
} menu[] = {
    {"manual", 'd', done},
    {"manual", 'f', failed},
    {"manual", ' ', tick},
    {"manual", '\177', untick},
    {"approve", 'y', approve},
    {"approve", 'n', deny},
};

static void menu_key(struct prompt *prompt, char key)
{
    for (size_t i = 0; i < sizeof(menu) / sizeof(menu[0]); i++)
        if (menu[i].key == key && is_kind(prompt->first, menu[i].kind)) {
            set_problem(prompt, NULL);
            menu[i].act(prompt);
            return;
        }
}

/* The typed text as the field's value, checked as the core will check it. */
static bool accept_field(struct prompt *prompt)
{
    const struct items *fields = &prompt->first->ask->fields;
    size_t at = prompt->field;
    const struct items one = {.items = &fields->items[at], .names = &fields->names[at], .len = 1};
    const char *typed = text_str(&prompt->editor.text);
    const struct param *param = fields->items[at];
    json_t *given autovalue = json_object(), *full autovalue = NULL;
    struct diags diags = {0};

    if (*typed || (param->type == PARAM_STRING && !param->fallback))
        json_object_set_new(given, fields->names[at], value_string(typed, prompt->editor.text.len));
    full = params_check(&one, given, true, &diags);
    if (full)
        json_object_update(prompt->fields, full);
    else
        set_problem(prompt, diags.len ? diags.items[0].text : "this does not fit");
    diags_fini(&diags);
    return full != NULL;
}

static void enter(struct prompt *prompt)
{
    if (prompt->stage == STAGE_NOTE) {
        if (prompt->note_required && !prompt->editor.text.len) {
            set_problem(prompt, "a note is required here");
            return;
        }
        char *note autofree = mem_strdup(text_str(&prompt->editor.text));

        send(prompt, prompt->decision, note);
        return;
    }
    set_problem(prompt, NULL);
    if (!accept_field(prompt))
        return;
    if (++prompt->field < prompt->first->ask->fields.len)
        begin_field(prompt);
    else
        send(prompt, "answer", NULL);
}

void prompt_keys(struct prompt *prompt, const char *bytes, size_t len)
{
    while (len && prompt->first && prompt->options.may_ask) {
        size_t used = 1;

        if (prompt->stage == STAGE_MENU) {
            menu_key(prompt, bytes[0]);
        } else {
            enum key key = editor_key(&prompt->editor, bytes, len, &used);

            if (key == KEY_ENTER)
                enter(prompt);
            else if (key == KEY_ESCAPE)
                begin_question(prompt);
        }
        bytes += used;
        len -= used;
    }
}

/* --- drawing
 * ------------------------------------------------------------------------------------------------- */

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
        line_put(&line, INK_PLAIN, i < sheet->prompt->ticked ? "   [x] " : "   [ ] ");
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
    static const char *const types[] = {"text", "a whole number", "a number", "true or false",
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
    };
    const struct prompt *prompt = sheet->prompt;
    const struct question *question = prompt->first;
    struct line line = row(sheet);

    line_put(&line, INK_DIM, "   ");
    for (size_t i = 0; i < sizeof(helps) / sizeof(helps[0]); i++) {
        if (!is_kind(question, helps[i].kind))
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
