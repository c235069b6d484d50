/* notice: one EFFECT_NOTIFY after the other, until the message has arrived.
 *
 *             ┌──────────── it is full ────────────► held ──► riding
 *             │                                       │ the channel takes messages again:
 *             │                                       ▼ as one, whatever is held for this target
 *    ──► the channel ──────────────────────────► sending ──► arrived, or not at all
 *             ▲                                   │   ▲
 *             │   it failed too often             │   │ it failed: once more
 *             └─── the contact's next one ◄───────┤   │
 *                                                 ▼   │
 *                                                resting
 *
 * When no channel is left, whoever wanted the message told hears that it did not arrive. */
#include "core/notice.h"

#include "base/duration.h"
#include "core/calls.h"
#include "core/escalation.h"
#include "core/judge.h"
#include "core/storm.h"
#include "core/turn.h"

#include <string.h>

enum { USUAL_ATTEMPTS = 2 };

static const int64_t again_ms = 5000, longest_wait_ms = 60000, slow_ms = 30000, kill_after_ms = 10000;

static void unlink_notice(struct run *run, struct notice *notice)
{
    if (notice->prev)
        notice->prev->next = notice->next;
    else
        run->notices = notice->next;
    if (notice->next)
        notice->next->prev = notice->prev;
    else
        run->last_notice = notice->prev;
    node_forget(run, &notice->node);
}

static void link_notice(struct run *run, struct notice *notice)
{
    notice->prev = run->last_notice;
    if (run->last_notice)
        run->last_notice->next = notice;
    else
        run->notices = notice;
    run->last_notice = notice;
    node_expose(run, &notice->node);
}

struct notice *notice_find(const struct run *run, const char *path)
{
    for (struct notice *notice = run->notices; notice; notice = notice->next)
        if (strcmp(notice->path, path) == 0)
            return notice;
    return NULL;
}

/* --- the end of it --- */

static void tell_step(struct run *run, struct frame *frame, bool is_reached)
{
    if (frame->ops->is_leaf)
        telling_told(run, frame, is_reached);
    else
        notify_told(run, frame, is_reached);
}

static void tell_owner(
    struct run *run, struct frame *frame, struct escalating *escalating, size_t page, bool is_reached)
{
    if (frame)
        tell_step(run, frame, is_reached);
    else if (escalating)
        escalation_told(run, escalating, page, is_reached);
}

/* Hardly any has one: most are not looked for. */
static struct notice *find_rider(const struct run *run, const struct notice *carrier)
{
    struct notice *notice = carrier->is_carrier ? run->notices : NULL;

    while (notice && notice->carrier != carrier)
        notice = notice->next;
    return notice;
}

/* What its owner makes of the news may be the end of other notices. */
static void conclude(struct run *run, struct notice *notice, bool is_reached)
{
    struct escalating *escalating = notice->escalating;
    struct frame *frame = notice->frame;
    size_t page = notice->page;
    struct notice *rider;

    while ((rider = find_rider(run, notice))) {
        rider->carrier = NULL;
        conclude(run, rider, is_reached);
    }
    unlink_notice(run, notice);
    notice_free(notice);
    tell_owner(run, frame, escalating, page, is_reached);
    run_check_finished(run);
}

/* --- attempts --- */

/* The names of the channels to try, in order. */
static const char *channel_name(const struct notice *notice)
{
    if (!notice->contact)
        return notice->channel == 0 ? notice->name : NULL;
    return notice->channel < notice->contact->channels.len ? notice->contact->channels.items[notice->channel]
                                                           : NULL;
}

static int scope_for(struct run *run, const struct notice *notice, struct scope *scope)
{
    const struct frame *frame = notice->frame ? notice->frame : run->root;
    struct err err;

    if (!frame)
        return core_scope_of_run(run, scope, &err);
    scope_of(run, frame, scope);
    return 0;
}

static int resolve_with(
    struct run *run, const struct notice *notice, const struct channel *channel, json_t **ret_with)
{
    struct scope scope;
    struct err err;

    *ret_with = NULL;
    if (!channel->with)
        return 0;
    if (scope_for(run, notice, &scope) < 0)
        return -1;
    return script_resolve(run->script, channel->with, &scope, ret_with, &err);
}

static const struct channel *channel_of(const struct notice *notice)
{
    return reach_channel(notice->people, notice->channel_name);
}

static void order(struct run *run, struct notice *notice)
{
    struct effect *effect;

    notice->state = NOTICE_SENDING;
    notice->is_too_slow = false;
    notice->attempt++;
    notice_tell_started(run, notice);
    effect = turn_effect(run, EFFECT_NOTIFY, &notice->node);
    effect->args = json_incref(notice->args);
    effect->kill_after_ms = kill_after_ms;
    run->effects_open++;
    timer_set(
        run, &notice->node, TIMER_SLOW, scope_root_duration(run, &channel_of(notice)->timeout, slow_ms));
}

/* Pages of escalations go before what steps have to say. */
static bool may_pass(struct run *run, const struct notice *notice, int64_t *ret_opens_us)
{
    const struct gate gate = {.target = notice->name, .channel = notice->channel_name};

    return run->is_closing || storm_pass(run, channel_of(notice), &gate, notice->level > 0, ret_opens_us);
}

static void hold(struct run *run, struct notice *notice, int64_t opens_us)
{
    notice->state = NOTICE_HELD;
    notice_tell_held(run, notice, opens_us);
    timer_set_at(run, &notice->node, TIMER_HELD, opens_us);
}

/* The first of the remaining channels that can be used; false when there is none. */
static bool try_channels(struct run *run, struct notice *notice)
{
    for (; (notice->channel_name = channel_name(notice)); notice->channel++) {
        const struct channel *channel = channel_of(notice);
        json_t *with autovalue = NULL;
        int64_t opens_us;

        if (!channel || resolve_with(run, notice, channel, &with) < 0)
            continue;
        free(notice->path);
        notice->path = mem_printf("%s%s/%s", notice->owner, notice->name, notice->channel_name);
        json_decref(notice->args);
        notice->args = notice_args(run, notice, channel, with);
        notice->attempt = 0;
        if (may_pass(run, notice, &opens_us))
            order(run, notice);
        else
            hold(run, notice, opens_us);
        return true;
    }
    return false;
}

/* A step does not wait until a channel takes messages again. True when it was let go. */
static bool let_go(struct notice *notice)
{
    bool is_kept = notice->state == NOTICE_HELD && notice->frame;

    if (is_kept)
        notice->frame = NULL;
    return is_kept;
}

static char *owner_path(struct run *run, const struct message *message)
{
    if (message->question)
        return mem_printf("%s!", message->question);
    if (message->call)
        return mem_printf("%s!%zu/", frame_path(run, message->frame), message->call);
    if (message->frame)
        return mem_printf("%s!", frame_path(run, message->frame));
    return mem_printf("%s/%zu/", escalation_path(message->escalating), escalation_pages(message->escalating));
}

enum notice_begun notice_begin(struct run *run, const struct message *message, const struct target *target)
{
    struct notice *notice = mem_alloc(sizeof(*notice));

    *notice = (struct notice){
        .node.type = NODE_NOTICE,
        .escalating = message->escalating,
        .frame = message->frame,
        .people = message->people,
        .name = target->name,
        .contact = target->contact,
        .level = message->level,
        .pass = message->pass,
        .page = message->escalating ? escalation_pages(message->escalating) : 0,
        .at_us = run->wall_us,
        .text = mem_strdup(message->text),
        .severity = mem_strdup(message->severity ? message->severity : ""),
        .owner = owner_path(run, message),
        .next_level = json_incref((json_t *)message->next),
    };
    link_notice(run, notice);
    if (try_channels(run, notice))
        return let_go(notice) ? NOTICE_KEPT : NOTICE_BEGUN;
    unlink_notice(run, notice);
    notice_free(notice);
    return NOTICE_NOBODY;
}

/* --- answers --- */

bool notice_is_awaited(const struct notice *notice)
{
    return notice->state == NOTICE_SENDING;
}

/* How long to wait before the channel is tried again; -1: it is not worth it. A command that does not exist
 * will not exist in five seconds either. */
static int64_t rest_ms(struct run *run, const struct notice *notice, const struct outcome *outcome)
{
    static const struct retry usual = {.backoff = 2.0};
    const struct retry *retry = channel_of(notice)->retry ? channel_of(notice)->retry : &usual;
    int64_t longest_ms = scope_root_duration(run, &retry->max_delay, longest_wait_ms);
    const json_t *after = json_object_get(outcome->result, "retry_after");

    if (notice->attempt >= scope_root_integer(run, &retry->max_attempts, USUAL_ATTEMPTS) ||
        notice->is_stopped || outcome->class_ == FAIL_SPAWN || outcome->class_ == FAIL_VALIDATION ||
        outcome->class_ == FAIL_CANCELLED || json_is_true(json_object_get(outcome->result, "final")))
        return -1;
    if (json_is_number(after) && json_number_value(after) * 1000 > (double)longest_ms)
        return -1;
    if (json_is_number(after) && json_number_value(after) >= 0)
        return (int64_t)(json_number_value(after) * 1000);
    return retry_delay(retry, scope_root_duration(run, &retry->delay, again_ms), longest_ms, notice->attempt,
        run->seed, notice->node.id);
}

/* The engine died while it was being sent: a message twice is better than none, unless somebody has
 * acknowledged. */
static void send_again(struct run *run, struct notice *notice, const struct outcome *outcome)
{
    notice_tell_answer(run, notice, outcome, run->mono_us);
    notice->attempt--; /* it does not count */
    notice_on_timer(run, notice, TIMER_NOTIFY);
}

/* Those that were told with it are told without it. */
static void drop(struct run *run, struct notice *notice)
{
    struct notice *rider = find_rider(run, notice), *next;

    if (rider) {
        rider->carrier = NULL;
        while ((next = find_rider(run, notice)))
            next->carrier = rider;
        rider->is_carrier = true;
        rider->attempt = 0;
        order(run, rider);
    }
    conclude(run, notice, false);
}

static void failed(struct run *run, struct notice *notice, const struct outcome *outcome)
{
    int64_t wait_ms = rest_ms(run, notice, outcome), due_us = run->mono_us + wait_ms * 1000;
    struct frame *frame = notice->frame;

    notice_tell_answer(run, notice, outcome, wait_ms < 0 ? -1 : due_us);
    if (wait_ms >= 0) {
        notice->state = NOTICE_RESTING;
        timer_set_at(run, &notice->node, TIMER_NOTIFY, due_us);
        return;
    }
    if (notice->is_stopped) {
        drop(run, notice);
        return;
    }
    notice->channel++;
    if (!try_channels(run, notice))
        conclude(run, notice, false);
    else if (let_go(notice))
        tell_step(run, frame, true);
}

/* It was ended because it took too long. */
static struct outcome slow_end(struct run *run, const struct notice *notice, const struct outcome *outcome)
{
    struct outcome slow = *outcome;
    char text[DURATION_TEXT_SIZE];

    slow.class_ = FAIL_TIMEOUT;
    slow.message = mem_printf("no answer within %s",
        duration_exact(scope_root_duration(run, &channel_of(notice)->timeout, slow_ms), text));
    return slow;
}

void notice_answered(struct run *run, struct notice *notice, const struct outcome *outcome)
{
    run->effects_open--;
    timer_clear(run, &notice->node, TIMER_SLOW);
    if (outcome->class_ == FAIL_NONE) {
        notice_tell_answer(run, notice, outcome, -1);
        conclude(run, notice, true);
    } else if (outcome->class_ == FAIL_LOST && !notice->is_stopped) {
        send_again(run, notice, outcome);
    } else if (notice->is_too_slow && !notice->is_stopped) {
        struct outcome slow = slow_end(run, notice, outcome);

        failed(run, notice, &slow);
        free(slow.message);
    } else {
        failed(run, notice, outcome);
    }
}

/* --- time --- */

/* Somebody may have acknowledged meanwhile: then nobody need be woken. */
static bool is_wanted(const struct notice *notice)
{
    return !notice->escalating || escalation_is_paging(notice->escalating);
}

static bool is_for_the_same(const struct notice *one, const struct notice *other)
{
    return one->people == other->people && strcmp(one->name, other->name) == 0 &&
           strcmp(one->channel_name, other->channel_name) == 0;
}

/* It takes along whatever is held for the same target and channel. */
static void release(struct run *run, struct notice *notice)
{
    int64_t opens_us;

    may_pass(run, notice, &opens_us); /* it has waited long enough: counted, and not asked */
    for (struct notice *each = run->notices; each; each = each->next) {
        if (each == notice || each->state != NOTICE_HELD || !is_wanted(each) ||
            !is_for_the_same(each, notice))
            continue;
        timer_clear(run, &each->node, TIMER_HELD);
        each->state = NOTICE_RIDING;
        each->carrier = notice;
        notice->is_carrier = true;
    }
    order(run, notice);
}

void notice_on_timer(struct run *run, struct notice *notice, int purpose)
{
    if (purpose == TIMER_SLOW) {
        notice->is_too_slow = true;
        turn_effect(run, EFFECT_KILL, &notice->node);
    } else if (!is_wanted(notice)) {
        drop(run, notice);
    } else if (purpose == TIMER_HELD) {
        release(run, notice);
    } else {
        order(run, notice);
    }
}

/* --- stopping --- */

static void stop(struct run *run, struct notice *notice, bool at_once)
{
    notice->is_stopped = true;
    if (notice->state == NOTICE_SENDING) {
        turn_effect(run, at_once ? EFFECT_KILL : EFFECT_STOP, &notice->node);
        return;
    }
    timer_clear_all(run, &notice->node);
    drop(run, notice);
}

void notice_stop_frame(struct run *run, const struct frame *frame, bool at_once)
{
    for (struct notice *notice = run->notices, *next; notice; notice = next) {
        next = notice->next;
        if (notice->frame == frame)
            stop(run, notice, at_once);
    }
}

static struct notice *find_of(const struct run *run, const struct frame *frame)
{
    struct notice *notice = run->notices;

    while (notice && notice->frame != frame)
        notice = notice->next;
    return notice;
}

void notice_give_up(struct run *run, struct frame *frame)
{
    struct notice *notice;

    frame->telling = 0;
    while ((notice = find_of(run, frame))) {
        notice->frame = NULL;
        stop(run, notice, false);
    }
}

static bool is_about(const struct notice *notice, const char *path)
{
    size_t len = strlen(path);

    return !notice->frame && !notice->escalating && strncmp(notice->owner, path, len) == 0 &&
           strcmp(notice->owner + len, "!") == 0;
}

bool notice_is_about(const struct run *run, const char *path)
{
    for (const struct notice *notice = run->notices; notice; notice = notice->next)
        if (is_about(notice, path))
            return true;
    return false;
}

/* What is being sent arrives; nothing follows it. */
void notice_stop_question(struct run *run, const char *path)
{
    for (struct notice *notice = run->notices, *next; notice; notice = next) {
        next = notice->next;
        if (!is_about(notice, path))
            continue;
        if (notice->state == NOTICE_SENDING)
            notice->is_stopped = true;
        else
            stop(run, notice, false);
    }
}

/* Nothing takes the place of what is stopped here: those that ride go first. */
void notice_stop_all(struct run *run, bool at_once)
{
    for (int state = NOTICE_RIDING; state >= NOTICE_SENDING; state--)
        for (struct notice *notice = run->notices, *next; notice; notice = next) {
            next = notice->next;
            if (!notice->frame && (int)notice->state == state)
                stop(run, notice, at_once);
        }
}

void notice_flush(struct run *run)
{
    for (struct notice *notice = run->notices, *next; notice; notice = next) {
        next = notice->next;
        if (notice->state != NOTICE_HELD)
            continue;
        timer_clear(run, &notice->node, TIMER_HELD);
        if (is_wanted(notice))
            release(run, notice);
        else
            drop(run, notice);
    }
}
