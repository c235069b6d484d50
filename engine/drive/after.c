#include "drive/after.h"
#include "base/clock.h"
#include "drive/refold.h"

static int say(struct journal *journal, const struct past *past, struct run *run, const struct input *said,
    struct err *err)
{
    const struct event *last = &past->events[past->event_count - 1];
    struct input input = *said;
    struct turn turn = {0};
    int code;

    input.wall_us = clock_wall_us();
    input.mono_us = last->mono_us + (input.wall_us > last->wall_us ? input.wall_us - last->wall_us : 0);
    code = core_apply(run, &input, &turn, err);
    if (code == 0)
        code = journal_add_after(journal, past->id, last, turn.events, turn.event_count, err);
    turn_fini(&turn);
    return code;
}

int after_say(struct journal *journal, const char *run_id, const struct input *input, struct err *err)
{
    struct past past;
    struct refold refold = {0};
    int code = past_open(journal, run_id, &past, err);

    if (code == 0)
        code = refold_past(&past, NULL, &refold, err);
    if (code == 0)
        code = past.event_count ? say(journal, &past, refold.run, input, err)
                                : err_set(err, ERR_USAGE, "the run has not started");
    refold_fini(&refold);
    past_fini(&past);
    return code;
}
