#include "drive/keeper.h"
#include "base/clock.h"
#include "base/mem.h"
#include "drive/birth.h"
#include "drive/past.h"

#include <string.h>
#include <unistd.h>

enum {
    LOOK_US = 250 * 1000,
    HELD_MAX = 4096,            /* of which each takes memory; the others wait for their turn */
    LEAD_US = 10 * 1000000,     /* taken up so long before it is due, so that it is there when it is */
    REST_MIN_US = 60 * 1000000, /* for less than that it is not laid to rest */
};

/* A run that is held.
 *
 *     driven ──> leaving: the last of it is on its way to the journal ──> let go: as is that nothing follows
 *
 * Freed after that: the journal's writer may ring until then. */
struct held {
    struct keeper *keeper;
    struct past past;
    struct live *live;
    enum held_state { HELD_DRIVEN, HELD_LEAVING, HELD_LET_GO } state;
    uint64_t batch; /* with which it is let go */
    struct held *next;
};

struct keeper {
    struct keeper_options options;
    char *folder;          /* where it stood at first */
    struct run_row engine; /* what the journal says of us */
    struct held *held;
    size_t held_count;
    struct loop_timer *tick;
    struct loop_wake *wake; /* rung by the journal's writer */
    uint64_t news;
    int64_t next_us; /* when the next run is to be taken up; 0 = it is not known */
    uint64_t batch;  /* with which the last run was given up: it is looked for the next after that */
    bool is_looking, is_sweeping, is_stopping, is_in_trouble;
};

static void say(struct keeper *keeper, enum keeper_word word, const struct run_row *run, const char *text)
{
    const struct keeper_watcher *watcher = &keeper->options.watcher;

    if (watcher->on_word)
        watcher->on_word(watcher->context, word, run, text);
}

static void on_written(void *context, uint64_t batch)
{
    (void)batch;
    loop_wake_ring(((struct keeper *)context)->wake);
}

/* --- letting go --------------------------------------------------------------------------------------- */

static void held_free(struct held *held)
{
    live_free(held->live);
    past_fini(&held->past);
    free(held);
}

/* Is it to be freed? */
static bool is_gone(struct held *held)
{
    struct journal *journal = held->keeper->options.journal;
    uint64_t durable = journal_durable(journal);

    if (held->state == HELD_LEAVING && live_batch(held->live) <= durable) {
        journal_let_go(journal, live_run_id(held->live));
        held->batch = journal_commit(journal, on_written, held->keeper);
        held->state = HELD_LET_GO;
    }
    return held->state == HELD_LET_GO && held->batch <= durable;
}

static void sweep_again(void *context);

/* One, and then the loop has its turn: what is due in other runs does not wait for all of them. */
static void sweep(struct keeper *keeper)
{
    struct held **place = &keeper->held, *gone;

    while (*place && !is_gone(*place))
        place = &(*place)->next;
    gone = *place;
    if (gone) {
        *place = gone->next;
        keeper->held_count--;
        held_free(gone);
    }
    if (gone && !keeper->is_sweeping)
        loop_defer(keeper->options.loop, sweep_again, keeper);
    keeper->is_sweeping = keeper->is_sweeping || gone;
    if (keeper->is_stopping && !keeper->held && keeper->options.watcher.on_stopped)
        keeper->options.watcher.on_stopped(keeper->options.watcher.context);
}

static void sweep_again(void *context)
{
    struct keeper *keeper = context;

    keeper->is_sweeping = false;
    sweep(keeper);
}

static void on_finished(void *context, enum run_status status, const char *message)
{
    struct held *held = context;

    held->state = HELD_LEAVING;
    if (status != RUN_INTERRUPTED)
        say(held->keeper, KEEPER_ENDED, held->past.row, run_status_name(status));
    else if (live_is_fenced(held->live))
        say(held->keeper, KEEPER_LEAVES, held->past.row, message);
}

/* --- resting ------------------------------------------------------------------------------------------ */

static void lay_to_rest(struct held *held, int64_t until_us)
{
    char at[INSTANT_TEXT_SIZE];

    say(held->keeper, KEEPER_RESTS, held->past.row,
        until_us == INT64_MAX ? "" : instant_local(until_us, true, at));
    live_rest(held->live, until_us);
    held->keeper->next_us = 0;
}

static void look_who_rests(struct keeper *keeper)
{
    int64_t enough_us = clock_wall_us() + REST_MIN_US;

    for (struct held *held = keeper->held; held; held = held->next) {
        int64_t until_us = held->state == HELD_DRIVEN ? live_rests_until(held->live) : 0;

        if (until_us >= enough_us)
            lay_to_rest(held, until_us);
    }
}

/* --- taking up ---------------------------------------------------------------------------------------- */

static struct held *held_new(struct keeper *keeper, struct past *past)
{
    struct held *held = mem_alloc(sizeof(*held));

    *held = (struct held){.keeper = keeper, .past = *past};
    held->live = live_new(&(struct live_options){.loop = keeper->options.loop,
        .journal = keeper->options.journal,
        .book = held->past.program.book,
        .script = held->past.program.script,
        .initiator = keeper->options.me,
        .is_kept = true,
        .folder = keeper->folder,
        .watcher = {.on_finished = on_finished, .context = held}});
    held->next = keeper->held;
    keeper->held = held;
    keeper->held_count++;
    return held;
}

static void held_drop(struct held *held)
{
    struct keeper *keeper = held->keeper;

    keeper->held = held->next; /* it is the newest */
    keeper->held_count--;
    held_free(held);
}

/* It cannot be carried out here: out of the keeper's hands, for somebody to look at. */
static void give_up(struct keeper *keeper, const struct run_row *run, const char *why)
{
    say(keeper, KEEPER_LEAVES, run, why);
    journal_rest(keeper->options.journal, run->id, KEEP_NOT);
    keeper->batch = journal_commit(keeper->options.journal, on_written, keeper);
}

static bool is_held(const struct keeper *keeper, const char *run_id)
{
    const struct held *held = keeper->held;

    while (held && strcmp(live_run_id(held->live), run_id) != 0)
        held = held->next;
    return held != NULL;
}

static void take_up(struct keeper *keeper, const char *run_id)
{
    struct past past = {0};
    struct run_row nameless = {0};
    struct held *held;
    struct err err = {0};

    snprintf(nameless.id, sizeof(nameless.id), "%s", run_id);
    if (past_open(keeper->options.journal, run_id, &past, &err) < 0) {
        give_up(keeper, &nameless, err.text);
        return;
    }
    held = held_new(keeper, &past);
    say(keeper, KEEPER_TAKES_UP, held->past.row, "");
    if (live_resume(held->live, &held->past, &err) == 0)
        return;
    if (err.code != ERR_FULL && err.code != ERR_IO)
        give_up(keeper, held->past.row, err.text);
    if (!live_batch(held->live)) /* else it was ours, and on_finished follows */
        held_drop(held);
}

static void look_again(void *context);

/* One, as above. */
static void look_who_is_due(struct keeper *keeper)
{
    struct journal *journal = keeper->options.journal;
    char id[RUN_ID_SIZE];
    int code;

    if (keeper->is_stopping || keeper->is_looking || keeper->held_count >= HELD_MAX ||
        journal_durable(journal) < keeper->batch || journal_trouble(journal, NULL) < 0)
        return;
    code = journal_next_due(journal, clock_wall_us() + LEAD_US, id, &keeper->next_us, NULL);
    if (code < 0 && code != ERR_NOT_FOUND)
        keeper->next_us = 0;
    if (code < 0 || is_held(keeper, id)) /* the last of it is still being written */
        return;
    keeper->is_looking = true;
    take_up(keeper, id);
    loop_defer(keeper->options.loop, look_again, keeper);
}

static void look_again(void *context)
{
    struct keeper *keeper = context;

    keeper->is_looking = false;
    look_who_is_due(keeper);
}

/* --- the heartbeat ------------------------------------------------------------------------------------ */

static void keep_on(struct keeper *keeper)
{
    keeper->engine.lease_until_us = clock_wall_us() + LEASE_LENGTH_US;
    journal_keep_on(keeper->options.journal, &keeper->engine);
    journal_commit(keeper->options.journal, on_written, keeper);
}

static void look_for_trouble(struct keeper *keeper)
{
    const struct keeper_watcher *watcher = &keeper->options.watcher;
    struct err err = {0};
    bool is_trouble = journal_trouble(keeper->options.journal, &err) < 0;

    if (is_trouble == keeper->is_in_trouble)
        return;
    keeper->is_in_trouble = is_trouble;
    if (watcher->on_trouble)
        watcher->on_trouble(watcher->context, is_trouble ? &err : NULL);
}

static bool has_news(struct keeper *keeper)
{
    uint64_t news = journal_news(keeper->options.journal);
    bool is_new = news != keeper->news || !keeper->next_us;

    keeper->news = news;
    return is_new;
}

static void on_wake(void *context)
{
    sweep(context);
}

static void on_tick(void *context)
{
    struct keeper *keeper = context;
    struct loop *loop = keeper->options.loop;
    int64_t now_us = clock_wall_us();

    keeper->tick = loop_timer_start(loop, loop_now_us(loop) + LOOK_US, on_tick, keeper);
    if (!keeper->is_stopping && now_us >= keeper->engine.lease_until_us - LEASE_LENGTH_US + LEASE_EVERY_US)
        keep_on(keeper);
    look_for_trouble(keeper);
    sweep(keeper);
    look_who_rests(keeper);
    if (has_news(keeper) || keeper->next_us <= now_us + LEAD_US)
        look_who_is_due(keeper);
}

/* --- beginning and end -------------------------------------------------------------------------------- */

int keeper_new(const struct keeper_options *options, struct keeper **ret_keeper, struct err *err)
{
    struct run_row engine = birth_engine(options->me.host);
    struct keeper *keeper;
    int code = journal_keep(options->journal, &engine, err);

    if (code < 0)
        return code;
    keeper = mem_alloc(sizeof(*keeper));
    *keeper = (struct keeper){.options = *options, .folder = getcwd(NULL, 0), .engine = engine};
    keeper->wake = loop_wake_new(options->loop, on_wake, keeper);
    keeper->tick = loop_timer_start(options->loop, loop_now_us(options->loop), on_tick, keeper);
    *ret_keeper = keeper;
    return 0;
}

void keeper_stop(struct keeper *keeper)
{
    keeper->is_stopping = true;
    for (struct held *held = keeper->held; held; held = held->next) {
        int64_t until_us = held->state == HELD_DRIVEN ? live_rests_until(held->live) : 0;

        if (until_us) {
            lay_to_rest(held, until_us);
        } else if (held->state == HELD_DRIVEN) {
            journal_rest(keeper->options.journal, live_run_id(held->live), KEEP_NOW);
            live_park(held->live);
        }
    }
    keeper->engine.lease_until_us = 0;
    journal_keep_on(keeper->options.journal, &keeper->engine);
    journal_commit(keeper->options.journal, on_written, keeper);
    sweep(keeper);
}

void keeper_free(struct keeper *keeper)
{
    if (!keeper)
        return;
    loop_timer_stop(keeper->options.loop, keeper->tick);
    while (keeper->held) {
        struct held *held = keeper->held;

        keeper->held = held->next;
        held_free(held);
    }
    loop_wake_free(keeper->wake);
    free(keeper->folder);
    free(keeper);
}
