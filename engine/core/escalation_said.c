/* escalation_said: what people, and steps of the runbook, make of escalations: acknowledge, snooze, resolve,
 * and page the next level at once. */
#include "core/escalation_inside.h"

#include "base/duration.h"

static const int64_t ack_timeout_ms = 1800000; /* 30m, where what the policy says cannot be worked out */

static json_t *names_meant(const struct run *run, const char *name)
{
    json_t *names = json_array();

    for (const struct escalating *each = run->escalations; each; each = each->next)
        if (escalation_is_meant(each, name))
            json_array_append_new(names, json_string(escalation_name(each)));
    return names;
}

/* The event that tells of it, with what else the person said. */
static void tell_all(
    struct run *run, enum event_type type, const char *name, const char *path, const struct said *said)
{
    json_t *data = json_pack("{s:s, s:o}", "name", name, "escalations", names_meant(run, name));
    struct event *event = turn_event(run, type, path);

    if (said)
        turn_by(run, event, &said->by);
    if (said && said->data)
        json_object_update_missing(data, (json_t *)said->data);
    turn_data(run, event, data);
}

static void acknowledge(struct run *run, struct escalating *escalating, int64_t until_us)
{
    escalating->state = ESCALATION_ACKNOWLEDGED;
    timer_clear_all(run, &escalating->node);
    if (until_us >= 0 && !run->is_closing)
        timer_set_due(run, &escalating->node, TIMER_ACK, until_us);
}

void escalation_acknowledge(struct run *run, const char *name, const char *path, const struct said *said)
{
    tell_all(run, EVENT_ESCALATION_ACKNOWLEDGED, name, path, said);
    for (struct escalating *each = run->escalations; each; each = each->next) {
        const struct amount *expires = &each->policy->ack_timeout;

        if (escalation_is_meant(each, name))
            acknowledge(run, each,
                expires->given ? escalation_due(run, each, run->mono_us,
                                     scope_root_duration(run, expires, ack_timeout_ms))
                               : -1);
    }
}

void escalation_snooze(struct run *run, const char *name, int64_t duration_ms, const struct said *said)
{
    int64_t until_us = run->mono_us + duration_ms * 1000;

    tell_all(run, EVENT_ESCALATION_SNOOZED, name, "", said);
    for (struct escalating *each = run->escalations; each; each = each->next)
        if (escalation_is_meant(each, name))
            acknowledge(run, each, until_us);
}

void escalation_resolve(struct run *run, const char *name, const char *path, const struct said *said)
{
    if (!escalation_find(run, name))
        return;
    tell_all(run, EVENT_ESCALATION_RESOLVED, name, path, said);
    for (struct escalating *each = run->escalations; each; each = each->next) {
        if (!escalation_is_meant(each, name))
            continue;
        each->state = ESCALATION_RESOLVED;
        timer_clear_all(run, &each->node);
    }
}

/* Is there a level that can still be paged? */
static bool can_go_on(const struct escalating *escalating)
{
    return escalating->state != ESCALATION_RESOLVED && escalating->state != ESCALATION_EXHAUSTED;
}

bool escalation_has_next(const struct run *run, const char *name)
{
    for (const struct escalating *each = run->escalations; each; each = each->next)
        if (escalation_is_meant(each, name) && can_go_on(each))
            return true;
    return false;
}

void escalation_press(struct run *run, const char *name, const struct said *said)
{
    tell_all(run, EVENT_ESCALATION_HURRIED, name, "", said);
    for (struct escalating *each = run->escalations; each; each = each->next) {
        if (!escalation_is_meant(each, name) || !can_go_on(each))
            continue;
        each->state = ESCALATION_TRIGGERED;
        timer_clear(run, &each->node, TIMER_ACK);
        escalation_advance(run, each, run->mono_us);
    }
}

/* --- the end of the run --- */

void escalation_close_all(struct run *run, bool is_resolved)
{
    if (is_resolved)
        escalation_resolve(run, "", "", NULL);
    for (struct escalating *each = run->escalations; each; each = each->next)
        timer_clear_all(run, &each->node);
}
