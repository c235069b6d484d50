/* notice: one EFFECT_NOTIFY and its answer. When a channel fails it is tried once more, then the contact's
 * next one; when none is left, whoever wanted the message told hears that it did not arrive. */
#include "core/notice.h"

#include "core/escalation.h"
#include "core/turn.h"

#include <string.h>

enum { ATTEMPTS = 2 };

static const int64_t again_ms = 5000, kill_after_ms = 10000;

static void notice_free(struct notice *notice)
{
    free(notice->text);
    free(notice->severity);
    free(notice->path);
    free(notice->owner);
    json_decref(notice->args);
    timer_forget_all(&notice->node);
    free(notice);
}

static void unlink_notice(struct run *run, struct notice *notice)
{
    struct notice **place = &run->notices;

    while (*place != notice)
        place = &(*place)->next;
    *place = notice->next;
    node_forget(run, &notice->node);
}

static void link_notice(struct run *run, struct notice *notice)
{
    struct notice **end = &run->notices;

    while (*end)
        end = &(*end)->next;
    *end = notice;
}

struct notice *notice_find(const struct run *run, const char *path)
{
    for (struct notice *notice = run->notices; notice; notice = notice->next)
        if (strcmp(notice->path, path) == 0)
            return notice;
    return NULL;
}

/* The names of the channels to try, in order. */
static const char *channel_name(const struct notice *notice)
{
    if (!notice->contact)
        return notice->channel == 0 ? notice->name : NULL;
    return notice->channel < notice->contact->channels.len ? notice->contact->channels.items[notice->channel]
                                                           : NULL;
}

static char *make_path(struct run *run, const struct notice *notice)
{
    if (notice->escalating)
        return mem_printf("%s/%zu/%s/%s", escalation_path(notice->escalating), notice->page, notice->name,
            notice->channel_name);
    return mem_printf("%s!%s/%s", notice->frame ? frame_path(run, notice->frame) : notice->owner,
        notice->name, notice->channel_name);
}

static int resolve_with(
    struct run *run, const struct notice *notice, const struct channel *channel, json_t **ret_with)
{
    const struct frame *frame = notice->frame ? notice->frame : run->root;
    struct scope scope;
    struct err err;

    *ret_with = NULL;
    if (!channel->with)
        return 0;
    if (!frame)
        return -1;
    scope_of(run, frame, &scope);
    return script_resolve(run->script, channel->with, &scope, ret_with, &err);
}

/* What an action needs to reach them. */
static json_t *person_of(const struct contact *contact)
{
    const char *const fields[][2] = {
        {"name", contact->name}, {"email", contact->email}, {"phone", contact->phone}};
    json_t *person = json_object();

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (fields[i][1])
            json_object_set_new(person, fields[i][0], json_string(fields[i][1]));
    return person;
}

static json_t *args_of(const struct notice *notice, const struct channel *channel, const json_t *with)
{
    json_t *args = json_pack("{s:s, s:s, s:s, s:s}", "target", notice->name, "channel", notice->channel_name,
        "uses", channel->uses ? channel->uses : "", "message", notice->text);

    if (notice->contact)
        json_object_set_new(
            args, "contact", json_string(notice->contact->name ? notice->contact->name : notice->name));
    if (notice->contact)
        json_object_set_new(args, "person", person_of(notice->contact));
    if (*notice->severity)
        json_object_set_new(args, "severity", json_string(notice->severity));
    if (notice->level)
        json_object_set_new(args, "level", json_integer((json_int_t)notice->level));
    if (with)
        json_object_set(args, "with", (json_t *)with);
    return args;
}

static json_t *facts_of(const struct notice *notice)
{
    json_t *facts = json_pack("{s:s, s:s}", "target", notice->name, "channel", notice->channel_name);

    if (notice->level)
        json_object_set_new(facts, "level", json_integer((json_int_t)notice->level));
    return facts;
}

static void order(struct run *run, struct notice *notice)
{
    struct event *event = turn_event(run, EVENT_NOTIFY_STARTED, node_path(run, &notice->node));
    struct effect *effect;
    json_t *facts = facts_of(notice);

    json_object_set_new(facts, "message", json_string(notice->text));
    if (++notice->attempt > 1)
        event->attempt = notice->attempt;
    turn_data(run, event, facts);
    effect = turn_effect(run, EFFECT_NOTIFY, &notice->node);
    effect->args = json_incref(notice->args);
    effect->kill_after_ms = kill_after_ms;
    run->effects_open++;
}

/* Order the first of the remaining channels that can be used. */
static bool try_channels(struct run *run, struct notice *notice)
{
    for (; (notice->channel_name = channel_name(notice)); notice->channel++) {
        const struct channel *channel = reach_channel(notice->people, notice->channel_name);
        json_t *with autovalue = NULL;

        if (!channel || resolve_with(run, notice, channel, &with) < 0)
            continue;
        free(notice->path);
        notice->path = make_path(run, notice);
        json_decref(notice->args);
        notice->args = args_of(notice, channel, with);
        notice->attempt = 0;
        order(run, notice);
        return true;
    }
    return false;
}

bool notice_begin(struct run *run, const struct message *message, const struct target *target)
{
    struct notice *notice = mem_alloc(sizeof(*notice));

    *notice = (struct notice){
        .node.type = NODE_NOTICE,
        .escalating = message->escalating,
        .frame = message->frame,
        .owner = message->question ? mem_strdup(message->question) : NULL,
        .people = message->people,
        .name = target->name,
        .contact = target->contact,
        .level = message->level,
        .page = message->escalating ? escalation_pages(message->escalating) : 0,
        .text = mem_strdup(message->text),
        .severity = mem_strdup(message->severity ? message->severity : ""),
    };
    link_notice(run, notice);
    if (try_channels(run, notice))
        return true;
    node_expose(run, &notice->node);
    unlink_notice(run, notice);
    notice_free(notice);
    return false;
}

/* `due_us` of one that failed: when the channel is tried again, -1 = not again. */
static void tell_answer(struct run *run, struct notice *notice, const struct outcome *outcome, int64_t due_us)
{
    bool is_sent = outcome->class_ == FAIL_NONE;
    struct event *event =
        turn_event(run, is_sent ? EVENT_NOTIFY_SENT : EVENT_NOTIFY_FAILED, node_path(run, &notice->node));
    json_t *facts = facts_of(notice);

    if (outcome->message)
        json_object_set_new(facts, "message", json_string(outcome->message));
    event->class_ = outcome->class_;
    event->exit_code = outcome->exit_code;
    event->due_us = due_us;
    if (notice->attempt > 1)
        event->attempt = notice->attempt;
    turn_data(run, event, facts);
}

static void conclude(struct run *run, struct notice *notice, bool is_reached)
{
    struct escalating *escalating = notice->escalating;
    struct frame *frame = notice->frame;
    size_t page = notice->page;

    unlink_notice(run, notice);
    notice_free(notice);
    if (frame)
        notify_told(run, frame, is_reached);
    else if (escalating)
        escalation_told(run, escalating, page, is_reached);
    run_check_finished(run);
}

/* A command that does not exist will not exist in five seconds either. */
static bool is_worth_another(const struct notice *notice, enum fail_class class_)
{
    return notice->attempt < ATTEMPTS && !notice->is_stopped && class_ != FAIL_SPAWN &&
           class_ != FAIL_VALIDATION && class_ != FAIL_CANCELLED;
}

/* Between two attempts it waits for its timer. */
bool notice_is_awaited(const struct notice *notice)
{
    return timer_due(&notice->node, TIMER_NOTIFY) < 0;
}

/* The engine died while it was being sent: a message twice is better than none, unless somebody has
 * acknowledged. */
static void send_again(struct run *run, struct notice *notice, const struct outcome *outcome)
{
    tell_answer(run, notice, outcome, run->mono_us);
    notice_on_timer(run, notice);
}

void notice_answered(struct run *run, struct notice *notice, const struct outcome *outcome)
{
    bool is_sent = outcome->class_ == FAIL_NONE;
    int64_t due_us = run->mono_us + again_ms * 1000;

    run->effects_open--;
    if (outcome->class_ == FAIL_LOST && !notice->is_stopped) {
        send_again(run, notice, outcome);
        return;
    }
    if (!is_sent && is_worth_another(notice, outcome->class_)) {
        tell_answer(run, notice, outcome, due_us);
        timer_set_at(run, &notice->node, TIMER_NOTIFY, due_us);
        return;
    }
    tell_answer(run, notice, outcome, -1);
    if (!is_sent && !notice->is_stopped) {
        notice->channel++;
        if (try_channels(run, notice))
            return;
    }
    conclude(run, notice, is_sent);
}

/* Somebody may have acknowledged meanwhile: then nobody need be woken. */
void notice_on_timer(struct run *run, struct notice *notice)
{
    if (notice->escalating && !escalation_is_paging(notice->escalating))
        conclude(run, notice, false);
    else
        order(run, notice);
}

static void stop(struct run *run, struct notice *notice, bool at_once)
{
    notice->is_stopped = true;
    if (timer_due(&notice->node, TIMER_NOTIFY) >= 0) {
        timer_clear(run, &notice->node, TIMER_NOTIFY);
        conclude(run, notice, false);
    } else {
        turn_effect(run, at_once ? EFFECT_KILL : EFFECT_STOP, &notice->node);
    }
}

void notice_stop_frame(struct run *run, const struct frame *frame, bool at_once)
{
    for (struct notice *notice = run->notices, *next; notice; notice = next) {
        next = notice->next;
        if (notice->frame == frame)
            stop(run, notice, at_once);
    }
}

bool notice_is_about(const struct run *run, const char *path)
{
    for (const struct notice *notice = run->notices; notice; notice = notice->next)
        if (notice->owner && strcmp(notice->owner, path) == 0)
            return true;
    return false;
}

void notice_stop_question(struct run *run, const char *path)
{
    for (struct notice *notice = run->notices, *next; notice; notice = next) {
        next = notice->next;
        if (!notice->owner || strcmp(notice->owner, path) != 0)
            continue;
        if (notice_is_awaited(notice))
            notice->is_stopped = true; /* it is the last attempt */
        else
            stop(run, notice, false);
    }
}

void notice_stop_all(struct run *run, bool at_once)
{
    for (struct notice *notice = run->notices, *next; notice; notice = next) {
        next = notice->next;
        if (!notice->frame)
            stop(run, notice, at_once);
    }
}

void notice_free_all(struct run *run)
{
    while (run->notices) {
        struct notice *notice = run->notices;

        run->notices = notice->next;
        notice_free(notice);
    }
}
