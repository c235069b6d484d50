/* The new run: created with what it takes over, and set going. */
#include "drive/fork.h"
#include "base/clock.h"
#include "base/mem.h"
#include "drive/birth.h"

#include <string.h>

/* What the new run's journal begins with: the old one's events as they are, and the turn of INPUT_FORKED. */
static struct event *all_events(
    struct live *live, const struct fork *fork, const struct turn *turn, size_t *ret_count)
{
    size_t taken = fork->refold.agreed, count = taken + turn->event_count;
    struct event *events = mem_alloc(count * sizeof(*events));

    for (size_t i = 0; i < count; i++) {
        events[i] = i < taken ? fork->past->events[i] : turn->events[i - taken];
        events[i].data =
            i < taken ? json_incref(events[i].data) : secrets_veil(&live->secrets, events[i].data);
    }
    if (!fork->from) {
        json_t *start = json_copy(events[0].data);

        json_object_set_new(start, "rollback", json_true());
        json_decref(events[0].data);
        events[0].data = start;
    }
    *ret_count = count;
    return events;
}

static void free_events(struct event *events, size_t count)
{
    for (size_t i = 0; i < count; i++)
        json_decref(events[i].data);
    free(events);
}

/* The row is that of the other run, but for what is new. */
static int create(struct live *live, const struct fork *fork, const struct turn *turn,
    const struct event *after, struct err *err)
{
    const struct past *past = fork->past;
    const struct book *book = fork->program->book;
    char hash[SHA256_HEX_SIZE];
    struct run_row row = *past->row;
    struct run_copy copy = {.from = past->id, .last = &past->events[past->event_count - 1], .after = after};
    struct event *events = all_events(live, fork, turn, &copy.event_count);
    int code;

    copy.events = events;
    book_pin((struct book *)book, hash);
    memcpy(row.id, live->id, RUN_ID_SIZE);
    row.book_sha256 = hash;
    row.initiator = live->options.initiator;
    row.trigger = fork->how;
    row.parent = past->id;
    row.status = RUN_QUEUED;
    row.created_us = clock_wall_us();
    row.started_us = row.finished_us = 0;
    row.warnings = 0;
    row.message = "";
    row.engine = live->engine.engine;
    row.engine_host = live->engine.engine_host;
    row.engine_pid = live->engine.engine_pid;
    row.engine_start = live->engine.engine_start;
    row.lease_until_us = live->engine.lease_until_us;
    code = journal_create_copy(live->options.journal, &row, (const struct source *const *)book->sources,
        book->source_count, &copy, err);
    free_events(events, copy.event_count);
    return code;
}

/* The last word of the other run: who goes on from it, and as what. */
static int say_after(struct live *live, const struct fork *fork, struct turn *turn, struct err *err)
{
    const struct past *past = fork->past;
    const struct event *last = &past->events[past->event_count - 1];
    json_t *data autovalue = json_pack("{s:s, s:s}", "run", live->id, "how", fork->how);
    struct input input = {.type = INPUT_CONTINUED, .by = live->options.initiator, .data = data};
    struct refold refold = {0};
    int code = refold_past(past, NULL, &refold, err);

    if (fork->from)
        json_object_set_new(data, "step", json_string(fork->from));
    input.wall_us = clock_wall_us();
    input.mono_us = last->mono_us + (input.wall_us > last->wall_us ? input.wall_us - last->wall_us : 0);
    if (code == 0)
        code = core_apply(refold.run, &input, turn, err);
    refold_fini(&refold);
    return code;
}

static json_t *data_of(struct live *live, const struct fork *fork)
{
    json_t *data = json_pack("{s:s, s:s}", "run", fork->past->id, "how", fork->how);

    if (fork->from)
        json_object_set_new(data, "step", json_string(fork->from));
    if (fork->program != &fork->past->program)
        json_object_set_new(data, "book", birth_pinned(fork->program->book));
    (void)live;
    return data;
}

static int begin(struct live *live, struct fork *fork, struct turn *turn, struct err *err)
{
    json_t *data autovalue = NULL;
    struct input forked = {.type = INPUT_FORKED, .by = live->options.initiator};
    struct turn after = {0};
    char hash[SHA256_HEX_SIZE];
    int code;

    book_pin((struct book *)fork->program->book, hash);
    data = data_of(live, fork);
    forked.data = data;
    forked.wall_us = clock_wall_us();
    forked.mono_us = fork->refold.mono_us;
    code = core_apply(live->run, &forked, turn, err);
    if (code == 0)
        code = say_after(live, fork, &after, err);
    if (code == 0)
        code = create(live, fork, turn, &after.events[0], err);
    turn_fini(&after);
    return code;
}

/* Timers that were set, and messages that were being sent. */
static void take_up(struct live *live, const struct refold *refold)
{
    for (size_t i = 0; i < refold->open_count && !live->is_over; i++)
        if (core_awaits(live->run, &refold->open[i]))
            live_perform(live, &refold->open[i]);
}

int live_fork(struct live *live, struct fork *fork, struct err *err)
{
    struct turn turn = {0};
    int code;

    birth_introduce(live);
    snprintf(live->nonce, sizeof(live->nonce), "%s", fork->refold.nonce ? fork->refold.nonce : "");
    core_free(live->run);
    live->run = fork->refold.run;
    fork->refold.run = NULL;
    live->started_us = clock_mono_us() - fork->refold.mono_us;
    folder_take(live, fork->past->events[0].data);
    code = begin(live, fork, &turn, err);
    if (code < 0) {
        turn_fini(&turn);
        return code;
    }
    take_up(live, &fork->refold);
    live_follow(live, &turn);
    return live_set_going(live);
}
