/* copy: a run that goes on by itself from where another stands. What never changes in place is shared: the
 * book, what is worked out once for it, and values. Everything else is the copy's own.
 *
 * While a copy is made, what is copied remembers its twin (`copy`), so that pointers into the tree, to
 * shelves and to escalations can be turned into those of the copy. */
#include "core/escalation.h"
#include "core/notice.h"
#include "core/ops.h"
#include "core/storm.h"
#include "core/undo.h"

#include <assert.h>

static char *text_copy(const char *text)
{
    return text ? mem_strdup(text) : NULL;
}

static struct failure failure_twin(const struct failure *failure)
{
    struct failure twin = *failure;

    twin.message = text_copy(failure->message);
    twin.path = text_copy(failure->path);
    return twin;
}

/* --- frames --- */

static struct result *result_twin(const struct frame *frame)
{
    for (struct shelf *shelf = frame->shelf; shelf; shelf = shelf->outer) {
        if (frame->result == &shelf->self)
            return &shelf->copy->self;
        if (frame->result >= shelf->results && frame->result < shelf->results + shelf->count)
            return &shelf->copy->results[frame->result - shelf->results];
    }
    return NULL;
}

static void copy_data(const struct frame *from, struct frame *to)
{
    if (!from->data)
        return;
    assert(from->ops->copy);
    to->data = from->ops->copy(from->data);
}

/* What hangs in the tree: links to other frames come from where the frame is put. */
static struct frame *copy_alone(struct shelf_copier *shelves, struct run *run, struct frame *from)
{
    struct frame *to = mem_alloc(sizeof(*to));

    *to = *from;
    from->copy = to;
    to->is_queued = false;
    to->first_child = to->last_child = to->prev = to->next = to->ready_next = to->copy = NULL;
    node_copy(run, &from->node, &to->node);
    to->shelf = shelf_ref(shelf_twin(shelves, from->shelf));
    to->result = result_twin(from);
    to->own_failed = json_incref(from->own_failed);
    to->failure = failure_twin(&from->failure);
    to->list_shelf = shelf_twin(shelves, from->list_shelf);
    undo_copy_all(shelves, from, to);
    to->look = text_copy(from->look);
    to->calls = json_deep_copy(from->calls);
    copy_data(from, to);
    return to;
}

static struct frame *copy_tree(struct shelf_copier *shelves, struct run *run, struct frame *from)
{
    struct frame *to = copy_alone(shelves, run, from);

    for (struct frame *child = from->first_child; child; child = child->next) {
        struct frame *twin = copy_tree(shelves, run, child);

        twin->parent = to;
        twin->prev = to->last_child;
        if (to->last_child)
            to->last_child->next = twin;
        else
            to->first_child = twin;
        to->last_child = twin;
    }
    return to;
}

/* Frames that are free already only wait to be thrown away. */
static void copy_ready(const struct run *from, struct run *to)
{
    for (const struct frame *frame = from->ready_first; frame; frame = frame->ready_next)
        if (frame->state != FRAME_FREE)
            frame_wake(to, frame->copy);
}

/* --- the whole --- */

/* name -> list: the lists change in place. */
static json_t *copy_signals(json_t *signals)
{
    json_t *copy = json_object(), *list;
    const char *name;

    json_object_foreach(signals, name, list) json_object_set_new(copy, name, json_copy(list));
    return copy;
}

/* What belongs to the other, or to nobody yet. */
static void own(const struct run *from, struct run *to)
{
    to->entries->refs++;
    to->turn = NULL;
    to->root = NULL;
    to->ready_first = to->ready_last = to->pool = NULL;
    to->table = NULL;
    to->table_size = to->table_used = 0;
    to->escalations = NULL;
    to->escalation_names = (struct map){0};
    to->notices = to->last_notice = NULL;
    json_incref(to->nothing);
    json_incref(to->start);
    json_incref(to->outputs);
    for (size_t i = 0; i < TIMER_FACTS; i++)
        json_incref(to->timer_facts[i]);
    to->signals = copy_signals(from->signals);
    to->initiator.user = text_copy(from->initiator.user);
    to->failure = failure_twin(&from->failure);
    to->verdict_message = text_copy(from->verdict_message);
    to->cancel_reason = text_copy(from->cancel_reason);
    node_copy(to, &from->clock, &to->clock);
}

struct run *core_copy(const struct run *from)
{
    struct run *to = mem_alloc(sizeof(*to));
    struct shelf_copier shelves = {0};

    *to = *from;
    own(from, to);
    if (from->root)
        to->root = copy_tree(&shelves, to, from->root);
    if (from->shelf)
        to->shelf = shelf_ref(shelf_twin(&shelves, from->shelf));
    copy_ready(from, to);
    escalation_copy_all(from, to);
    notice_copy_all(from, to);
    storm_copy(from, to);
    shelf_copier_fini(&shelves);
    return to;
}
