/* queue: a run that belongs to a group of which only so many may be under way. It exists in the journal, with
 * status `queued` and a lease, and has not started; nothing of it is done. It looks four times a second
 * whether there is room, because that an engine dies is told by nobody. */
#include "base/clock.h"
#include "base/mem.h"
#include "drive/inside.h"
#include "drive/ring.h"

static void tell(struct live *live, const char *why)
{
    const struct live_watcher *watcher = &live->options.watcher;

    if (watcher->on_queued)
        watcher->on_queued(watcher->context, why);
}

/* It ends before it has begun; the journal says why. */
static int skip(struct live *live, const char *why, struct err *err)
{
    char *reason autofree = mem_printf("skipped: %s", why);
    struct input cancel = {.type = INPUT_CANCEL, .path = "", .name = reason, .by = live->options.initiator};

    return live_apply(live, &cancel, err);
}

static int wait(struct live *live, const char *why, struct err *err)
{
    (void)err;
    tell(live, why);
    return 0;
}

static void cancel_other(void *context, const char *run_id, bool is_in)
{
    struct live *live = context;
    char *reason autofree = mem_printf("replaced by run %.6s", live->id);
    const struct inbox_item item = {.verb = "cancel",
        .path = "",
        .name = reason,
        .by = live->options.initiator,
        .wall_us = clock_wall_us()};

    (void)is_in;
    if (journal_inbox_put(live->options.journal, run_id, &item, NULL) == 0)
        ring(run_id);
}

/* Those before are cancelled as by hand, with all their `always`; the place is free when they have ended. */
static int replace(struct live *live, const char *why, struct err *err)
{
    char *said autofree = mem_printf("%s; it is being cancelled", why);
    int code = journal_group(live->options.journal, live->id, cancel_other, live, err);

    return code < 0 ? code : wait(live, said, err);
}

static int (*const reactions[])(struct live *live, const char *why, struct err *err) = {
    [ON_CONFLICT_QUEUE] = wait,
    [ON_CONFLICT_SKIP] = skip,
    [ON_CONFLICT_REPLACE] = replace,
    [ON_CONFLICT_ALLOW] = wait, /* there is always room */
};

int queue_enter(struct live *live, struct err *err)
{
    struct err full = {0};
    int code = live->group.name ? journal_enter_group(live->options.journal, live->id, &full) : 0;

    if (code == 0)
        return live_start(live, err);
    if (code != ERR_BUSY) {
        if (err)
            *err = full;
        return code;
    }
    live->is_queued = live->was_queued = true;
    return reactions[live->group.on_conflict](live, full.text, err);
}

void queue_look(struct live *live)
{
    if (journal_look_at_group(live->options.journal, live->id, NULL) < 0 ||
        journal_enter_group(live->options.journal, live->id, NULL) < 0)
        return;
    live->is_queued = false;
    tell(live, NULL);
    live_start(live, NULL);
    live_set_going(live);
    if (!live->is_over)
        mail_look(live->mail, true);
}
