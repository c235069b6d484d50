/* rest: a run that only waits needs no process. Its core can be made again from the journal's causes at any
 * time, so it is let go, and the journal says when the keeper takes it up. No event tells of that: to the run
 * it makes no difference. */
#include "base/clock.h"
#include "base/mem.h"
#include "drive/inside.h"

/* Is everything it has ordered done, and everything it has concluded durable? */
static bool is_still(const struct live *live)
{
    bool is_going = !live->is_over && !live->is_parked && !live->is_queued && !live->is_pumping;

    return is_going && !live->jobs.len && !live->orphans && !live->first && !live->appended &&
           live->batch <= journal_durable(live->options.journal);
}

int64_t live_rests_until(const struct live *live)
{
    struct effect timer;

    if (!live->options.is_kept || live->group.name || !is_still(live))
        return 0;
    if (!core_next_timer(live->run, &timer))
        return INT64_MAX;
    return clock_wall_us() + timer.due_us - live_now_us(live);
}

void live_rest(struct live *live, int64_t due_us)
{
    live_leave(live, "at rest");
    journal_rest(live->options.journal, live->id, due_us);
    journal_lease(live->options.journal, live->id, 0);
    live_hand_over(live);
}

uint64_t live_batch(const struct live *live)
{
    return live->batch;
}
