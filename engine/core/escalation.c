/* escalation: one policy being carried out.
 *
 *                    ┌────────── ack_timeout ──────────┐
 *                    ▼                                 │
 *    started ──► triggered ─────── acknowledge ──► acknowledged ──┐
 *                    │                               ▲            ├── resolve ──► resolved
 *                    │ the last level of the         │            │
 *                    │ last pass is over             │            │
 *                    └──────────► exhausted ─────────┴────────────┘
 *
 * In `triggered` each level is paged at once and holds for escalate_after; a level that reaches nobody does
 * not hold. */
#include "core/escalation_inside.h"

#include "base/clock.h"
#include "core/hook.h"
#include "core/notice.h"

#include <string.h>

static const int64_t escalate_after_ms = 900000; /* 15m, where a policy does not say */
/* One page at a time: a deadline that passes so soon after a level was paged is no reason to page the next.
 */
static const int64_t one_moment_us = 10000000;

const char *escalation_path(const struct escalating *escalating)
{
    return escalating->path;
}

size_t escalation_pages(const struct escalating *escalating)
{
    return escalating->pages;
}

bool escalation_is_paging(const struct escalating *escalating)
{
    return escalating->state == ESCALATION_TRIGGERED || escalating->state == ESCALATION_EXHAUSTED;
}

const char *escalation_name(const struct escalating *escalating)
{
    return escalating->path + 1;
}

bool escalation_is_meant(const struct escalating *escalating, const char *name)
{
    return escalating->state != ESCALATION_RESOLVED &&
           (!*name || strcmp(escalation_name(escalating), name) == 0);
}

/* Of one name only the newest can be open. */
struct escalating *escalation_find(const struct run *run, const char *name)
{
    struct escalating *escalating = *name ? map_get(&run->escalation_names, name) : run->escalations;

    while (escalating && !escalation_is_meant(escalating, name))
        escalating = *name ? NULL : escalating->next;
    return escalating;
}

bool escalation_is_open(const struct run *run, const char *name)
{
    return escalation_find(run, name) != NULL;
}

struct node *escalation_node(const struct run *run, const char *path)
{
    struct escalating *escalating = escalation_find(run, path + 1);

    return escalating ? &escalating->node : NULL;
}

static const struct level *level_of(const struct escalating *escalating)
{
    return escalating->policy->levels.items[escalating->level];
}

static void tell(struct run *run, enum event_type type, const struct escalating *escalating, json_t *data)
{
    struct event *event = turn_event(run, type, arena_strdup(&run->turn->arena, escalating->path));

    turn_data(run, event, data);
}

/* --- clocks --- */

int64_t escalation_due(
    const struct run *run, const struct escalating *escalating, int64_t since_us, int64_t duration_ms)
{
    int64_t ahead_us = run->wall_us - run->mono_us, since_wall_us = since_us + ahead_us;

    if (!escalating->opening)
        return since_us + duration_ms * 1000;
    return opening_after(escalating->opening, since_wall_us, duration_ms * 1000) - ahead_us;
}

/* How long a level without a time of its own holds: as long as somebody may take to respond. */
static int64_t usual_ms(struct run *run, const struct escalating *escalating)
{
    return escalating->rule ? scope_root_duration(run, &escalating->rule->respond_within, escalate_after_ms)
                            : escalate_after_ms;
}

/* --- levels --- */

/* Where it cannot be said whether a level is wanted, it is paged. */
static bool is_wanted(struct run *run, const struct level *level)
{
    struct scope scope;
    struct err err;
    bool is_true = true;

    if (!level->when || !run->root)
        return true;
    scope_of(run, run->root, &scope);
    if (script_eval_bool(run->script, level->when, &scope, &is_true, &err) < 0)
        return true;
    return is_true;
}

static bool next_level(struct run *run, struct escalating *escalating);

/* {who, at}: who is paged after the present level, as it looks now; NULL when nobody is. */
static json_t *outlook(struct run *run, const struct escalating *escalating, int64_t due_us)
{
    struct escalating ahead = *escalating;
    int64_t due_wall_us = due_us + run->wall_us - run->mono_us;
    struct targets targets = {0};
    char at[INSTANT_TEXT_SIZE];
    json_t *who;

    for (size_t i = 0; i < ahead.policy->levels.len && next_level(run, &ahead) && !targets.len; i++)
        if (is_wanted(run, level_of(&ahead)))
            reach_expand(&ahead.document->people, &level_of(&ahead)->notify, due_wall_us, &targets);
    if (!targets.len)
        return NULL;
    who = json_array();
    for (size_t i = 0; i < targets.len; i++) {
        const struct target *target = &targets.items[i];

        json_array_append_new(who,
            json_string(target->contact && target->contact->name ? target->contact->name : target->name));
    }
    free(targets.items);
    return json_pack("{s:o, s:s}", "who", who, "at", instant_utc(due_wall_us, at));
}

static void page(
    struct run *run, struct escalating *escalating, const struct targets *targets, int64_t due_us)
{
    json_t *next autovalue = outlook(run, escalating, due_us);
    struct message message = {
        .people = &escalating->document->people,
        .text = escalating->text,
        .severity = escalating->severity,
        .level = escalating->level + 1,
        .pass = escalating->pass + 1,
        .next = next,
        .escalating = escalating,
    };

    for (size_t i = 0; i < targets->len; i++)
        escalating->open += notice_begin(run, &message, &targets->items[i]) == NOTICE_BEGUN;
}

static json_t *level_facts(const struct escalating *escalating)
{
    return json_pack(
        "{s:I, s:I}", "level", (json_int_t)escalating->level + 1, "pass", (json_int_t)escalating->pass + 1);
}

/* What `on_escalation` is told. */
static json_t *hook_facts(const struct escalating *escalating)
{
    json_t *facts = level_facts(escalating);

    json_object_set_new(facts, "name", json_string(escalation_name(escalating)));
    json_object_set_new(facts, "severity", json_string(escalating->severity));
    json_object_set_new(facts, "message", json_string(escalating->text));
    return facts;
}

static void tell_skipped(struct run *run, const struct escalating *escalating, const char *reason)
{
    json_t *facts = level_facts(escalating);

    json_object_set_new(facts, "reason", json_string(reason));
    tell(run, EVENT_ESCALATION_SKIPPED, escalating, facts);
}

/* Until when the present level holds that began then. */
static int64_t level_due(struct run *run, const struct escalating *escalating, int64_t since_us)
{
    const struct amount *after = &level_of(escalating)->escalate_after;

    return escalation_due(
        run, escalating, since_us, scope_root_duration(run, after, usual_ms(run, escalating)));
}

/* False when nobody could be told. */
static bool page_level(
    struct run *run, struct escalating *escalating, const struct targets *targets, int64_t due_us)
{
    escalating->pages++;
    escalating->paged_mono_us = run->mono_us;
    escalating->is_reached = false;
    escalating->open = 0;
    tell(run, EVENT_ESCALATION_LEVEL, escalating, level_facts(escalating));
    hook_paged(run, hook_facts(escalating));
    page(run, escalating, targets, due_us);
    if (!escalating->open)
        tell_skipped(run, escalating, "nobody can be reached");
    return escalating->open > 0;
}

/* Page the present level, which holds from `since_us` on; false when it does not hold. Rotations are looked
 * up now: who was on call when the escalation began need not be any more. */
static bool page_present(struct run *run, struct escalating *escalating, int64_t since_us)
{
    const struct level *level = level_of(escalating);
    struct targets targets = {0};
    int64_t due_us;

    if (!is_wanted(run, level)) {
        tell_skipped(run, escalating, "when");
        return false;
    }
    due_us = level_due(run, escalating, since_us);
    reach_expand(&escalating->document->people, &level->notify, run->wall_us, &targets);
    if (!targets.len)
        tell_skipped(run, escalating, "nobody is on call");
    else if (!page_level(run, escalating, &targets, due_us))
        targets.len = 0;
    free(targets.items);
    if (!targets.len)
        return false;
    timer_set_due(run, &escalating->node, TIMER_LEVEL, due_us);
    escalating->has_held = true;
    return true;
}

static int64_t repeats(struct run *run, const struct escalating *escalating)
{
    return scope_root_integer(run, &escalating->policy->repeat, 0);
}

/* A pass in which nobody was on call takes time, too: else at night all passes were over in one instant, and
 * whoever is on call in the morning was never paged. */
static bool wait_for_next_pass(struct run *run, struct escalating *escalating, int64_t since_us)
{
    bool is_last = escalating->level + 1 == escalating->policy->levels.len;

    if (!is_last || escalating->has_held || escalating->pass >= repeats(run, escalating))
        return false;
    timer_set_due(run, &escalating->node, TIMER_LEVEL, level_due(run, escalating, since_us));
    return true;
}

static bool begin_level(struct run *run, struct escalating *escalating, int64_t since_us)
{
    return page_present(run, escalating, since_us) || wait_for_next_pass(run, escalating, since_us);
}

/* The level after the present one, of this pass or the next; false when that was the last. */
static bool next_level(struct run *run, struct escalating *escalating)
{
    if (escalating->level + 1 < escalating->policy->levels.len) {
        escalating->level++;
        return true;
    }
    if (escalating->pass >= repeats(run, escalating))
        return false; /* it stays the present one, should an acknowledgement expire */
    escalating->level = 0;
    escalating->has_held = false;
    escalating->pass++;
    return true;
}

static void exhaust(struct run *run, struct escalating *escalating)
{
    escalating->state = ESCALATION_EXHAUSTED;
    tell(run, EVENT_ESCALATION_EXHAUSTED, escalating, NULL);
    run_warn(run);
}

void escalation_advance(struct run *run, struct escalating *escalating, int64_t since_us)
{
    timer_clear(run, &escalating->node, TIMER_LEVEL);
    do {
        if (!next_level(run, escalating)) {
            exhaust(run, escalating);
            return;
        }
    } while (!begin_level(run, escalating, since_us));
}

/* --- beginning --- */

static const char *severity_of(const struct escalation_order *order)
{
    const char *severity = order->severity && *order->severity ? order->severity : order->document->severity;

    return severity ? severity : "";
}

/* Which policy, by name: the severity's where the order names none. "" = none. */
static const char *policy_name(const struct escalation_order *order)
{
    const struct severity_rule *rule;

    if (order->policy && *order->policy)
        return order->policy;
    rule = people_find(&order->document->people.severities, severity_of(order));
    return rule && rule->policy.text ? rule->policy.text : "";
}

static const struct opening *opening_of(
    const struct people *people, const struct policy *policy, const struct severity_rule *rule)
{
    const char *name = policy->calendar.text ? policy->calendar.text : rule ? rule->calendar.text : NULL;
    const struct calendar *calendar = name ? people_find(&people->calendars, name) : NULL;

    return calendar ? calendar->opening : NULL;
}

bool escalation_has_calendar(const struct escalation_order *order)
{
    const struct people *people = &order->document->people;
    const struct policy *policy = people_find(&people->policies, policy_name(order));

    return policy && opening_of(people, policy, people_find(&people->severities, severity_of(order)));
}

static struct escalating *escalating_new(
    const struct escalation_order *order, const struct policy *policy, const char *name)
{
    const struct people *people = &order->document->people;
    struct escalating *escalating = mem_alloc(sizeof(*escalating));

    *escalating = (struct escalating){
        .node.type = NODE_ESCALATION,
        .document = order->document,
        .policy = policy,
        .rule = people_find(&people->severities, severity_of(order)),
        .path = mem_printf("!%s", name),
        .text = mem_strdup(order->text ? order->text : ""),
        .severity = mem_strdup(severity_of(order)),
    };
    escalating->opening = opening_of(people, policy, escalating->rule);
    return escalating;
}

static void expect_response(struct run *run, struct escalating *escalating)
{
    const struct amount *within = escalating->rule ? &escalating->rule->respond_within : NULL;

    if (within && within->given)
        timer_set_due(run, &escalating->node, TIMER_RESPOND,
            escalation_due(
                run, escalating, run->mono_us, scope_root_duration(run, within, escalate_after_ms)));
}

/* One that bears the name of an earlier one counts on, so that no two pages of a run have the same path. */
static void add(struct run *run, struct escalating *escalating, const char *name)
{
    const struct escalating *before = map_put(&run->escalation_names, name, escalating);

    escalating->pages = before ? before->pages : 0;
    escalating->next = run->escalations;
    run->escalations = escalating;
}

bool escalation_start(struct run *run, const struct escalation_order *order)
{
    const char *policy_text = policy_name(order), *name = order->name ? order->name : policy_text;
    const struct policy *policy = people_find(&order->document->people.policies, policy_text);
    struct escalating *escalating;

    if (!policy || policy->levels.len == 0)
        return false;
    escalating = escalation_find(run, name);
    if (escalating && escalating->state != ESCALATION_EXHAUSTED)
        return true;
    if (escalating)
        escalating->state = ESCALATION_RESOLVED; /* the new one takes its place */
    escalating = escalating_new(order, policy, name);
    add(run, escalating, name);
    tell(run, EVENT_ESCALATION_STARTED, escalating,
        json_pack("{s:s, s:s}", "policy", policy_text, "message", escalating->text));
    expect_response(run, escalating);
    if (!begin_level(run, escalating, run->mono_us))
        escalation_advance(run, escalating, run->mono_us);
    return true;
}

void escalation_of_run(struct run *run, const struct escalation *escalation)
{
    char *text autofree = NULL;
    struct escalation_order order = {.document = run->book->documents[0], .policy = escalation->policy};

    if (scope_text(run, run->root, escalation->message, &text) < 0)
        failure_clear(&run->root->failure);
    order.text = text;
    escalation_start(run, &order);
}

/* --- what happens to it --- */

/* Unless a level has just been paged: two at once wake nobody sooner. */
static void hurry(struct run *run, struct escalating *escalating)
{
    if (escalating->state == ESCALATION_TRIGGERED &&
        run->mono_us - escalating->paged_mono_us >= one_moment_us)
        escalation_advance(run, escalating, run->mono_us);
}

void escalation_hurry(struct run *run)
{
    for (struct escalating *each = run->escalations; each; each = each->next)
        hurry(run, each);
}

static void respond_missed(struct run *run, struct escalating *escalating)
{
    tell(run, EVENT_ESCALATION_OVERDUE, escalating, turn_fact("severity", escalating->severity));
    run_warn(run);
    hurry(run, escalating);
}

void escalation_on_timer(struct run *run, struct escalating *escalating, int purpose, int64_t due_us)
{
    if (purpose == TIMER_LEVEL) {
        escalation_advance(run, escalating, due_us);
        return;
    }
    if (purpose == TIMER_RESPOND) {
        respond_missed(run, escalating);
        return;
    }
    escalating->state = ESCALATION_TRIGGERED;
    tell(run, EVENT_ESCALATION_ACK_EXPIRED, escalating, NULL);
    if (!begin_level(run, escalating, due_us))
        escalation_advance(run, escalating, due_us);
}

void escalation_told(struct run *run, struct escalating *escalating, size_t page, bool is_reached)
{
    if (page != escalating->pages)
        return; /* an earlier level's */
    escalating->is_reached |= is_reached;
    escalating->open--;
    if (escalating->open || escalating->is_reached || escalating->state != ESCALATION_TRIGGERED ||
        run->is_closing || run->is_killed)
        return;
    tell_skipped(run, escalating, "nobody was reached");
    escalation_advance(run, escalating, run->mono_us);
}
