/* snapshot: the whole state as a value. */
#include "core/escalation.h"
#include "core/timer.h"

static void put(json_t *map, const char *name, json_t *value)
{
    if (value)
        json_object_set(map, name, value);
}

static json_t *timers_of(const struct node *node)
{
    json_t *map = json_object();

    for (const struct timer *timer = node->timers; timer; timer = timer->next)
        json_object_set_new(map, timer_purpose_name(timer->purpose), json_integer((json_int_t)timer->due_us));
    return map;
}

static json_t *results_of(const struct shelf *shelf)
{
    json_t *map = json_object();

    for (uint32_t i = 0; i < shelf->count; i++) {
        const struct step *step = shelf->entry->document->steps[shelf->first + i];

        if (step->loop == shelf->loop && shelf->results[i].status != STEP_PENDING)
            json_object_set_new(map, step->id, result_item(&shelf->results[i], NULL));
    }
    return map;
}

static json_t *frame_snapshot(const struct frame *frame)
{
    json_t *map = json_pack("{s:I, s:s, s:i, s:i, s:o}", "id", (json_int_t)frame->node.id, "state",
        frame_state_name(frame->state), "attempt", frame->attempt, "outstanding", frame->outstanding,
        "timers", timers_of(&frame->node));
    json_t *children = json_array();

    if (frame->step)
        json_object_set_new(map, "step", json_string(frame->step->id));
    put(map, "calls", frame->calls);
    if (frame->index)
        json_object_set_new(map, "index", json_integer(frame->index));
    if (frame->layer == LAYER_DOCUMENT) {
        put(map, "params", frame->shelf->params);
        json_object_set_new(map, "vars", json_deep_copy(frame->shelf->vars));
    }
    if (frame->layer == LAYER_DOCUMENT || frame->layer == LAYER_ITEM)
        json_object_set_new(map, "results", results_of(frame->shelf));
    for (const struct frame *child = frame->first_child; child; child = child->next)
        json_array_append_new(children, frame_snapshot(child));
    json_object_set_new(map, "children", children);
    return map;
}

json_t *core_snapshot(const struct run *run)
{
    json_t *map = json_pack("{s:s, s:I, s:I, s:I, s:o, s:o}", "status", run_status_name(core_status(run)),
        "warnings", (json_int_t)run->warnings, "seq", (json_int_t)run->seq, "mono_us",
        (json_int_t)run->mono_us, "escalations", escalation_snapshot(run), "timers", timers_of(&run->clock));

    put(map, "outputs", run->outputs);
    put(map, "signals", run->signals);
    if (run->root)
        json_object_set_new(map, "root", frame_snapshot(run->root));
    return map;
}
