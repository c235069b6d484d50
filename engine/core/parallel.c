/* parallel: branches that run at the same time. `needs` makes them a graph, `max_parallel` bounds how many
 * are under way, `join` says how many successes are enough, `fail_fast` whether the first failure ends the
 * rest. */
#include "core/digest.h"
#include "core/ops.h"

#include <string.h>

enum branch { BRANCH_WAITING, BRANCH_UNDER_WAY, BRANCH_DONE, BRANCH_FAILED };

struct parallel {
    const struct block *block;
    enum branch *branches;
    size_t under_way, done, failed, succeeded;
    size_t first_waiting; /* none before it waits */
    int64_t max_parallel;
    size_t wanted; /* successes that are enough */
    bool fail_fast;
};

static size_t wanted(const json_t *join, size_t count)
{
    if (json_is_integer(join))
        return (size_t)json_integer_value(join);
    if (json_is_string(join) && strcmp(json_string_value(join), "any") == 0)
        return 1;
    return count;
}

static void parallel_begin(struct run *run, struct frame *frame)
{
    const struct steps_args *args = frame->step->args;
    struct parallel *parallel = frame->data;
    int64_t max_parallel;

    if (scope_count(run, frame, "max_parallel", &frame->step->max_parallel, INT64_MAX, &max_parallel) < 0) {
        frame_body_ended(run, frame);
        return;
    }
    if (!parallel)
        frame->data = parallel = mem_alloc(sizeof(*parallel));
    free(parallel->branches);
    *parallel = (struct parallel){
        .block = args->steps,
        .branches = mem_alloc((args->steps->len + 1) * sizeof(enum branch)),
        .max_parallel = max_parallel,
        .wanted = wanted(frame->step->join, args->steps->len),
        .fail_fast = frame->step->fail_fast,
    };
    frame_wake(run, frame);
}

/* What a branch needs has ended well, or has been left out, or its failure is tolerated. */
enum readiness { NOT_YET, READY, NEVER };

/* The steps of a block stand in the order of their indexes. */
static size_t branch_of(const struct block *block, const struct step *step)
{
    size_t low = 0, high = block->len;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (block->steps[middle]->index <= step->index)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static enum readiness readiness(const struct parallel *parallel, const struct step *step)
{
    enum readiness ready = READY;

    for (size_t i = 0; i < step->needs.len; i++) {
        enum branch needed = parallel->branches[branch_of(parallel->block, step->needs_steps[i])];

        if (needed == BRANCH_FAILED)
            return NEVER;
        if (needed != BRANCH_DONE)
            ready = NOT_YET;
    }
    return ready;
}

static void start(
    struct run *run, struct frame *frame, struct parallel *parallel, size_t i, enum readiness ready)
{
    struct frame *child;

    parallel->branches[i] = BRANCH_UNDER_WAY;
    parallel->under_way++;
    child = frame_new(run, frame, LAYER_STEP, parallel->block->steps[i], frame->shelf);
    child->branch = i;
    child->skip_reason = ready == NEVER ? "needs" : NULL;
}

static bool is_joined_early(const struct parallel *parallel)
{
    return parallel->wanted < parallel->block->len;
}

/* Nothing is under way, and nothing can begin any more. */
static void conclude(struct run *run, struct frame *frame, const struct parallel *parallel)
{
    bool is_too_few = is_joined_early(parallel) && parallel->succeeded < parallel->wanted;

    if (is_too_few && frame->failure.class_ == FAIL_NONE)
        failure_set(frame, FAIL_ASSERTION, "%zu of %zu branches that were wanted succeeded",
            parallel->succeeded, parallel->wanted);
    frame_body_ended(run, frame);
}

static void parallel_advance(struct run *run, struct frame *frame)
{
    struct parallel *parallel = frame->data;
    const struct block *block = parallel->block;

    while (
        parallel->first_waiting < block->len && parallel->branches[parallel->first_waiting] != BRANCH_WAITING)
        parallel->first_waiting++;
    for (size_t i = parallel->first_waiting;
         i < block->len && parallel->under_way < (size_t)parallel->max_parallel; i++) {
        enum readiness ready;

        if (parallel->branches[i] != BRANCH_WAITING)
            continue;
        ready = readiness(parallel, block->steps[i]);
        if (ready != NOT_YET)
            start(run, frame, parallel, i, ready);
    }
    if (parallel->under_way == 0)
        conclude(run, frame, parallel);
}

/* With `join: any` or N a failure ends the rest only when not enough branches are left. */
static bool is_hopeless(const struct parallel *parallel)
{
    if (is_joined_early(parallel))
        return parallel->block->len - parallel->failed < parallel->wanted;
    return parallel->fail_fast && parallel->failed > 0;
}

static void parallel_child_ended(struct run *run, struct frame *frame, struct frame *child)
{
    struct parallel *parallel = frame->data;
    bool has_failed = child->failure.class_ != FAIL_NONE && !child->is_tolerated;

    parallel->under_way--;
    parallel->branches[child->branch] = has_failed ? BRANCH_FAILED : BRANCH_DONE;
    if (child->skip_reason && strcmp(child->skip_reason, "needs") == 0)
        parallel->branches[child->branch] = BRANCH_FAILED;
    parallel->failed += has_failed;
    parallel->succeeded += child->result->status == STEP_SUCCEEDED;
    if (has_failed && frame->failure.class_ == FAIL_NONE)
        failure_copy(frame, &child->failure);
    if (is_joined_early(parallel) && parallel->succeeded >= parallel->wanted) {
        failure_clear(&frame->failure);
        frame_stop(run, frame, AFTER_SUCCEED);
    } else if (is_hopeless(parallel)) {
        frame_stop(run, frame, AFTER_FAIL);
    } else {
        frame_wake(run, frame);
    }
}

static void parallel_fini(struct run *run, struct frame *frame)
{
    struct parallel *parallel = frame->data;

    (void)run;
    if (parallel)
        free(parallel->branches);
    free(parallel);
}

static void *parallel_copy(const void *data)
{
    const struct parallel *parallel = data;
    struct parallel *copy = mem_alloc(sizeof(*copy));
    size_t size = (parallel->block->len + 1) * sizeof(enum branch);

    *copy = *parallel;
    copy->branches = mem_alloc(size);
    memcpy(copy->branches, parallel->branches, size);
    return copy;
}

static void parallel_digest(const void *data, unsigned parts, struct text *text)
{
    const struct parallel *parallel = data;

    (void)parts;
    for (size_t i = 0; i < parallel->block->len; i++)
        text_putc(text, (char)('0' + parallel->branches[i]));
    digest_number(text, (int64_t)parallel->succeeded);
}

const struct ops parallel_ops = {
    .begin = parallel_begin,
    .advance = parallel_advance,
    .child_ended = parallel_child_ended,
    .fini = parallel_fini,
    .copy = parallel_copy,
    .digest = parallel_digest,
};
