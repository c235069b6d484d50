/* loop: foreach and while. They are no kinds: they stand on any step, and their frame holds one frame per
 * element or pass, which carries the kind out. */
#include "core/brief.h"
#include "core/digest.h"
#include "core/ops.h"

enum { ITEM_SHOWN = 60, FAILURES_NAMED = 8 };

struct loop {
    json_t *list;      /* foreach: the elements */
    json_t *collected; /* foreach: what each has come to */
    int64_t next;      /* elements begun, or passes */
    int64_t under_way;
    int64_t max_parallel, batch, max_iterations;
    int64_t failed;     /* foreach: elements */
    char *first_reason; /* why the first of them did, and … */
    struct text others; /* … which more */
};

static struct loop *loop_of(struct frame *frame)
{
    if (!frame->data)
        frame->data = mem_alloc(sizeof(struct loop));
    return frame->data;
}

static struct frame *begin_pass(struct run *run, struct frame *frame, enum layer layer, struct shelf *shelf)
{
    struct loop *loop = frame->data;
    struct frame *child = frame_new(run, frame, layer, frame->step, shelf);

    child->index = child->loop_index = ++loop->next;
    child->is_quiet |= loop->next > QUIET_AFTER;
    return child;
}

static void loop_fini(struct run *run, struct frame *frame)
{
    struct loop *loop = frame->data;

    (void)run;
    if (loop) {
        json_decref(loop->list);
        json_decref(loop->collected);
        free(loop->first_reason);
        text_fini(&loop->others);
    }
    free(loop);
}

static void *loop_copy(const void *data)
{
    const struct loop *loop = data;
    struct loop *copy = mem_alloc(sizeof(*copy));

    *copy = *loop;
    json_incref(copy->list);
    copy->collected = json_copy(loop->collected);
    copy->first_reason = loop->first_reason ? mem_strdup(loop->first_reason) : NULL;
    copy->others = (struct text){0};
    text_add(&copy->others, text_str(&loop->others), loop->others.len);
    return copy;
}

static void loop_digest(const void *data, unsigned parts, struct text *text)
{
    const struct loop *loop = data;

    digest_value(text, loop->list);
    digest_number(text, loop->next);
    digest_number(text, loop->under_way);
    digest_number(text, loop->max_parallel);
    digest_number(text, loop->batch);
    digest_number(text, loop->max_iterations);
    if (parts & USE_ITEMS)
        digest_value(text, loop->collected);
}

static void loop_describe(const struct frame *frame, json_t *data)
{
    const struct loop *loop = frame->data;

    json_object_set_new(data, "iterations", json_integer(loop ? loop->next : 0));
}

/* --- foreach --- */

static int read_settings(struct run *run, struct frame *frame, struct loop *loop)
{
    const struct step *step = frame->step;

    if (scope_resolve(run, frame, step->foreach, &loop->list) < 0)
        return -1;
    if (!json_is_array(loop->list)) {
        failure_set(frame, FAIL_EXPRESSION, "%u:%u: foreach needs a list, and this is of type %s",
            step->foreach->pos.line, step->foreach->pos.column, value_type(loop->list));
        return -1;
    }
    if (scope_count(run, frame, "batch", &step->batch, INT64_MAX, &loop->batch) < 0)
        return -1;
    /* A batch without a bound of its own starts as a whole. */
    return scope_count(run, frame, "max_parallel", &step->max_parallel, step->batch.given ? loop->batch : 1,
        &loop->max_parallel);
}

static void foreach_begin(struct run *run, struct frame *frame)
{
    struct loop *loop = loop_of(frame);

    if (read_settings(run, frame, loop) < 0) {
        frame_body_ended(run, frame);
        return;
    }
    loop->collected = json_array();
    for (size_t i = 0; i < json_array_size(loop->list); i++)
        json_array_append_new(loop->collected, result_item(&result_pending, json_array_get(loop->list, i)));
    frame_wake(run, frame);
}

/* A batch begins when the one before has ended. */
static bool may_begin(const struct loop *loop)
{
    if (loop->next >= (int64_t)json_array_size(loop->list) || loop->under_way >= loop->max_parallel)
        return false;
    return loop->under_way == 0 || loop->next % loop->batch != 0;
}

static void foreach_advance(struct run *run, struct frame *frame)
{
    struct loop *loop = frame->data;

    while (may_begin(loop)) {
        json_t *item = json_array_get(loop->list, (size_t)loop->next);
        struct shelf *shelf = shelf_new_item(frame->shelf, frame->step, item, loop->next + 1);

        loop->under_way++;
        begin_pass(run, frame, LAYER_ITEM, shelf);
        shelf_unref(shelf);
    }
    if (loop->under_way == 0)
        frame_body_ended(run, frame);
}

static void foreach_collect(struct frame *frame, struct frame *child)
{
    struct loop *loop = frame->data;

    json_array_set_new(
        loop->collected, (size_t)child->index - 1, result_item(child->result, child->shelf->item));
}

/* Only now may expressions see the list: it does not change any more. */
static void foreach_conclude(struct frame *frame)
{
    const struct loop *loop = frame->data;

    json_decref(frame->result->items);
    frame->result->items = loop ? json_incref(loop->collected) : NULL;
}

/* "[2] host-b". A secret parameter is masked as a whole, so what may be one is not cut. */
static void name_item(const struct run *run, const struct frame *child, struct text *text)
{
    struct text item autotext = {0};

    brief_value(&item, child->shelf->item, ITEM_SHOWN);
    text_printf(text, "[%lld]", (long long)child->index);
    if (item.len <= ITEM_SHOWN || !run->has_secret_params)
        text_printf(text, " %s", text_str(&item));
}

/* "3 of 20 failed: [2] host-b: exit status 1; also [5] host-e, [9] host-i". The class is the first one's. */
static void add_failure(struct run *run, struct frame *frame, const struct frame *child)
{
    struct loop *loop = frame->data;
    struct text text autotext = {0};

    loop->failed++;
    if (loop->failed == 1) {
        name_item(run, child, &text);
        text_printf(&text, ": %s", child->failure.message ? child->failure.message : "failed");
        loop->first_reason = text_take(&text);
        failure_copy(frame, &child->failure);
    } else if (loop->failed <= FAILURES_NAMED) {
        text_puts(&loop->others, loop->failed == 2 ? "; also " : ", ");
        name_item(run, child, &loop->others);
    }
    text_printf(&text, "%lld of %zu failed: %s%s%s", (long long)loop->failed, json_array_size(loop->list),
        loop->first_reason, text_str(&loop->others), loop->failed > FAILURES_NAMED ? ", …" : "");
    free(frame->failure.message);
    frame->failure.message = text_take(&text);
}

static void foreach_child_ended(struct run *run, struct frame *frame, struct frame *child)
{
    struct loop *loop = frame->data;
    bool has_failed = child->failure.class_ != FAIL_NONE;

    loop->under_way--;
    if (has_failed)
        add_failure(run, frame, child);
    if (has_failed && frame->step->fail_fast)
        frame_stop(run, frame, AFTER_FAIL);
    else
        frame_wake(run, frame);
}

/* --- while --- */

static void while_begin(struct run *run, struct frame *frame)
{
    struct loop *loop = loop_of(frame);

    if (scope_integer(run, frame, &frame->step->max_iterations, 100, &loop->max_iterations) < 0)
        frame_body_ended(run, frame);
    else
        frame_wake(run, frame);
}

static void while_advance(struct run *run, struct frame *frame)
{
    struct loop *loop = frame->data;
    bool is_on;

    frame->loop_index = loop->next + 1;
    if (scope_test(run, frame, frame->step->while_, &is_on) < 0) {
        frame_body_ended(run, frame);
    } else if (!is_on) {
        frame_body_ended(run, frame);
    } else if (loop->next >= loop->max_iterations) {
        failure_set(frame, FAIL_ASSERTION, "still true after %lld iterations: %s", (long long)loop->next,
            frame->step->while_->text);
        frame_body_ended(run, frame);
    } else {
        begin_pass(run, frame, LAYER_ITERATION, frame->shelf);
    }
}

static void while_child_ended(struct run *run, struct frame *frame, struct frame *child)
{
    if (child->failure.class_ != FAIL_NONE) {
        failure_copy(frame, &child->failure);
        frame_body_ended(run, frame);
    } else {
        frame_wake(run, frame);
    }
}

const struct ops foreach_ops = {
    .loop = "foreach",
    .begin = foreach_begin,
    .advance = foreach_advance,
    .child_ended = foreach_child_ended,
    .collect = foreach_collect,
    .conclude = foreach_conclude,
    .describe = loop_describe,
    .fini = loop_fini,
    .copy = loop_copy,
    .digest = loop_digest,
};
const struct ops while_ops = {
    .loop = "while",
    .begin = while_begin,
    .advance = while_advance,
    .child_ended = while_child_ended,
    .describe = loop_describe,
    .fini = loop_fini,
    .copy = loop_copy,
    .digest = loop_digest,
};
