/* list: one step after another. The body of `steps`, of a runbook, of a branch of `switch`, and every
 * `rescue`, `always` and `undo` are carried out here; which of them it is, the frame's state says. */
#include "core/ops.h"

void list_begin(struct run *run, struct frame *frame, const struct block *block, struct shelf *shelf)
{
    frame->list = block;
    frame->list_shelf = shelf;
    frame->cursor = 0;
    frame_wake(run, frame);
}

void list_advance(struct run *run, struct frame *frame)
{
    if (!frame->list || frame->cursor == frame->list->len) {
        frame_section_ended(run, frame, NULL);
        return;
    }
    frame_new(run, frame, LAYER_STEP, frame->list->steps[frame->cursor++], frame->list_shelf);
}

void list_child_ended(struct run *run, struct frame *frame, struct frame *child)
{
    if (child->failure.class_ != FAIL_NONE && !child->is_tolerated)
        frame_section_ended(run, frame, &child->failure);
    else
        frame_wake(run, frame);
}

/* --- the kinds that are a list --- */

static void steps_begin(struct run *run, struct frame *frame)
{
    const struct steps_args *args = frame->step->args;

    list_begin(run, frame, args->steps, frame->shelf);
}

/* `env` of the document, on top of what the run was started with. */
static int resolve_env(struct run *run, struct frame *frame)
{
    const struct named_templates *env = &frame->document->env;

    json_object_update(shelf_own(&frame->shelf->env), json_object_get(run->start, "env"));
    for (size_t i = 0; i < env->len; i++) {
        char *text autofree = NULL;

        if (scope_text(run, frame, env->items[i].value, &text) < 0)
            return -1;
        json_object_set_new(frame->shelf->env, env->items[i].name, json_string(text));
    }
    return 0;
}

static void document_begin(struct run *run, struct frame *frame)
{
    if (resolve_env(run, frame) < 0)
        frame_body_ended(run, frame);
    else
        list_begin(run, frame, frame->document->body, frame->shelf);
}

static void switch_begin(struct run *run, struct frame *frame)
{
    const struct switch_args *args = frame->step->args;

    for (size_t i = 0; i < args->cases.len; i++) {
        const struct switch_case *way = args->cases.items[i];
        bool is_true = true;

        if (way->when && scope_test(run, frame, way->when, &is_true) < 0)
            break;
        if (is_true) {
            list_begin(run, frame, way->when ? way->steps : way->otherwise, frame->shelf);
            return;
        }
    }
    frame_body_ended(run, frame);
}

const struct ops steps_ops = {.begin = steps_begin, .advance = list_advance, .child_ended = list_child_ended};
const struct ops document_ops = {
    .begin = document_begin, .advance = list_advance, .child_ended = list_child_ended};
const struct ops switch_ops = {
    .begin = switch_begin, .advance = list_advance, .child_ended = list_child_ended};
