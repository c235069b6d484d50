/* A question is answered in one or more stages:
 *
 *     manual    MENU (d, f, space ticks) ── with a note to write ──> NOTE ──> answer
 *     approve   MENU (y, n) ── a denial says why ──> NOTE ──> answer
 *     input     FIELD, FIELD, … ──> answer
 *     step      MENU (r, s, q) ──> answer        whether a piece of work is to be done
 *     lost      MENU (r, s, f) ──> answer        what is made of one whose end nobody knows
 *
 * Esc goes back to the first stage. A refused answer goes back there too, with the reason shown. */
#include "cli/prompt_inside.h"
#include "base/mem.h"
#include "cli/path.h"
#include "model/diag.h"

#include <string.h>

struct prompt *prompt_new(const struct prompt_options *options)
{
    struct prompt *prompt = mem_alloc(sizeof(*prompt));

    *prompt = (struct prompt){.options = *options};
    return prompt;
}

static void question_free(struct question *question)
{
    json_decref(question->args);
    json_decref(question->ticks);
    free(question->path);
    free(question->kind);
    free(question);
}

bool question_is(const struct question *question, const char *kind)
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
    return question_is(question, "input") && question->ask && question->ask->fields.len > 0;
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

static json_t *unticked(const json_t *checklist)
{
    json_t *ticks = checklist ? json_array() : NULL;

    for (size_t i = 0; i < json_array_size(checklist); i++)
        json_array_append_new(ticks, json_false());
    return ticks;
}

void prompt_open(struct prompt *prompt, const struct effect *ask)
{
    struct question *question = mem_alloc(sizeof(*question)), **place = &prompt->first;
    const char *kind = value_get_string(ask->args, "kind");

    *question = (struct question){
        .path = mem_strdup(ask->path),
        .kind = mem_strdup(json_is_true(json_object_get(ask->args, "lost")) ? "lost"
                           : kind                                           ? kind
                                                                            : ""),
        .args = json_incref(ask->args),
        .ask = written(prompt, ask->path),
        .ticks = unticked(json_object_get(ask->args, "checklist")),
    };
    while (*place)
        place = &(*place)->next;
    *place = question;
    if (prompt->first == question)
        begin_question(prompt);
}

void prompt_checked(struct prompt *prompt, const char *path, const json_t *points)
{
    struct question *question = prompt->first;
    json_t *point;
    size_t i;

    while (question && strcmp(question->path, path) != 0)
        question = question->next;
    json_array_foreach((json_t *)points, i, point) if (question && json_integer_value(point) > 0)
        json_array_set_new(question->ticks, (size_t)json_integer_value(point) - 1, json_true());
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
        begin_question(prompt);
    }
}

bool prompt_is_open(const struct prompt *prompt)
{
    return prompt->first != NULL;
}

/* --- answering --- */

/* The first point that is (not) ticked, the last when `from_end`; -1: none. */
static int find_tick(const struct prompt *prompt, bool is_ticked, bool from_end)
{
    size_t len = json_array_size(prompt->first->ticks);

    for (size_t i = 0; i < len; i++) {
        size_t at = from_end ? len - 1 - i : i;

        if (json_is_true(json_array_get(prompt->first->ticks, at)) == is_ticked)
            return (int)at;
    }
    return -1;
}

static void submit(struct prompt *prompt, json_t *data)
{
    char *path autofree = mem_strdup(prompt->first->path);
    struct err err = {0};

    set_problem(prompt, NULL);
    begin_question(prompt);
    /* The answer may close the question while it is being given. */
    if (prompt->options.answer(prompt->options.context, path, data, &err) < 0)
        set_problem(prompt, err.text);
}

static void send(struct prompt *prompt, const char *decision, const char *note)
{
    json_t *data autovalue = json_object();

    json_object_set_new(data, "decision", json_string(decision));
    if (note && *note)
        json_object_set_new(data, "note", json_string(note));
    if (has_fields(prompt->first))
        json_object_set(data, "fields", prompt->fields);
    if (prompt->first->ticks)
        json_object_set_new(data, "checklist", json_copy(prompt->first->ticks));
    submit(prompt, data);
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
    if (find_tick(prompt, false, false) >= 0)
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

static void go(struct prompt *prompt)
{
    send(prompt, "run", NULL);
}

static void leave_out(struct prompt *prompt)
{
    send(prompt, "skip", NULL);
}

static void quit(struct prompt *prompt)
{
    send(prompt, "quit", NULL);
}

/* To the core it is a form of one field. */
static void make_of_lost(struct prompt *prompt, const char *decision)
{
    json_t *data autovalue =
        json_pack("{s:s, s:{s:s}}", "decision", "answer", "fields", "decision", decision);

    submit(prompt, data);
}

static void retry_lost(struct prompt *prompt)
{
    make_of_lost(prompt, "retry");
}

static void skip_lost(struct prompt *prompt)
{
    make_of_lost(prompt, "skip");
}

static void fail_lost(struct prompt *prompt)
{
    make_of_lost(prompt, "fail");
}

static void tick(struct prompt *prompt)
{
    int at = find_tick(prompt, false, false);

    if (at >= 0)
        json_array_set_new(prompt->first->ticks, (size_t)at, json_true());
}

static void untick(struct prompt *prompt)
{
    int at = find_tick(prompt, true, true);

    if (at >= 0)
        json_array_set_new(prompt->first->ticks, (size_t)at, json_false());
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
    {"step", 'r', go},
    {"step", '\r', go},
    {"step", '\n', go},
    {"step", 's', leave_out},
    {"step", 'q', quit},
    {"lost", 'r', retry_lost},
    {"lost", 's', skip_lost},
    {"lost", 'f', fail_lost},
};

static void menu_key(struct prompt *prompt, char key)
{
    for (size_t i = 0; i < sizeof(menu) / sizeof(menu[0]); i++)
        if (menu[i].key == key && question_is(prompt->first, menu[i].kind)) {
            set_problem(prompt, NULL);
            menu[i].act(prompt);
            return;
        }
}

/* People answer yes or no. */
static const char *plain_boolean(const char *typed)
{
    static const char *const words[][2] = {{"yes", "true"}, {"y", "true"}, {"no", "false"}, {"n", "false"}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasecmp(typed, words[i][0]) == 0)
            return words[i][1];
    return typed;
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

    if (param->type == PARAM_BOOLEAN)
        typed = plain_boolean(typed);
    if (*typed || (param->type == PARAM_STRING && !param->fallback))
        json_object_set_new(given, fields->names[at], value_string(typed, strlen(typed)));
    full = fields_check(&one, given, &diags);
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
