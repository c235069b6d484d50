/* judge: success_when, until, outputs, retry. In this order: success_when may overrule how a process or a
 * request ended; until asks for another go; outputs are taken from a success; retry gives a failure another
 * chance. */
#include "core/judge.h"

#include "core/brief.h"
#include "core/ops.h"

#include <string.h>

#define CLASS(name) (1u << FAIL_##name)

/* What success_when may overrule. */
static const unsigned overrulable = CLASS(NONE) | CLASS(EXIT) | CLASS(SIGNAL) | CLASS(HTTP);
/* What another attempt cannot change. */
static const unsigned hopeless = CLASS(SPAWN) | CLASS(VALIDATION) | CLASS(EXPRESSION) | CLASS(INTERNAL) |
                                 CLASS(CANCELLED) | CLASS(DENIED) | CLASS(DEADLINE);

static bool is_in(unsigned set, enum fail_class class_)
{
    return set & (1u << class_);
}

static const struct ruling succeeded = {RULING_SUCCEED, 0, NULL};
static const struct ruling failed = {RULING_FAIL, 0, NULL};

static bool is_loop(const struct frame *frame)
{
    return frame->ops->loop != NULL;
}

static void apply_success_when(struct run *run, struct frame *frame)
{
    const struct step *step = frame->step;
    bool is_success;

    if (!step->success_when || !is_in(overrulable, frame->failure.class_))
        return;
    if (scope_test(run, frame, step->success_when, &is_success) < 0)
        return;
    if (is_success)
        failure_clear(&frame->failure);
    else if (frame->failure.class_ == FAIL_NONE)
        failure_set(frame, FAIL_ASSERTION, "success_when is not true: %s", step->success_when->text);
}

/* --- until --- */

static struct ruling poll_again(struct run *run, struct frame *frame)
{
    struct ruling ruling = {.type = RULING_REPEAT, .why = "until"};

    if (scope_duration(run, frame, &frame->step->every, 1000, &ruling.delay_ms) < 0)
        return failed;
    free(frame->look);
    frame->look = brief_outcome(frame);
    return ruling;
}

/* A failed attempt may still satisfy `until`; one that left nothing to look at is tried again. */
static struct ruling judge_until(struct run *run, struct frame *frame)
{
    bool is_done = false, has_failed = frame->failure.class_ != FAIL_NONE;

    if (frame->after_stop == AFTER_FAIL && frame->state == FRAME_STOPPING)
        return failed;
    if (has_failed && is_in(hopeless, frame->failure.class_))
        return failed;
    if ((!has_failed || frame->result->result) && scope_test(run, frame, frame->step->until, &is_done) < 0)
        return failed;
    if (!is_done)
        return poll_again(run, frame);
    failure_clear(&frame->failure);
    return succeeded;
}

/* --- retry --- */

static uint64_t splitmix64(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

int64_t retry_delay(
    const struct retry *retry, int64_t delay_ms, int64_t max_ms, int attempt, uint64_t seed, uint32_t frame)
{
    double delay = (double)delay_ms;

    for (int i = 1; i < attempt && delay < (double)max_ms; i++)
        delay *= retry->backoff > 0 ? retry->backoff : 2.0;
    if (delay > (double)max_ms)
        delay = (double)max_ms;
    if (retry->jitter == JITTER_FULL)
        delay *= (double)(splitmix64(splitmix64(seed ^ frame) + (uint64_t)attempt) >> 11) * 0x1p-53;
    return (int64_t)delay;
}

static bool is_retried_class(const struct retry *retry, enum fail_class class_)
{
    for (size_t i = 0; i < retry->on.len; i++)
        if (strcmp(retry->on.items[i], fail_class_name(class_)) == 0)
            return true;
    return retry->on.len == 0 && !is_in(CLASS(EXPRESSION) | CLASS(CANCELLED) | CLASS(DEADLINE), class_);
}

static struct ruling judge_retry(struct run *run, struct frame *frame)
{
    const struct retry *retry = frame->step->retry;
    struct ruling ruling = {.type = RULING_REPEAT, .why = "retry"};
    struct failure keep = frame->failure;
    int64_t max_attempts, delay_ms, max_ms;
    bool is_wanted = true;

    if (!retry || frame->is_rescued || !is_retried_class(retry, keep.class_))
        return failed;
    if (scope_integer(run, frame, &retry->max_attempts, 3, &max_attempts) < 0 ||
        frame->attempt - frame->losses >= max_attempts)
        return failed;
    if ((retry->when && scope_test(run, frame, retry->when, &is_wanted) < 0) || !is_wanted)
        return failed;
    if (scope_duration(run, frame, &retry->delay, 1000, &delay_ms) < 0 ||
        scope_duration(run, frame, &retry->max_delay, 60000, &max_ms) < 0)
        return failed;
    ruling.delay_ms = retry_delay(
        retry, delay_ms, max_ms, frame->attempt - frame->losses, run->seed, node_expose(run, &frame->node));
    return ruling;
}

/* The engine died while the attempt was under way; what is made of it has been decided. */
static struct ruling judge_lost(const struct frame *frame)
{
    if (frame->on_lost == ON_INTERRUPT_SKIP)
        return (struct ruling){RULING_SKIP, 0, "lost"};
    if (frame->on_lost == ON_INTERRUPT_RETRY)
        return (struct ruling){RULING_REPEAT, 0, "lost"};
    return failed;
}

static bool take_outputs(struct run *run, struct frame *frame)
{
    const struct named_exprs *outputs = frame->step ? &frame->step->outputs : &frame->document->outputs;
    json_t *map;

    if (outputs->len == 0)
        return true;
    if (scope_outputs(run, frame, outputs, &map) < 0)
        return false;
    json_decref(frame->result->outputs);
    frame->result->outputs = map;
    return true;
}

struct ruling judge(struct run *run, struct frame *frame)
{
    if (frame->ops->is_leaf && frame->failure.class_ == FAIL_LOST)
        return judge_lost(frame);
    if (frame->step && !is_loop(frame)) {
        apply_success_when(run, frame);
        if (frame->step->until) {
            struct ruling ruling = judge_until(run, frame);

            if (ruling.type != RULING_SUCCEED)
                return ruling;
        }
    }
    if (frame->failure.class_ == FAIL_NONE && !is_loop(frame))
        take_outputs(run, frame);
    if (frame->failure.class_ == FAIL_NONE)
        return succeeded;
    return frame->step && !is_loop(frame) && !frame->step->until ? judge_retry(run, frame) : failed;
}
