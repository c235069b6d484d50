#include "drive/live.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "drive/birth.h"
#include "drive/inside.h"

#include <string.h>

enum {
    FLUSH_AFTER_US = 100 * 1000,
    FEW = 64, /* events that cost less to write than to hand to a thread and wait for */
    TICK_US = 250 * 1000,
    UNWRITTEN_MAX = 20000, /* events of pure steps in one batch */
    BEHIND_MAX = 2,        /* batches: a busy loop of pure steps waits for the journal here */
};

int64_t live_now_us(const struct live *live)
{
    return clock_mono_us() - live->started_us;
}

const char *live_run_id(const struct live *live)
{
    return live->id;
}

const struct run *live_run(const struct live *live)
{
    return live->run;
}

bool live_is_fenced(const struct live *live)
{
    return live->is_fenced;
}

bool live_has_begun(const struct live *live)
{
    return live->begun_batch && live->begun_batch <= journal_durable(live->options.journal);
}

/* --- the way to the journal --- */

/* On the writer's thread. */
static void on_durable(void *context, uint64_t batch)
{
    (void)batch;
    loop_wake_ring(((struct live *)context)->wake);
}

/* With no work under way the loop has nothing to do but to wait for this, unless there are other runs on it,
 * or it is so much that the loop better goes on meanwhile. */
void live_hand_over(struct live *live)
{
    bool is_idle = !live->jobs.len && !live->options.is_kept && live->appended <= FEW;

    live->batch = journal_commit_here(live->options.journal, is_idle, on_durable, live);
    live->appended = 0;
    loop_timer_stop(live->options.loop, live->flush);
    live->flush = NULL;
}

static void on_flush(void *context)
{
    struct live *live = context;

    live->flush = NULL;
    live_hand_over(live);
}

void live_appended(struct live *live)
{
    if (!live->flush && !live->is_over)
        live->flush = loop_timer_start(
            live->options.loop, loop_now_us(live->options.loop) + FLUSH_AFTER_US, on_flush, live);
}

static void append(struct live *live, const struct event *event)
{
    const struct live_watcher *watcher = &live->options.watcher;
    struct event shown = *event;

    shown.data = secrets_veil(&live->secrets, event->data);
    journal_append(live->options.journal, live->id, &shown);
    live->appended++;
    if (event->type == EVENT_RUN_FINISHED) {
        const char *message = shown.data ? value_get_string(shown.data, "message") : NULL;

        free(live->message);
        live->message = message ? mem_strdup(message) : NULL;
        if (live->options.is_kept)
            journal_rest(live->options.journal, live->id, KEEP_NOT);
    }
    if (watcher->on_event)
        watcher->on_event(watcher->context, &shown);
    json_decref(shown.data);
}

/* --- being left --- */

static void end(struct live *live);

void live_check_parked(struct live *live)
{
    if (live->is_parked && !live->is_over && !live->jobs.len)
        end(live);
}

static void on_parked(void *context)
{
    live_check_parked(context);
}

/* Everything is stopped, and on_finished follows when it has been. */
void live_leave(struct live *live, const char *why)
{
    if (live->is_over || live->is_parked)
        return;
    live->is_parked = true;
    free(live->message);
    live->message = mem_strdup(why);
    alarms_drop(live);
    live_forget_orphans(live);
    jobs_abandon(live);
    loop_defer(live->options.loop, on_parked, live);
}

void live_park(struct live *live)
{
    if (live->is_over || live->is_parked)
        return;
    live_leave(live, "parked: everything it ran was stopped");
    journal_lease(live->options.journal, live->id, 0);
    live_hand_over(live);
}

/* --- performing --- */

static void ask(struct live *live, const struct effect *effect)
{
    json_t *data autovalue = answer_for(effect, live->options.answers, live->options.yes);
    struct input input = {
        .type = INPUT_ANSWER, .path = effect->path, .by = live->options.initiator, .data = data};
    struct err err = {0};

    if (!data || live_apply(live, &input, &err) == 0)
        return;
    /* The answer does not fit: the question stays open, and the journal says why. */
    char *text autofree = mem_printf("the prepared answer was refused: %s", err.text);

    input =
        (struct input){.type = INPUT_NOTE, .path = effect->path, .name = text, .by = live->options.initiator};
    live_apply(live, &input, NULL);
}

static void end(struct live *live)
{
    const struct live_watcher *watcher = &live->options.watcher;

    live->is_over = true;
    loop_timer_stop(live->options.loop, live->tick);
    loop_timer_stop(live->options.loop, live->flush);
    live->tick = live->flush = NULL;
    alarms_drop(live);
    mail_close(live->mail);
    live->mail = NULL;
    if (watcher->on_finished)
        watcher->on_finished(watcher->context, live->is_parked ? RUN_INTERRUPTED : core_status(live->run),
            live->message ? live->message : "");
}

static void finish(struct live *live, const struct effect *effect)
{
    (void)effect;
    end(live);
}

static void show_only(struct live *live, const struct effect *effect)
{
    (void)live;
    (void)effect;
}

/* What each effect takes, and whether it leaves the program and so waits for the journal. */
static const struct {
    void (*perform)(struct live *live, const struct effect *effect);
    bool leaves;
} acts[] = {
    [EFFECT_START] = {job_start, true},
    [EFFECT_STOP] = {job_stop, true},
    [EFFECT_KILL] = {job_kill, true},
    [EFFECT_TIMER_SET] = {alarm_set, false},
    [EFFECT_TIMER_CLEAR] = {alarm_clear, false},
    [EFFECT_ASK] = {ask, true},
    [EFFECT_ASK_CLOSE] = {show_only, false},
    [EFFECT_NOTIFY] = {job_start, true},
    [EFFECT_CALL] = {job_call, true},
    [EFFECT_RETURN] = {job_return, true},
    [EFFECT_FINISHED] = {finish, true},
};

void live_perform(struct live *live, const struct effect *effect)
{
    const struct live_watcher *watcher = &live->options.watcher;

    if (watcher->on_effect && effect->type != EFFECT_FINISHED) {
        struct effect shown = *effect;

        shown.args = secrets_veil(&live->secrets, effect->args);
        watcher->on_effect(watcher->context, &shown);
        json_decref(shown.args);
    }
    if (acts[effect->type].leaves)
        folder_enter(live);
    acts[effect->type].perform(live, effect);
}

/* Perform, in order, every turn whose batch is durable. What that brings about (an answer that was prepared)
 * joins the queue. */
static void perform_ready(struct live *live)
{
    if (live->is_performing)
        return;
    live->is_performing = true;
    while (live->first && !live->is_over && !live->is_parked &&
           live->first->batch <= journal_durable(live->options.journal) && hold_is_ours(live)) {
        struct pending *pending = live->first;

        live->first = pending->next;
        if (!live->first)
            live->last = NULL;
        for (size_t i = 0; i < pending->turn.effect_count && !live->is_over; i++)
            live_perform(live, &pending->turn.effects[i]);
        pending->next = live->spare;
        live->spare = pending;
    }
    live->is_performing = false;
}

/* --- turns --- */

static struct pending *new_pending(struct live *live)
{
    struct pending *pending = live->spare;

    if (pending)
        live->spare = pending->next;
    else
        pending = mem_alloc(sizeof(*pending));
    pending->next = NULL;
    pending->batch = 0;
    return pending;
}

static bool has_leaving(const struct turn *turn)
{
    for (size_t i = 0; i < turn->effect_count; i++)
        if (acts[turn->effects[i].type].leaves)
            return true;
    return false;
}

static void queue_up(struct live *live, struct pending *pending)
{
    if (live->last)
        live->last->next = pending;
    else
        live->first = pending;
    live->last = pending;
}

static void pump_soon(struct live *live);

/* What the core concluded: write it, then perform it when it is durable. */
static void conclude(struct live *live, struct pending *pending)
{
    const struct turn *turn = &pending->turn;
    bool more = turn->more;

    for (size_t i = 0; i < turn->event_count; i++)
        append(live, &turn->events[i]);
    if (has_leaving(turn) || live->appended >= UNWRITTEN_MAX) {
        live_hand_over(live);
        pending->batch = live->batch;
    } else if (turn->event_count) {
        live_appended(live);
    }
    queue_up(live, pending);
    perform_ready(live);
    if (more)
        pump_soon(live);
}

static void on_pump(void *context)
{
    struct live *live = context;
    struct pending *pending;

    live->is_pumping = false;
    if (live->is_over || live->is_parked)
        return;
    live->is_stalled = live->batch > journal_durable(live->options.journal) + BEHIND_MAX;
    if (live->is_stalled)
        return;
    pending = new_pending(live);
    core_pump(live->run, &pending->turn);
    conclude(live, pending);
}

/* The loop has its turn between two pumps; while the journal is behind, on_wake looks again. */
static void pump_soon(struct live *live)
{
    if (live->is_pumping)
        return;
    live->is_pumping = true;
    loop_defer(live->options.loop, on_pump, live);
}

void live_follow(struct live *live, struct turn *turn)
{
    const struct live_watcher *watcher = &live->options.watcher;
    struct pending *pending = new_pending(live);
    bool more = turn->more;

    for (size_t i = 0; i < turn->event_count && watcher->on_event; i++) {
        struct event shown = turn->events[i];

        shown.data = secrets_veil(&live->secrets, shown.data);
        watcher->on_event(watcher->context, &shown);
        json_decref(shown.data);
    }
    turn_fini(&pending->turn);
    pending->turn = *turn;
    *turn = (struct turn){0};
    queue_up(live, pending);
    perform_ready(live);
    if (more)
        pump_soon(live);
}

static void on_wake(void *context)
{
    struct live *live = context;

    hold_check(live);
    perform_ready(live);
    if (live->is_stalled)
        pump_soon(live);
}

int live_apply(struct live *live, struct input *input, struct err *err)
{
    struct pending *pending;
    int code;

    if (live->is_over || live->is_parked)
        return err_set(err, ERR_USAGE, "the run has ended");
    input->wall_us = clock_wall_us();
    input->mono_us = live_now_us(live);
    pending = new_pending(live);
    code = core_apply(live->run, input, &pending->turn, err);
    if (code < 0) {
        pending->next = live->spare;
        live->spare = pending;
        return code;
    }
    conclude(live, pending);
    return 0;
}

int live_say(struct live *live, const struct input *input, struct err *err)
{
    struct input copy = *input;

    if (copy.by.user && !*copy.by.user)
        return err_set(err, ERR_USAGE, "it must be known who says this");
    return live_apply(live, &copy, err);
}

/* --- the heartbeat --- */

static void look_for_trouble(struct live *live)
{
    const struct live_watcher *watcher = &live->options.watcher;
    struct err err = {0};
    bool is_trouble = journal_trouble(live->options.journal, &err) < 0;

    if (is_trouble == live->is_in_trouble)
        return;
    live->is_in_trouble = is_trouble;
    if (watcher->on_trouble)
        watcher->on_trouble(watcher->context, is_trouble ? &err : NULL);
}

static void on_tick(void *context)
{
    struct live *live = context;
    int64_t now_us = loop_now_us(live->options.loop);

    live->tick = loop_timer_start(live->options.loop, now_us + TICK_US, on_tick, live);
    if (!live->mail)
        live->mail = mail_open(live);
    hold_keep(live);
    perform_ready(live);
    if (live->is_queued && !live->is_over && !live->is_parked)
        queue_look(live);
    if (!live->is_over)
        mail_look(live->mail, false);
    if (!live->is_over)
        look_for_trouble(live);
}

/* --- beginning and end --- */

struct live *live_new(const struct live_options *options)
{
    struct live *live = mem_alloc(sizeof(*live));

    *live = (struct live){.options = *options};
    random_base32(live->id, RUN_ID_SIZE - 1);
    random_base32(live->nonce, NONCE_SIZE - 1);
    live->started_us = clock_mono_us();
    secrets_init(&live->secrets, options->loop, options->book, live->nonce);
    secrets_hide_params(&live->secrets, options->params);
    live->run = core_new(options->book, options->script);
    live->secrets.script = options->script;
    live->secrets.run = &live->run;
    live->wake = loop_wake_new(options->loop, on_wake, live);
    return live;
}

int live_start(struct live *live, struct err *err)
{
    json_t *data autovalue = birth_data(live);
    struct input start = {.type = INPUT_START, .by = live->options.initiator, .data = data};

    live->started_us = clock_mono_us();
    return live_apply(live, &start, err);
}

int live_set_going(struct live *live)
{
    struct loop *loop = live->options.loop;

    if (live->appended)
        live_hand_over(live);
    live->begun_batch = live->is_queued ? 0 : live->batch;
    if (!live->is_over && !live->tick)
        live->tick = loop_timer_start(loop, loop_now_us(loop) + TICK_US, on_tick, live);
    return 0;
}

int live_begin(struct live *live, struct err *err)
{
    int code = birth_create(live, err);

    if (code == 0)
        code = queue_enter(live, err);
    return code < 0 ? code : live_set_going(live);
}

static void free_list(struct pending *pending)
{
    while (pending) {
        struct pending *next = pending->next;

        turn_fini(&pending->turn);
        free(pending);
        pending = next;
    }
}

void live_free(struct live *live)
{
    if (!live)
        return;
    loop_timer_stop(live->options.loop, live->tick);
    loop_timer_stop(live->options.loop, live->flush);
    alarms_drop(live);
    live_forget_orphans(live);
    mail_close(live->mail);
    loop_wake_free(live->wake);
    free_list(live->first);
    free_list(live->spare);
    core_free(live->run);
    secrets_fini(&live->secrets);
    table_fini(&live->jobs);
    table_fini(&live->alarms);
    json_decref(live->params);
    free(live->group.name);
    free(live->message);
    free(live->folder);
    json_decref(live->address);
    free(live);
}
