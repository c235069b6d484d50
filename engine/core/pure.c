/* pure: set, assert, note, fail, succeed. Done within one move; nothing leaves the core. */
#include "core/ops.h"

static void set_begin(struct run *run, struct frame *frame)
{
    const struct set_args *args = frame->step->args;
    json_t *vars = shelf_own(&frame->shelf->root->vars);

    for (size_t i = 0; i < args->values.len; i++) {
        json_t *value;

        if (scope_resolve(run, frame, args->values.items[i].value, &value) < 0)
            break;
        json_object_set_new(vars, args->values.items[i].name, value);
    }
    frame_body_ended(run, frame);
}

/* step.finished of a `set` tells what was set. */
static void set_describe(const struct frame *frame, json_t *data)
{
    const struct set_args *args = frame->step->args;
    json_t *vars = frame->shelf->root->vars, *set = json_object();

    for (size_t i = 0; i < args->values.len; i++) {
        const char *name = args->values.items[i].name;

        json_object_set(set, name, json_object_get(vars, name));
    }
    json_object_set_new(data, "vars", set);
}

/* --- assert --- */

/* 1: holds; 0: does not, and `text` says so; -1: could not be evaluated. */
static int check(struct run *run, struct frame *frame, const struct expr *that,
    const struct template *message, struct text *text)
{
    char *said autofree = NULL;
    bool is_true;

    if (scope_test(run, frame, that, &is_true) < 0)
        return -1;
    if (is_true)
        return 1;
    if (scope_text(run, frame, message, &said) < 0)
        return -1;
    text_printf(text, "%s%s", text->len ? "; " : "", *said ? said : that->text);
    return 0;
}

static void assert_begin(struct run *run, struct frame *frame)
{
    const struct assert_args *args = frame->step->args;
    autotext struct text text = {0};
    int rc = args->that ? check(run, frame, args->that, args->message, &text) : 1;

    for (size_t i = 0; rc >= 0 && i < args->checks.len; i++) {
        const struct assert_check *item = args->checks.items[i];

        rc = check(run, frame, item->that, item->message, &text);
    }
    if (rc >= 0 && text.len)
        failure_set(frame, FAIL_ASSERTION, "%s", text_str(&text));
    frame_body_ended(run, frame);
}

/* --- texts --- */

static int own_text(struct run *run, struct frame *frame, char **ret_text)
{
    const struct text_args *args = frame->step->args;

    return scope_text(run, frame, args->text, ret_text);
}

static void note_begin(struct run *run, struct frame *frame)
{
    char *text autofree = NULL;

    if (own_text(run, frame, &text) == 0) {
        struct event *event = turn_event(run, EVENT_NOTE_ADDED, frame_path(run, frame));

        turn_data(run, event, json_pack("{s:s}", "text", text));
    }
    frame_body_ended(run, frame);
}

static void fail_begin(struct run *run, struct frame *frame)
{
    char *text autofree = NULL;

    if (own_text(run, frame, &text) == 0) {
        failure_set(frame, FAIL_ACTION, "%s", text);
        if (frame_end_runbook(run, frame, RUN_FAILED, text))
            return;
    }
    frame_body_ended(run, frame);
}

static void succeed_begin(struct run *run, struct frame *frame)
{
    char *text autofree = NULL;

    if (own_text(run, frame, &text) == 0 && frame_end_runbook(run, frame, RUN_SUCCEEDED, text))
        return;
    frame_body_ended(run, frame);
}

const struct ops set_ops = {.is_pure = true, .begin = set_begin, .describe = set_describe};
const struct ops assert_ops = {.is_pure = true, .begin = assert_begin};
const struct ops note_ops = {.is_pure = true, .begin = note_begin};
const struct ops fail_ops = {.is_pure = true, .begin = fail_begin};
const struct ops succeed_ops = {.is_pure = true, .begin = succeed_begin};
