/* select: `when`, --tags, --skip-tags, --from. */
#include "core/select.h"

#include "core/ops.h"

#include <ctype.h>
#include <string.h>

static bool has_tag(const struct step *step, const json_t *wanted)
{
    for (size_t i = 0; i < step->tags.len; i++)
        for (size_t k = 0; k < json_array_size(wanted); k++)
            if (strcmp(step->tags.items[i], json_string_value(json_array_get(wanted, k))) == 0)
                return true;
    return false;
}

static bool has_tag_above(const struct step *step, const json_t *wanted)
{
    for (; step; step = step->parent)
        if (has_tag(step, wanted))
            return true;
    return false;
}

static bool is_inside(const struct step *inner, const struct step *outer)
{
    for (; inner; inner = inner->parent)
        if (inner == outer)
            return true;
    return false;
}

const char *select_leaves_out(const struct selection *selection, const struct step *step)
{
    const struct step *from = selection->from;
    bool holds_steps = step->kind->class_ == KIND_CONTROL;

    if (from && step->document == from->document && step->index < from->index && !is_inside(from, step))
        return "from";
    if (selection->skip_tags && has_tag(step, selection->skip_tags))
        return "skip-tags";
    if (selection->tags && !holds_steps && !has_tag_above(step, selection->tags))
        return "tags";
    return NULL;
}

static const char *selected(const struct run *run, const struct step *step)
{
    const struct selection selection = {run->from, run->tags, run->skip_tags};

    return select_leaves_out(&selection, step);
}

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

static bool mentions(const char *text, const char *name)
{
    size_t len = strlen(name);

    for (const char *at = text; (at = strstr(at, name)); at++)
        if ((at == text || (!is_name(at[-1]) && at[-1] != '.')) && !is_name(at[len]))
            return true;
    return false;
}

/* A `when` that speaks of the element decides for each element; any other decides once, before the loop. */
static bool is_about_item(const struct step *step)
{
    return mentions(step->when->text, step->as ? step->as : "item") || mentions(step->when->text, "index");
}

static bool asks_when(const struct frame *frame)
{
    const struct step *step = frame->step;

    if (!step->when || frame->layer == LAYER_ITERATION)
        return false;
    return !step->foreach || is_about_item(step) == (frame->layer == LAYER_ITEM);
}

const char *skip_reason(struct run *run, struct frame *frame)
{
    const char *reason;
    bool is_wanted = true;

    if (frame->layer == LAYER_DOCUMENT || frame->skip_reason)
        return frame->skip_reason;
    reason = frame->layer == LAYER_STEP ? selected(run, frame->step) : NULL;
    if (!reason && asks_when(frame) && scope_test(run, frame, frame->step->when, &is_wanted) == 0 &&
        !is_wanted)
        reason = "when";
    return reason;
}
