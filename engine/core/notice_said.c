/* notice_said: what those who deliver a message are told of it, and what the journal is. Facts only: the
 * words are found by whoever delivers. */
#include "core/notice.h"

#include "base/clock.h"
#include "core/turn.h"

static json_t *instant(int64_t wall_us)
{
    char text[INSTANT_TEXT_SIZE];

    return json_string(instant_utc(wall_us, text));
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

static void add_person(json_t *args, const struct notice *notice)
{
    const struct contact *contact = notice->contact;

    if (!contact)
        return;
    json_object_set_new(args, "contact", json_string(contact->name ? contact->name : notice->name));
    json_object_set_new(args, "person", person_of(contact));
}

static void add_level(json_t *args, const struct notice *notice)
{
    if (!notice->level)
        return;
    json_object_set_new(args, "level", json_integer((json_int_t)notice->level));
    json_object_set_new(args, "pass", json_integer((json_int_t)notice->pass));
    json_object_set(args, "next", notice->next_level ? notice->next_level : json_null());
}

static void add_run(json_t *args, const struct run *run)
{
    static const char *const names[] = {"runbook", "title", "started_at"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        json_t *value = json_object_get(run->about, names[i]);

        if (json_string_length(value))
            json_object_set(args, names[i], value);
    }
}

/* Those that are told with it, and it before them. */
static json_t *messages_of(const struct run *run, const struct notice *notice)
{
    json_t *messages = json_array();

    for (const struct notice *each = notice->is_carrier ? run->notices : notice; each;
         each = notice->is_carrier ? each->next : NULL)
        if (each == notice || each->carrier == notice)
            json_array_append_new(
                messages, json_pack("{s:o, s:s}", "at", instant(each->at_us), "message", each->text));
    return messages;
}

json_t *notice_args(
    struct run *run, const struct notice *notice, const struct channel *channel, const json_t *with)
{
    json_t *args =
        json_pack("{s:s, s:s, s:s, s:s, s:o}", "target", notice->name, "channel", notice->channel_name,
            "uses", channel->uses ? channel->uses : "", "message", notice->text, "at", instant(run->wall_us));

    add_person(args, notice);
    if (*notice->severity)
        json_object_set_new(args, "severity", json_string(notice->severity));
    add_level(args, notice);
    add_run(args, run);
    if (with)
        json_object_set(args, "with", (json_t *)with);
    return args;
}

/* --- events --- */

static json_t *facts_of(const struct notice *notice)
{
    json_t *facts = json_pack("{s:s, s:s}", "target", notice->name, "channel", notice->channel_name);

    if (notice->level)
        json_object_set_new(facts, "level", json_integer((json_int_t)notice->level));
    return facts;
}

/* The arguments may be those of a copy of the run as well. */
static void add_messages(struct notice *notice, json_t *messages)
{
    json_t *args = json_copy(notice->args);

    json_object_set(args, "messages", messages);
    json_decref(notice->args);
    notice->args = args;
}

void notice_tell_started(struct run *run, struct notice *notice)
{
    struct event *event = turn_event(run, EVENT_NOTIFY_STARTED, node_path(run, &notice->node));
    json_t *facts = facts_of(notice), *messages = messages_of(run, notice);
    size_t count = json_array_size(messages);

    json_object_set_new(facts, "message", json_string(notice->text));
    if (count > 1) {
        json_object_set_new(facts, "count", json_integer((json_int_t)count));
        add_messages(notice, messages);
    }
    json_decref(messages);
    if (notice->attempt > 1)
        event->attempt = notice->attempt;
    turn_data(run, event, facts);
}

void notice_tell_held(struct run *run, struct notice *notice, int64_t due_us)
{
    struct event *event = turn_event(run, EVENT_NOTIFY_HELD, node_path(run, &notice->node));
    json_t *facts = facts_of(notice);

    json_object_set_new(facts, "message", json_string(notice->text));
    event->due_us = due_us;
    turn_data(run, event, facts);
}

/* Of the answer, what the next attempt depends on. */
static json_t *result_of(const struct outcome *outcome)
{
    static const char *const names[] = {"retry_after", "final"};
    json_t *result = NULL;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        json_t *value = json_object_get(outcome->result, names[i]);

        if (!value)
            continue;
        result = result ? result : json_object();
        json_object_set(result, names[i], value);
    }
    return result;
}

void notice_tell_answer(struct run *run, struct notice *notice, const struct outcome *outcome, int64_t due_us)
{
    bool is_sent = outcome->class_ == FAIL_NONE;
    struct event *event =
        turn_event(run, is_sent ? EVENT_NOTIFY_SENT : EVENT_NOTIFY_FAILED, node_path(run, &notice->node));
    json_t *facts = facts_of(notice), *result = is_sent ? NULL : result_of(outcome);

    if (outcome->message)
        json_object_set_new(facts, "message", json_string(outcome->message));
    if (result)
        json_object_set_new(facts, "result", result);
    event->class_ = outcome->class_;
    event->exit_code = outcome->exit_code;
    event->due_us = due_us;
    if (notice->attempt > 1)
        event->attempt = notice->attempt;
    turn_data(run, event, facts);
}
