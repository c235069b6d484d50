#include "core/hook.h"

#include "core/ops.h"

#include <string.h>

/* --- who has them --- */

/* Blocks are called for through their steps, and what is done at once says all there is to say. */
static bool is_work(const struct frame *frame)
{
    static const struct ops *const others[] = {
        &steps_ops, &parallel_ops, &switch_ops, &rollback_ops, &set_ops, &note_ops, &fail_ops, &succeed_ops};

    if (!frame->ops || frame->layer == LAYER_DOCUMENT || frame->layer == LAYER_HOOK || frame->ops->loop)
        return false;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (frame->ops == others[i])
            return false;
    return true;
}

static bool is_due(const struct frame *frame, int type)
{
    enum step_status status = frame->result->status;

    if (!frame->document->hooks->of[type])
        return false;
    if (frame->layer == LAYER_DOCUMENT)
        return type == HOOK_ON_FINISH && frame->has_begun;
    if (!is_work(frame))
        return false;
    if (type == HOOK_ON_FAILURE)
        return status == STEP_FAILED;
    return type == HOOK_AFTER_STEP && frame->has_begun && (status == STEP_SUCCEEDED || status == STEP_FAILED);
}

/* --- what they are told --- */

static void put_text(json_t *map, const char *name, const char *text)
{
    if (text)
        json_object_set_new(map, name, json_string(text));
}

static void tell_end(json_t *map, const struct frame *frame)
{
    const struct result *result = frame->result;

    put_text(map, "status", step_status_name(result->status));
    json_object_set_new(map, "ok", json_boolean(result->status == STEP_SUCCEEDED));
    put_text(map, "error", result->class_ ? fail_class_name(result->class_) : NULL);
    put_text(map, "message", result->message);
    if (result->exit_code >= 0)
        json_object_set_new(map, "exit_code", json_integer(result->exit_code));
}

static json_t *about_step(struct run *run, const struct frame *frame, bool has_ended)
{
    json_t *map = json_object();

    put_text(map, "id", frame->step->id);
    put_text(map, "path", frame_path(run, frame));
    put_text(map, "kind", frame->step->kind->name);
    put_text(map, "title", frame->step->title);
    if (!has_ended)
        return map;
    json_object_set_new(map, "attempts", json_integer(frame->attempt));
    tell_end(map, frame);
    return map;
}

static json_t *about_document(const struct frame *frame)
{
    json_t *map = json_object();

    put_text(map, "runbook", frame->document->id);
    tell_end(map, frame);
    if (frame->failure.class_ != FAIL_NONE)
        put_text(map, "step", frame->failure.step);
    return map;
}

/* --- calling --- */

/* Takes `about`. */
static struct frame *call(struct run *run, struct frame *frame, int type, json_t *about)
{
    const struct step *step = frame->document->hooks->of[type]->steps[0];
    struct shelf *shelf = shelf_new_item(frame->shelf, step, about, 0);
    struct frame *child = frame_new(run, frame, LAYER_HOOK, step, shelf);

    json_decref(about);
    shelf_unref(shelf);
    child->is_undo = false;
    child->is_quiet = false;
    return child;
}

/* What cleans up is done whatever anybody thinks of it. */
bool hook_before(struct run *run, struct frame *frame)
{
    const struct hooks *hooks = frame->document->hooks;

    if (!hooks || !hooks->of[HOOK_BEFORE_STEP] || !is_work(frame) || frame_cleans_up(frame))
        return false;
    frame_move(frame, FRAME_BEFORE);
    call(run, frame, HOOK_BEFORE_STEP, about_step(run, frame, false));
    return true;
}

static bool call_next(struct run *run, struct frame *frame)
{
    while (frame->next_hook < HOOK_COUNT) {
        int type = frame->next_hook++;

        if (!is_due(frame, type))
            continue;
        call(run, frame, type,
            frame->layer == LAYER_DOCUMENT ? about_document(frame) : about_step(run, frame, true));
        return true;
    }
    return frame->first_child != NULL;
}

bool hook_after(struct run *run, struct frame *frame)
{
    if (!frame->document->hooks || frame->layer == LAYER_HOOK)
        return false;
    if (run->is_killed && !frame->first_child)
        return false;
    frame_move(frame, FRAME_AFTER);
    frame->next_hook = run->is_killed ? HOOK_COUNT : HOOK_NONE + 1;
    return call_next(run, frame);
}

void hook_stop(struct run *run, struct frame *frame)
{
    struct frame *child = frame->first_child;

    frame->next_hook = HOOK_COUNT;
    while (child) {
        struct frame *next = child->next;

        frame_stop(run, child, AFTER_CANCEL);
        child = next;
    }
}

void hook_paged(struct run *run, json_t *escalation)
{
    const struct hooks *hooks = run->book->documents[0]->hooks;

    if (!run->root || run->is_killed || !hooks || !hooks->of[HOOK_ON_ESCALATION]) {
        json_decref(escalation);
        return;
    }
    call(run, run->root, HOOK_ON_ESCALATION, escalation)->index = ++run->pages_hooked;
}

/* --- what came of it --- */

static void set_variables(struct frame *frame, const json_t *set)
{
    json_t *vars = shelf_own(&frame->shelf->root->vars), *value;
    const char *name;

    json_object_foreach((json_t *)set, name, value) json_object_set(vars, name, value);
}

static const struct {
    const char *name;
    json_type type;
    bool is_before; /* only before_step may return it */
} returned[] = {
    {"note", JSON_STRING, false},
    {"set", JSON_OBJECT, false},
    {"skip", JSON_STRING, true},
    {"fail", JSON_STRING, true},
};

static bool may_return(const struct frame *child, const char *name, const json_t *value)
{
    for (size_t i = 0; i < sizeof(returned) / sizeof(returned[0]); i++)
        if (strcmp(returned[i].name, name) == 0)
            return json_typeof(value) == returned[i].type &&
                   (!returned[i].is_before || child->step->hook == HOOK_BEFORE_STEP);
    return false;
}

/* What is wrong with what the code returned; NULL: nothing. A table without anything in it is a list. */
static char *fault_of(const struct frame *child, const json_t *output)
{
    const char *name;
    json_t *value;

    if (json_is_null(output) || (json_is_array(output) && !json_array_size(output)))
        return NULL;
    if (!json_is_object(output))
        return mem_strdup("the hook returned no table");
    json_object_foreach((json_t *)output, name, value) if (!may_return(child, name, value)) return mem_printf(
        "the hook returned \"%s\"; it may return note (a text), set (a table)%s", name,
        child->step->hook == HOOK_BEFORE_STEP ? ", skip or fail (a text each)" : "");
    return NULL;
}

/* What the code of the call returned, or its author has had parsed; borrowed. NULL: nothing that is meant for
 * us, as what an action returns. */
static const json_t *output_of(const struct frame *child)
{
    const struct step *step = child->step;

    if (child->result->status != STEP_SUCCEEDED || (!step->parse && strcmp(step->kind->name, "lua") != 0))
        return NULL;
    return json_object_get(child->result->result, "output");
}

static void note(struct run *run, const struct frame *child, const char *text)
{
    if (text)
        turn_data(run, turn_event(run, EVENT_NOTE_ADDED, frame_path(run, child)), turn_fact("text", text));
}

/* Returns what the code returned, or NULL, with the fault noted. */
static const json_t *take(struct run *run, struct frame *frame, const struct frame *child, char **ret_fault)
{
    const json_t *output = output_of(child);

    *ret_fault = output ? fault_of(child, output) : NULL;
    if (!output || *ret_fault)
        return NULL;
    note(run, child, value_get_string(output, "note"));
    if (json_object_get(output, "set"))
        set_variables(frame, json_object_get(output, "set"));
    return output;
}

static void refuse(struct run *run, struct frame *frame, const char *why)
{
    failure_set(frame, FAIL_ACTION, "before_step: %s", why);
    frame_end(run, frame);
}

static void before_ended(struct run *run, struct frame *frame, struct frame *child)
{
    char *fault autofree = NULL;
    const json_t *output = take(run, frame, child, &fault);
    const char *fail = value_get_string(output, "fail"), *skip = value_get_string(output, "skip");

    if (child->failure.class_ != FAIL_NONE)
        refuse(run, frame, child->failure.message);
    else if (fault || fail)
        refuse(run, frame, fault ? fault : fail);
    else if (skip)
        frame_leave_out(run, frame, arena_printf(&run->turn->arena, "before_step: %s", skip));
    else
        frame_attempt(run, frame);
}

static void other_ended(struct run *run, struct frame *frame, struct frame *child)
{
    char *fault autofree = NULL;

    take(run, frame, child, &fault);
    if (!fault)
        return;
    note(run, child, fault);
    run_warn(run);
}

void hook_ended(struct run *run, struct frame *frame, struct frame *child)
{
    if (frame->state == FRAME_BEFORE) {
        before_ended(run, frame, child);
        return;
    }
    if (child->step->hook != HOOK_BEFORE_STEP)
        other_ended(run, frame, child);
    if (frame->state == FRAME_STOPPING)
        frame_check_stopped(run, frame);
    else if (frame->state == FRAME_AFTER && !call_next(run, frame))
        frame_depart(run, frame);
}
