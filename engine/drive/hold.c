/* hold: the lease by which an engine holds its run: renewed as long as it drives it, and looked at before
 * anything is done. */
#include "base/clock.h"
#include "drive/inside.h"

static void renew(struct live *live)
{
    live->lease_until_us = clock_wall_us() + LEASE_LENGTH_US;
    journal_lease(live->options.journal, live->id, live->lease_until_us);
    live_hand_over(live);
    live->lease_batch = live->batch;
}

bool hold_check(struct live *live)
{
    if (live->is_parked || !journal_is_fenced(live->options.journal, live->id))
        return !live->is_parked;
    live->is_fenced = true;
    live_leave(live, "another engine has taken the run over");
    return false;
}

void hold_keep(struct live *live)
{
    if (hold_check(live) && clock_wall_us() >= live->lease_until_us - LEASE_LENGTH_US + LEASE_EVERY_US)
        renew(live);
}

bool hold_is_ours(struct live *live)
{
    if (!hold_check(live))
        return false;
    if (clock_wall_us() >= live->lease_until_us)
        renew(live);
    return live->lease_batch <= journal_durable(live->options.journal) &&
           !journal_is_fenced(live->options.journal, live->id);
}
