/* call: another runbook inside this run. Its document has its own parameters, variables and results; its
 * outputs become those of the step. */
#include "core/escalation.h"
#include "core/ops.h"
#include "model/path.h"

static int depth(const struct frame *frame)
{
    int depth = 0;

    for (; frame; frame = frame->parent)
        depth += frame->layer == LAYER_DOCUMENT;
    return depth;
}

static const struct book_entry *entry_of(const struct run *run, const struct document *document)
{
    for (size_t i = 0; document && i < run->book->document_count; i++)
        if (run->entries[i].document == document)
            return &run->entries[i];
    return NULL;
}

static json_t *check_params(struct frame *frame, const struct document *callee, const json_t *given)
{
    struct diags diags = {0};
    json_t *params = params_check(&callee->params, given, false, &diags);

    if (!params)
        failure_set(frame, FAIL_VALIDATION, "%s", diags.len ? diags.items[0].text : "wrong parameters");
    diags_fini(&diags);
    return params;
}

/* The callee, or NULL with the frame's failure set. */
static const struct book_entry *find_callee(struct run *run, struct frame *frame)
{
    const struct call_args *args = frame->step->args;
    const struct book_entry *entry = entry_of(run, book_find(run->book, args->runbook));

    if (entry && depth(frame) < CALL_DEPTH)
        return entry;
    failure_set(frame, FAIL_VALIDATION, entry ? "calls are nested too deeply: %s" : "there is no runbook %s",
        args->runbook);
    return NULL;
}

int call_params(struct run *run, struct frame *frame, json_t **ret_params)
{
    const struct call_args *args = frame->step->args;
    const struct book_entry *entry = find_callee(run, frame);
    json_t *given autovalue = NULL;

    if (!entry || scope_values(run, frame, &args->with, &given) < 0)
        return -1;
    *ret_params = check_params(frame, entry->document, given);
    return *ret_params ? 0 : -1;
}

/* The shelf of the callee, or NULL with the frame's failure set. */
static struct shelf *enter(struct run *run, struct frame *frame)
{
    json_t *params autovalue = NULL;

    if (call_params(run, frame, &params) < 0)
        return NULL;
    return shelf_new_document(find_callee(run, frame), params);
}

bool call_is_mocked(struct run *run, const struct frame *frame)
{
    struct path_forms forms = {0};
    struct arena arena = {0};
    bool is_mocked = false;
    json_t *name;
    size_t i;

    if (!run->mocked || frame->step->kind->ops != &call_ops)
        return false;
    path_forms_set(&forms, frame_path(run, frame));
    json_array_foreach(run->mocked, i, name)
    {
        struct path_pattern pattern = path_pattern_of(&arena, json_string_value(name));

        is_mocked |= path_fits(&pattern, &forms);
    }
    path_forms_fini(&forms);
    arena_fini(&arena);
    return is_mocked;
}

/* --- what a runbook says of itself also counts when it is called --- */

/* From the start of the call. One that cannot be worked out fails the call. */
static void arm_deadline(struct run *run, struct frame *frame, struct frame *child)
{
    const struct amount *deadline = &child->document->deadline;
    int64_t ms;

    if (deadline->given && scope_duration(run, child, deadline, 0, &ms) == 0)
        timer_set(run, &frame->node, TIMER_CALLEE, ms);
}

/* It bears the path of the call, of the first one where the call is tried again. */
static void escalate(struct run *run, struct frame *frame, struct frame *child)
{
    const struct escalation *escalation = child->document->escalation;
    char *text autofree = NULL;
    struct escalation_order order = {.document = child->document};

    if (!escalation)
        return;
    if (!frame->data)
        frame->data = mem_strdup(frame_path(run, frame));
    if (scope_text(run, child, escalation->message, &text) < 0)
        failure_clear(&child->failure);
    order.policy = escalation->policy;
    order.name = frame->data;
    order.text = text;
    escalation_start(run, &order);
}

static void call_timer(struct run *run, struct frame *frame, int purpose)
{
    (void)purpose;
    turn_event(run, EVENT_DEADLINE_MISSED, frame_path(run, frame));
    if (frame->first_child)
        frame_miss_deadline(run, frame->first_child, "the runbook");
}

static void call_fini(struct run *run, struct frame *frame)
{
    (void)run;
    free(frame->data);
}

static void call_begin(struct run *run, struct frame *frame)
{
    struct shelf *shelf = enter(run, frame);
    struct frame *child;

    if (!shelf) {
        frame_body_ended(run, frame);
        return;
    }
    child = frame_new(run, frame, LAYER_DOCUMENT, NULL, shelf);
    shelf_unref(shelf);
    /* Nothing of the caller is in scope there. */
    child->failed = NULL;
    child->loop_index = 0;
    arm_deadline(run, frame, child);
    if (child->failure.class_ == FAIL_NONE)
        escalate(run, frame, child);
}

static void call_child_ended(struct run *run, struct frame *frame, struct frame *child)
{
    json_decref(frame->result->outputs);
    frame->result->outputs = json_incref(child->result->outputs);
    timer_clear(run, &frame->node, TIMER_CALLEE);
    if (child->failure.class_ != FAIL_NONE)
        failure_copy(frame, &child->failure);
    else if (frame->data)
        escalation_resolve(run, frame->data, frame_path(run, frame), NULL);
    frame_body_ended(run, frame);
}

static void *call_copy(const void *data)
{
    return mem_strdup(data);
}

const struct ops call_ops = {.begin = call_begin,
    .child_ended = call_child_ended,
    .timer = call_timer,
    .fini = call_fini,
    .copy = call_copy};
