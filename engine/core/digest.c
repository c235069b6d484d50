#include "core/digest.h"
#include "core/escalation.h"
#include "core/notice.h"
#include "core/ops.h"
#include "core/storm.h"
#include "core/timer.h"
#include "core/undo.h"

void digest_number(struct text *text, int64_t number)
{
    text_add(text, (const char *)&number, sizeof(number));
}

void digest_text(struct text *text, const char *string)
{
    text_puts(text, string ? string : "");
    text_putc(text, '\0');
}

void digest_value(struct text *text, const json_t *value)
{
    if (value)
        value_canonical(value, text);
    text_putc(text, '\0');
}

void digest_node(struct digest *digest, const struct node *node)
{
    for (const struct timer *timer = node->timers; timer; timer = timer->next) {
        digest_number(digest->text, (int64_t)timer->purpose);
        digest_number(digest->text, timer->due_us - digest->run->mono_us);
    }
    text_putc(digest->text, '\0');
    if (digest->of_node && node->id)
        digest->of_node(digest->context, node->id, digest->text);
}

/* --- results --- */

static void digest_result(struct text *text, const struct result *result, unsigned parts)
{
    if (parts & USE_STATUS)
        digest_number(text, result->status);
    if (parts & USE_EXIT_CODE)
        digest_number(text, result->exit_code);
    if (parts & USE_RESULT)
        digest_value(text, result->result);
    if (parts & USE_OUTPUTS)
        digest_value(text, result->outputs ? result->outputs : json_object_get(result->result, "outputs"));
    if (parts & USE_ANSWER)
        digest_value(text, result->answer);
    if (parts & USE_BY)
        digest_value(text, result->by);
    if (parts & USE_ERROR)
        digest_number(text, result->class_);
    if (parts & USE_MESSAGE)
        digest_text(text, result->message);
    if (parts & USE_ATTEMPTS)
        digest_number(text, result->attempts);
    if (parts & USE_TIMES) {
        digest_number(text, result->started_us);
        digest_number(text, result->finished_us);
    }
    if (parts & USE_ITEMS)
        digest_value(text, result->items);
}

static void digest_shelf(struct digest *digest, const struct shelf *shelf, const struct live *live)
{
    for (uint32_t i = 0; i < shelf->count; i++) {
        const struct step *step = shelf->entry->document->steps[shelf->first + i];

        if (step->loop == shelf->loop && live->parts[step->index])
            digest_result(digest->text, &shelf->results[i], live->parts[step->index]);
    }
    if (shelf->loop) {
        digest_number(digest->text, shelf->index);
        digest_value(digest->text, shelf->item);
    }
}

static void digest_variables(struct digest *digest, const json_t *vars, const struct live *live)
{
    const struct map *names = &live->uses->variables;

    if (live->variables[names->len]) {
        digest_value(digest->text, vars);
        return;
    }
    for (size_t i = 0; i < names->len; i++)
        if (live->variables[i])
            digest_value(digest->text, json_object_get(vars, names->entries[i].key));
}

/* --- frames --- */

static int64_t number_of(const struct step *step)
{
    return step ? (int64_t)step->index : -1;
}

static void digest_flags(struct text *text, const struct frame *frame)
{
    const bool flags[] = {frame->is_quiet, frame->is_undo, frame->is_rescued, frame->is_tidied,
        frame->has_begun, frame->is_cancelled, frame->is_skipped, frame->is_tolerated, frame->is_asked};
    int64_t bits = 0;

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        bits |= (int64_t)flags[i] << i;
    digest_number(text, bits);
}

/* The count of attempts decides where it is bounded; with `until` only the first differs from the rest. */
static int64_t attempt_that_counts(const struct frame *frame, const struct live *live)
{
    const struct step *step = frame->step;

    if (!step || step->retry || live->parts[step->index] & USE_ATTEMPTS)
        return frame->attempt;
    return frame->attempt > 1 ? 2 : frame->attempt;
}

static void digest_failure(struct digest *digest, const struct failure *failure)
{
    digest_number(digest->text, failure->class_);
    digest_number(digest->text, failure->exit_code);
    if (failure->class_ == FAIL_NONE)
        return;
    digest_text(digest->text, failure->step);
    digest_text(digest->text, failure->path);
}

struct undo_digesting {
    struct digest *digest;
    const struct live *live;
};

/* Of a document that is not being carried out any more: what it registered outlives it. */
static void digest_past(struct digest *digest, const struct shelf *shelf)
{
    struct live live;

    live_init_all(&live, digest->uses, shelf->entry->document);
    digest_value(digest->text, shelf->root->params);
    digest_variables(digest, shelf->root->vars, &live);
    digest_shelf(digest, shelf->root, &live);
    if (shelf != shelf->root)
        digest_shelf(digest, shelf, &live);
    live_fini(&live);
}

static void digest_undo(void *context, const struct step *step, struct shelf *shelf, int64_t index)
{
    const struct undo_digesting *undo = context;

    digest_number(undo->digest->text, step->index);
    digest_number(undo->digest->text, index);
    if (step->document != undo->live->uses->document)
        digest_past(undo->digest, shelf);
    else if (shelf->loop)
        digest_shelf(undo->digest, shelf, undo->live);
}

static void digest_frame(struct digest *digest, const struct frame *frame, const struct live *live);

/* The deadline of a step counts from the start of the run: while one that has one may still begin, the time
 * since then matters, until it has passed. */
static void digest_deadlines(struct digest *digest, const struct live *live)
{
    const struct document *document = live->uses->document;
    int64_t last_us = 0;

    for (size_t i = 0; i < document->step_count; i++) {
        const struct amount *deadline = &document->steps[i]->deadline;

        if (live->may_run[i] && deadline->given && (deadline->expr || deadline->value * 1000 > last_us))
            last_us = deadline->expr ? INT64_MAX : deadline->value * 1000;
    }
    if (last_us)
        digest_number(digest->text, digest->run->mono_us < last_us ? digest->run->mono_us : last_us);
}

static void digest_document(struct digest *digest, const struct frame *frame)
{
    struct live live;

    live_init(&live, digest->uses, frame);
    digest_deadlines(digest, &live);
    if (frame->parent)
        digest_value(digest->text, frame->shelf->params);
    digest_variables(digest, frame->shelf->vars, &live);
    digest_shelf(digest, frame->shelf, &live);
    digest_frame(digest, frame, &live);
    live_fini(&live);
}

/* It undoes what another document did. */
static void digest_visitor(struct digest *digest, const struct frame *frame)
{
    struct live live;

    digest_past(digest, frame->shelf);
    live_init_all(&live, digest->uses, frame->document);
    digest_deadlines(digest, &live);
    digest_frame(digest, frame, &live);
    live_fini(&live);
}

static void digest_body(struct digest *digest, const struct frame *frame, const struct live *live)
{
    struct text *text = digest->text;

    digest_number(text, number_of(frame->step));
    digest_number(text, (int64_t)frame->state * 16 + frame->layer);
    digest_flags(text, frame);
    digest_number(text, frame->state == FRAME_STOPPING ? frame->after_stop : 0);
    digest_number(text, frame->index);
    digest_number(text, frame->next_hook);
    digest_number(text, frame->loop_index);
    digest_number(text, attempt_that_counts(frame, live));
    digest_number(text, (int64_t)frame->branch);
    digest_number(text, frame->outstanding);
    digest_number(text, (int64_t)frame->cursor);
    digest_number(text, number_of(frame->list && frame->list->len ? frame->list->steps[0] : NULL));
    digest_failure(digest, &frame->failure);
    if (digest->uses->looks_at_failed)
        digest_value(text, frame->own_failed);
    if (frame->data && frame->ops->digest)
        frame->ops->digest(frame->data, frame->step ? live->parts[frame->step->index] : 0, text);
}

static void digest_frame(struct digest *digest, const struct frame *frame, const struct live *live)
{
    struct undo_digesting undo = {digest, live};

    digest_body(digest, frame, live);
    digest_node(digest, &frame->node);
    undo_each(frame, digest_undo, &undo);
    if (frame->layer == LAYER_ITEM || frame->layer == LAYER_HOOK)
        digest_shelf(digest, frame->shelf, live);
    text_putc(digest->text, '(');
    for (const struct frame *child = frame->first_child; child; child = child->next)
        if (child->layer == LAYER_DOCUMENT)
            digest_document(digest, child);
        else if (child->document != frame->document)
            digest_visitor(digest, child);
        else
            digest_frame(digest, child, live);
    text_putc(digest->text, ')');
}

/* --- the whole --- */

static void digest_notices(struct digest *digest)
{
    for (const struct notice *notice = digest->run->notices; notice; notice = notice->next) {
        digest_text(digest->text, notice->name);
        digest_number(digest->text, (int64_t)notice->channel);
        digest_number(digest->text, notice->attempt);
        digest_number(digest->text, (int64_t)notice->state);
        digest_number(digest->text, notice->is_stopped);
        digest_number(digest->text, number_of(notice->frame ? notice->frame->step : NULL));
        digest_text(digest->text, notice->frame || notice->escalating ? NULL : notice->owner);
        if (notice->escalating) {
            digest_text(digest->text, escalation_path(notice->escalating));
            digest_number(digest->text, escalation_is_paging(notice->escalating));
            digest_number(digest->text, notice->page == escalation_pages(notice->escalating));
        }
        digest_node(digest, &notice->node);
    }
}

static void digest_gates(struct digest *digest)
{
    for (size_t i = 0; i < digest->run->gate_count; i++) {
        const struct gate *gate = &digest->run->gates[i];

        digest_text(digest->text, gate->target);
        digest_text(digest->text, gate->channel);
        digest_number(digest->text, digest->run->mono_us - gate->opened_us);
        digest_number(digest->text, gate->count);
        digest_number(digest->text, gate->has_paged);
    }
}

static void digest_signals(struct digest *digest)
{
    const char *name;
    json_t *list;

    json_object_foreach(digest->run->signals, name, list) if (json_array_size(list))
    {
        digest_text(digest->text, name);
        digest_value(digest->text, list);
    }
}

void core_digest(const struct run *run, const struct uses *uses,
    void (*of_node)(void *context, uint32_t node, struct text *text), void *context, struct text *text)
{
    struct digest digest = {run, uses, of_node, context, text};
    const bool flags[] = {run->is_cancelled, run->is_killed, run->is_closing};

    digest_number(text, (int64_t)run->status * 256 + run->final * 16 + run->verdict);
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        text_putc(text, (char)('0' + flags[i]));
    if (uses->counts_warnings)
        digest_number(text, (int64_t)run->warnings);
    if (uses->looks_at_time)
        digest_number(text, run->wall_us);
    digest_signals(&digest);
    if (run->is_closing) {
        digest_failure(&digest, &run->failure);
        digest_value(text, run->outputs);
    }
    digest_node(&digest, &run->clock);
    if (run->root)
        digest_document(&digest, run->root);
    escalation_digest(&digest);
    digest_notices(&digest);
    digest_gates(&digest);
}
