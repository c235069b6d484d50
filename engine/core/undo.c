/* undo: what reverses the steps that succeeded. Each success puts its `undo` on top of the enclosing frame's
 * stack; a frame that fails unrepaired unwinds its own, any other hands it up. */
#include "core/undo.h"

#include "core/ops.h"

struct undo {
    struct undo *next;
    const struct step *step; /* whose undo */
    struct shelf *shelf;     /* what it sees: the element of the loop it ran for */
    char *path;              /* of the frame that registered it */
    int64_t index;
};

static bool owns_undo(const struct frame *frame)
{
    return frame->step && frame->step->undo && frame->layer != LAYER_ITERATION && frame->ops != &foreach_ops;
}

static void push(struct run *run, struct frame *holder, const struct frame *frame)
{
    struct undo *undo = mem_alloc(sizeof(*undo));

    undo->step = frame->step;
    undo->shelf = shelf_ref(frame->shelf);
    undo->path = mem_strdup(frame_path(run, frame));
    undo->index = frame->loop_index;
    undo->next = holder->undos;
    holder->undos = undo;
}

static void hand_up(struct frame *frame)
{
    struct undo **end = &frame->undos;

    while (*end)
        end = &(*end)->next;
    *end = frame->parent->undos;
    frame->parent->undos = frame->undos;
    frame->undos = NULL;
}

void undo_settle(struct run *run, struct frame *frame)
{
    if (!frame->parent || frame->parent->state == FRAME_UNDO)
        return; /* what an undo has put back stays */
    if (frame->undos)
        hand_up(frame);
    if (frame->result->status != STEP_SUCCEEDED || !owns_undo(frame))
        return;
    push(run, frame->parent, frame);
    turn_event(run, EVENT_STEP_UNDO_REGISTERED, frame_path(run, frame));
}

bool undo_next(struct run *run, struct frame *frame)
{
    struct undo *undo = frame->undos;

    if (!undo)
        return false;
    frame->undos = undo->next;
    shelf_unref(frame->undo_shelf);
    frame->undo_shelf = undo->shelf;
    free(frame->undo_path);
    frame->undo_path = undo->path;
    frame->undo_index = undo->index;
    list_begin(run, frame, undo->step->undo, undo->shelf);
    free(undo);
    return true;
}

void undo_free_all(struct frame *frame)
{
    while (frame->undos) {
        struct undo *undo = frame->undos;

        frame->undos = undo->next;
        shelf_unref(undo->shelf);
        free(undo->path);
        free(undo);
    }
    free(frame->undo_path);
    frame->undo_path = NULL;
    shelf_unref(frame->undo_shelf);
    frame->undo_shelf = NULL;
}

void undo_each(const struct frame *frame,
    void (*each)(void *context, const struct step *step, struct shelf *shelf, int64_t index), void *context)
{
    for (const struct undo *undo = frame->undos; undo; undo = undo->next)
        each(context, undo->step, undo->shelf, undo->index);
}

void core_undos(const struct run *run, void (*each)(void *context, const char *path, const struct step *step),
    void *context)
{
    for (const struct undo *undo = run->root ? run->root->undos : NULL; undo; undo = undo->next)
        each(context, undo->path, undo->step);
}

void undo_copy_all(struct shelf_copier *shelves, const struct frame *from, struct frame *to)
{
    struct undo **end = &to->undos;

    for (const struct undo *undo = from->undos; undo; undo = undo->next) {
        struct undo *twin = mem_alloc(sizeof(*twin));

        *twin = *undo;
        twin->shelf = shelf_ref(shelf_twin(shelves, undo->shelf));
        twin->path = mem_strdup(undo->path);
        *end = twin;
        end = &twin->next;
    }
    *end = NULL;
    to->undo_path = from->undo_path ? mem_strdup(from->undo_path) : NULL;
    to->undo_shelf = from->undo_shelf ? shelf_ref(shelf_twin(shelves, from->undo_shelf)) : NULL;
}

/* `rollback` takes over what the nearest enclosing frame has registered, and unwinds it as its own. */
static void rollback_begin(struct run *run, struct frame *frame)
{
    struct frame *holder = frame->parent;

    while (holder && !holder->undos)
        holder = holder->parent;
    if (!holder) {
        frame_body_ended(run, frame);
        return;
    }
    frame->undos = holder->undos;
    holder->undos = NULL;
    frame_unwind(run, frame);
}

const struct ops rollback_ops = {.begin = rollback_begin};
