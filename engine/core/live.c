/* live: which steps of a document may still run, and so which results and variables are still of interest.
 * Rather too much than too little: what stands in a loop or is retried may always run again. */
#include "core/digest.h"
#include "core/ops.h"
#include "core/undo.h"

#include <string.h>

static void mark(struct live *live, uint32_t first, uint32_t end)
{
    memset(live->may_run + first, true, end - first);
}

static void mark_step(struct live *live, const struct step *step)
{
    mark(live, step->index, live->uses->ends[step->index]);
}

static void mark_block(struct live *live, const struct block *block, size_t from)
{
    for (size_t i = from; block && i < block->len; i++)
        mark_step(live, block->steps[i]);
}

static bool repeats(const struct step *step)
{
    return step->retry || step->until || step->foreach || step->while_;
}

/* Branches that wait for their turn are known to the kind alone. */
static bool holds_back(const struct step *step)
{
    const struct steps_args *args = step->args;

    if (step->kind->ops != &parallel_ops)
        return false;
    if (step->max_parallel.given)
        return true;
    for (size_t i = 0; i < args->steps->len; i++)
        if (args->steps->steps[i]->needs.len)
            return true;
    return false;
}

static void mark_undo(void *context, const struct step *step, struct shelf *shelf, int64_t index)
{
    struct live *live = context;

    (void)shelf, (void)index;
    if (step->document == live->uses->document)
        mark_block(live, step->undo, 0);
}

/* What comes after the present section of the frame. */
static void mark_sections(struct live *live, const struct frame *frame)
{
    const struct block *rescue = frame->step ? frame->step->rescue : frame->document->rescue;
    const struct block *always = frame->step ? frame->step->always : frame->document->always;

    if (!frame->is_rescued)
        mark_block(live, rescue, 0);
    if (!frame->is_tidied)
        mark_block(live, always, 0);
}

static void mark_frame(struct live *live, const struct frame *frame)
{
    const struct step *step = frame->step;

    if (step && (frame->state == FRAME_READY || repeats(step) || holds_back(step)))
        mark_step(live, step);
    else if (step)
        live->may_run[step->index] = true;
    if (frame->list)
        mark_block(live, frame->list, frame->cursor);
    mark_sections(live, frame);
    undo_each(frame, mark_undo, live);
    for (const struct frame *child = frame->first_child; child; child = child->next)
        if (child->layer != LAYER_DOCUMENT && child->document == frame->document)
            mark_frame(live, child);
}

/* They are called for whatever still runs. */
static void mark_hooks(struct live *live)
{
    const struct hooks *hooks = live->uses->document->hooks;

    for (int type = 0; hooks && type < HOOK_COUNT; type++)
        mark_block(live, hooks->of[type], 0);
}

static void look(struct live *live, const struct use_list *list)
{
    uint32_t count = (uint32_t)live->uses->document->step_count;

    for (size_t i = 0; i < list->len; i++) {
        const struct use *use = &list->items[i];

        if (use->is_variable)
            live->variables[use->index == USE_EVERY ? live->uses->variables.len : use->index] = true;
        else if (use->index != USE_EVERY)
            live->parts[use->index] |= use->parts;
        else
            for (uint32_t k = 0; k < count; k++)
                live->parts[k] |= use->parts;
    }
}

static void start(struct live *live, const struct uses *uses, const struct document *document)
{
    size_t count = document->step_count;

    live->uses = uses_of(uses, document);
    live->may_run = mem_alloc(count + 1);
    live->parts = mem_alloc((count + 1) * sizeof(*live->parts));
    live->variables = mem_alloc(live->uses->variables.len + 1);
}

static void look_for_all(struct live *live)
{
    look(live, &live->uses->own);
    for (size_t i = 0; i < live->uses->document->step_count; i++)
        if (live->may_run[i])
            look(live, &live->uses->steps[i]);
}

void live_init(struct live *live, const struct uses *uses, const struct frame *frame)
{
    start(live, uses, frame->document);
    mark_frame(live, frame);
    mark_hooks(live);
    look_for_all(live);
}

void live_init_all(struct live *live, const struct uses *uses, const struct document *document)
{
    start(live, uses, document);
    mark(live, 0, (uint32_t)document->step_count);
    look_for_all(live);
}

void live_fini(struct live *live)
{
    free(live->may_run);
    free(live->parts);
    free(live->variables);
}
