/* frame: the tree of frames, where they come from, and their names. Frames are taken from a pool that the run
 * keeps, so a loop of a million steps allocates nothing. */
#include "core/timer.h"
#include "core/undo.h"

#include <stdio.h>
#include <string.h>

static struct frame *take(struct run *run)
{
    struct frame *frame = run->pool;

    if (!frame)
        return mem_alloc(sizeof(*frame));
    run->pool = frame->next;
    *frame = (struct frame){.state = FRAME_FREE};
    return frame;
}

static void link_child(struct frame *parent, struct frame *frame)
{
    frame->prev = parent->last_child;
    if (parent->last_child)
        parent->last_child->next = frame;
    else
        parent->first_child = frame;
    parent->last_child = frame;
}

static void inherit(struct frame *frame, const struct frame *parent)
{
    frame->parent = (struct frame *)parent;
    frame->failed = parent->own_failed ? parent->own_failed : parent->failed;
    frame->loop_index = parent->loop_index;
    frame->is_quiet = parent->is_quiet;
    frame->is_undo = parent->state == FRAME_UNDO;
    if (frame->is_undo)
        frame->loop_index = parent->undo_index;
}

static struct result *result_of(const struct frame *frame)
{
    if (frame->layer == LAYER_ITERATION)
        return frame->parent->result;
    if (frame->layer == LAYER_STEP)
        return shelf_slot(frame->shelf, frame->step);
    return &frame->shelf->self;
}

struct frame *frame_new(
    struct run *run, struct frame *parent, enum layer layer, const struct step *step, struct shelf *shelf)
{
    struct frame *frame = take(run);

    frame_move(frame, FRAME_READY);
    frame->layer = layer;
    frame->step = step;
    frame->document = shelf->entry->document;
    frame->shelf = shelf_ref(shelf);
    frame->failure.exit_code = -1;
    if (parent) {
        inherit(frame, parent);
        link_child(parent, frame);
    }
    frame->result = result_of(frame);
    frame_wake(run, frame);
    return frame;
}

static void unlink_child(struct frame *frame)
{
    struct frame *parent = frame->parent;

    if (frame->prev)
        frame->prev->next = frame->next;
    else if (parent->first_child == frame)
        parent->first_child = frame->next;
    if (frame->next)
        frame->next->prev = frame->prev;
    else if (parent->last_child == frame)
        parent->last_child = frame->prev;
    frame->prev = frame->next = NULL;
}

void frame_detach(struct frame *frame)
{
    if (frame->parent)
        unlink_child(frame);
}

/* A frame that still stands in the ready queue stays out of the pool until it comes to the front. */
void frame_free(struct run *run, struct frame *frame)
{
    if (frame->ops && frame->ops->fini)
        frame->ops->fini(run, frame);
    timer_forget_all(&frame->node);
    if (frame->node.id)
        node_forget(run, &frame->node);
    failure_clear(&frame->failure);
    undo_free_all(frame);
    json_decref(frame->own_failed);
    json_decref(frame->calls);
    free(frame->look);
    frame->look = NULL;
    shelf_unref(frame->shelf);
    frame_move(frame, FRAME_FREE);
    if (frame->is_queued)
        return;
    frame->next = run->pool;
    run->pool = frame;
}

void frame_pool_fini(struct run *run)
{
    while (run->ready_first)
        frame_pop_ready(run);
    while (run->pool) {
        struct frame *frame = run->pool;

        run->pool = frame->next;
        free(frame);
    }
}

void frame_wake(struct run *run, struct frame *frame)
{
    if (frame->is_queued)
        return;
    frame->is_queued = true;
    frame->ready_next = NULL;
    if (run->ready_last)
        run->ready_last->ready_next = frame;
    else
        run->ready_first = frame;
    run->ready_last = frame;
}

struct frame *frame_pop_ready(struct run *run)
{
    struct frame *frame;

    while ((frame = run->ready_first)) {
        run->ready_first = frame->ready_next;
        if (!run->ready_first)
            run->ready_last = NULL;
        frame->is_queued = false;
        if (frame->state != FRAME_FREE)
            return frame;
        frame->next = run->pool;
        run->pool = frame;
    }
    return NULL;
}

/* --- names --- */

static bool is_named(const struct frame *frame)
{
    return frame->layer == LAYER_STEP || frame->layer == LAYER_HOOK;
}

/* Elements and passes are, and the calls of a hook that can have many at once. */
static bool is_numbered(const struct frame *frame)
{
    return !is_named(frame) || frame->index;
}

static void add_path(struct text *text, const struct frame *frame)
{
    if (frame->is_undo)
        text_puts(text, frame->parent->undo_path);
    else if (frame->parent)
        add_path(text, frame->parent);
    if (frame->layer == LAYER_DOCUMENT)
        return;
    if (is_named(frame)) {
        if (text->len)
            text_putc(text, '/');
        text_puts(text, frame->step->id);
    }
    if (is_numbered(frame)) {
        text_putc(text, '[');
        text_number(text, frame->index);
        text_putc(text, ']');
    }
    if (frame->attempt > 1) {
        text_putc(text, '#');
        text_number(text, frame->attempt);
    }
}

const char *frame_path(struct run *run, const struct frame *frame)
{
    struct text *path = &run->turn->scratch;

    text_clear(path);
    add_path(path, frame);
    return arena_strndup(&run->turn->arena, text_str(path), path->len);
}

static bool skip_prefix(const char **path, const char *prefix)
{
    size_t len = strlen(prefix);

    if (strncmp(*path, prefix, len) != 0)
        return false;
    *path += len;
    return true;
}

/* What is left of `path` after this frame's own part of it, or NULL when it has another name. */
static const char *match(const struct frame *frame, const char *path)
{
    char own[32];

    if (frame->layer == LAYER_DOCUMENT)
        return path;
    if (is_named(frame)) {
        path += *path == '/';
        if (!skip_prefix(&path, frame->step->id))
            return NULL;
    }
    if (is_numbered(frame)) {
        snprintf(own, sizeof(own), "[%lld]", (long long)frame->index);
        if (!skip_prefix(&path, own))
            return NULL;
    }
    snprintf(own, sizeof(own), "#%d", frame->attempt);
    if (frame->attempt > 1 && !skip_prefix(&path, own))
        return NULL;
    return strchr("/[", *path) ? path : NULL; /* strchr finds the end, too */
}

static struct frame *find(struct frame *frame, const char *path)
{
    const char *rest = match(frame, path);

    if (!rest)
        return NULL;
    if (!*rest && frame->layer != LAYER_DOCUMENT)
        return frame;
    for (struct frame *child = frame->first_child; child; child = child->next) {
        struct frame *found = child->is_undo ? NULL : find(child, rest);

        if (found)
            return found;
    }
    return NULL;
}

/* What undoes is named after what it undoes, not after the frame that unwinds. */
static struct frame *find_undo(struct frame *frame, const char *path)
{
    const char *rest = path;
    struct frame *found = NULL;

    if (frame->is_undo && skip_prefix(&rest, frame->parent->undo_path))
        found = find(frame, rest);
    for (struct frame *child = frame->first_child; child && !found; child = child->next)
        found = find_undo(child, path);
    return found;
}

struct frame *frame_find(struct frame *root, const char *path)
{
    struct frame *found = find(root, path);

    return found ? found : find_undo(root, path);
}
