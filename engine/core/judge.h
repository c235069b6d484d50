/* judge: what an attempt that has ended means for its step. */
#ifndef CORE_JUDGE_H
#define CORE_JUDGE_H

#include "core/frame.h"

enum ruling_type { RULING_SUCCEED, RULING_FAIL, RULING_REPEAT, RULING_SKIP };

struct ruling {
    enum ruling_type type;
    int64_t delay_ms; /* REPEAT */
    const char *why;  /* REPEAT, SKIP */
};

/* From frame->failure and the result. Only evaluates: no event, no move. May set or clear frame->failure and
 * sets the result's outputs. */
struct ruling judge(struct run *run, struct frame *frame);

/* How long to wait after attempt number `attempt` (from 1) has failed. Jitter `full` is uniform in [0,
 * delay], drawn with splitmix64 from the run's seed, the frame and the attempt, so that it is the same in
 * every replay. */
int64_t retry_delay(
    const struct retry *retry, int64_t delay_ms, int64_t max_ms, int attempt, uint64_t seed, uint32_t frame);

#endif
