/* clocks: does what an escalation does depend on the time of day? Where none can, states that differ by the
 * clock alone have the same future. */
#include "core/escalation_inside.h"
#include "core/kinds.h"
#include "core/ops.h"

#include <string.h>

/* NULL where it is known only when it is needed. */
static const char *known_text(const struct template *text)
{
    return text && text->type == TEMPLATE_CONST ? json_string_value(text->constant) : NULL;
}

static bool any_has_calendar(const struct people *people)
{
    for (size_t i = 0; i < people->severities.len; i++)
        if (((const struct severity_rule *)people->severities.items[i])->calendar.text)
            return true;
    return false;
}

static bool follows(const struct escalation_order *order)
{
    return order->document->people.rotations.len || escalation_has_calendar(order);
}

static bool step_follows(const struct document *document, const struct step *step)
{
    const struct escalate_args *escalate = step->args;
    const struct ask_args *ask = step->args;
    struct escalation_order order = {.document = document};

    if (step->kind->ops == &escalate_ops) {
        order.policy = escalate->policy;
        order.severity = known_text(escalate->severity);
        if (escalate->severity && !order.severity && any_has_calendar(&document->people))
            return true;
    } else if (step->kind->class_ == KIND_ASK) {
        if (!ask->escalate && ask->on_timeout != ON_TIMEOUT_ESCALATE)
            return false;
        order.policy = ask->escalate;
    } else {
        return false;
    }
    return follows(&order);
}

static bool document_follows(const struct document *document)
{
    struct escalation_order order = {.document = document};

    if (document->escalation) {
        order.policy = document->escalation->policy;
        if (follows(&order))
            return true;
    }
    for (size_t i = 0; i < document->step_count; i++)
        if (step_follows(document, document->steps[i]))
            return true;
    return false;
}

bool book_follows_clocks(const struct book *book)
{
    for (size_t i = 0; i < book->document_count; i++)
        if (document_follows(book->documents[i]))
            return true;
    return false;
}
