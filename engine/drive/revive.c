/* revive: an engine takes up what another has left.
 *
 *     lease taken ──> the journal folded ──> run.resumed ──> what was under way is ended, where something of
 * it is left, and told to the core as lost ──> what people said meanwhile, and what came due, in the order of
 *     its time ──> what is still waited for (timers, questions) is set going again
 */
#include "base/clock.h"
#include "base/mem.h"
#include "drive/birth.h"
#include "drive/inside.h"
#include "drive/orphans.h"
#include "drive/refold.h"
#include "step/step.h"

#include <string.h>

/* --- what was under way --- */

/* Its code is carried out again from what is recorded of it: see calls.c. */
static bool is_code(const struct effect *order)
{
    return order->type == EFFECT_START && ((const struct step_ops *)order->step->kind->ops)->perform;
}

static void lose(struct live *live, const struct effect *order, long pid)
{
    bool is_read = order->type == EFFECT_START && work_is_read(order->step, order->args);
    json_t *data autovalue = is_read ? json_pack("{s:b}", "read", true) : NULL;
    char *message autofree =
        pid ? mem_printf(
                  "the engine ended while it was under way; what was left of it (process %ld) was ended", pid)
            : mem_strdup("the engine ended while it was under way");
    struct input input = {.type = INPUT_LOST, .frame = order->frame, .name = message, .data = data};

    live_apply(live, &input, NULL);
}

/* It is told again what it was told before; of a sensitive step, nobody knows that any more. */
static bool can_repeat(const struct live *live, const struct effect *order)
{
    return is_code(order) &&
           !(order->step->sensitive && json_array_size(core_calls(live->run, order->frame)));
}

static void decide(struct live *live, const struct effect *order, long pid)
{
    if (!core_awaits(live->run, order))
        return;
    if (can_repeat(live, order))
        live_perform(live, order);
    else
        lose(live, order, pid);
}

static void on_gone(void *context, const struct effect *order, long pid)
{
    struct orphan *orphan = context;
    struct live *live = orphan->live;
    struct orphan **place = &live->orphans;

    decide(live, order, pid);
    while (*place != orphan)
        place = &(*place)->next;
    *place = orphan->next;
    orphans_free(orphan->processes);
    free(orphan);
}

static void take_up_work(struct live *live, const struct effect *order)
{
    struct orphan *orphan = mem_alloc(sizeof(*orphan));

    orphan->live = live;
    orphan->processes = orphans_end(live->options.loop, live->id, order, on_gone, orphan);
    if (orphan->processes) {
        orphan->next = live->orphans;
        live->orphans = orphan;
        return;
    }
    free(orphan);
    decide(live, order, 0);
}

void live_forget_orphans(struct live *live)
{
    while (live->orphans) {
        struct orphan *orphan = live->orphans;

        live->orphans = orphan->next;
        orphans_free(orphan->processes);
        free(orphan);
    }
}

/* --- what came due meanwhile --- */

void live_catch_up(struct live *live, int64_t wall_us)
{
    int64_t now_us = live_now_us(live), until_us = now_us - (clock_wall_us() - wall_us);
    struct effect timer;

    while (core_next_timer(live->run, &timer) && timer.due_us < until_us && timer.due_us <= now_us) {
        struct input input = {.type = INPUT_TIMER, .frame = timer.frame, .timer = timer.timer};

        if (live_apply(live, &input, NULL) < 0)
            return;
    }
}

/* --- taking it up --- */

/* Work first: nothing else may happen to a step before it is known what became of it. */
static void take_up(struct live *live, const struct refold *refold, bool is_work)
{
    for (size_t i = 0; i < refold->open_count && !live->is_over; i++) {
        const struct effect *effect = &refold->open[i];
        bool is_this = (effect->type == EFFECT_START || effect->type == EFFECT_NOTIFY) == is_work;

        if (!is_this || !core_awaits(live->run, effect))
            continue;
        if (is_work)
            take_up_work(live, effect);
        else
            live_perform(live, effect);
    }
}

static json_t *facts_of(const struct live *live, const struct refold *refold)
{
    const struct run_row *engine = &live->engine;
    int64_t away_us = live_now_us(live) - refold->mono_us;
    json_t *lost = json_array();

    for (size_t i = 0; i < refold->open_count; i++)
        if (refold->open[i].type == EFFECT_START || refold->open[i].type == EFFECT_NOTIFY)
            json_array_append_new(lost, json_string(refold->open[i].path));
    return json_pack("{s:s, s:I, s:f, s:o}", "host", engine->engine_host, "pid",
        (json_int_t)engine->engine_pid, "away_seconds", (double)away_us / 1e6, "under_way", lost);
}

/* The run's clock has gone on by as much as the wall clock has; one that was set back has not moved it. */
static void set_clock(struct live *live, const struct refold *refold)
{
    int64_t away_us = clock_wall_us() - refold->wall_us;

    live->started_us = clock_mono_us() - refold->mono_us - (away_us > 0 ? away_us : 0);
}

/* Its engine left it on purpose, while it only waited: see rest.c. */
static bool was_at_rest(const struct past *past, const json_t *facts)
{
    return past->row->keep_us > KEEP_NOW && json_array_size(json_object_get(facts, "under_way")) == 0;
}

static int go_on(struct live *live, const struct past *past, struct refold *refold, struct err *err)
{
    json_t *facts autovalue = NULL;
    struct input resumed = {.type = INPUT_RESUMED, .by = live->options.initiator};
    int code = 0;

    set_clock(live, refold);
    facts = facts_of(live, refold);
    resumed.data = facts;
    if (!was_at_rest(past, facts))
        code = live_apply(live, &resumed, err);
    if (code < 0)
        return code;
    take_up(live, refold, true);
    live->mail = mail_open(live);
    live->is_catching_up = true;
    mail_look(live->mail, true);
    live->is_catching_up = false;
    take_up(live, refold, false);
    return 0;
}

/* It was created and never began: it does now, as it was asked for, by whom it was asked for. */
static int begin_late(struct live *live, const struct run_row *row, struct err *err)
{
    json_t *facts autovalue =
        json_pack("{s:s, s:I}", "host", live->engine.engine_host, "pid", (json_int_t)live->engine.engine_pid);
    struct principal me = live->options.initiator;
    struct input resumed = {.type = INPUT_RESUMED, .by = me, .data = facts};
    char pinned[SHA256_HEX_SIZE];
    int code;

    book_pin((struct book *)live->options.book, pinned);
    live->params = json_copy(row->params);
    json_object_update(live->params, live->options.params);
    live->options.params = live->params;
    live->options.start_extra = row->extra;
    live->options.initiator = row->initiator;
    code = live_start(live, err);
    live->options.initiator = me;
    if (code == 0 && !live->is_over)
        code = live_apply(live, &resumed, err);
    return code;
}

int live_resume(struct live *live, struct past *past, struct err *err)
{
    struct refold refold = {0};
    int code;

    memcpy(live->id, past->id, RUN_ID_SIZE);
    code = birth_take_over(live, err);
    if (code < 0)
        return code;
    code = past_read_on(past, err);
    if (past->event_count)
        folder_take(live, past->events[0].data);
    if (code == 0)
        code = refold_past(past, live->options.params, &refold, err);
    if (code == 0 && refold.nonce) {
        snprintf(live->nonce, sizeof(live->nonce), "%s", refold.nonce);
        core_free(live->run);
        live->run = refold.run;
        refold.run = NULL;
        code = go_on(live, past, &refold, err);
    } else if (code == 0) {
        code = begin_late(live, past->row, err);
    }
    refold_fini(&refold);
    if (code == 0)
        return live_set_going(live);
    live_park(live); /* for another, who can */
    return code;
}
