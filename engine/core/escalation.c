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
#include "core/escalation.h"

#include "core/digest.h"
#include "core/notice.h"
#include "core/turn.h"

#include <string.h>

#define ESCALATION_STATES(X)                                                                                 \
    X(TRIGGERED, "triggered")                                                                                \
    X(ACKNOWLEDGED, "acknowledged") X(RESOLVED, "resolved") X(EXHAUSTED, "exhausted")

#define X(name, text) ESCALATION_##name,
enum escalation_state { ESCALATION_STATES(X) };
#undef X

static const int64_t escalate_after_ms = 900000; /* 15m, where a policy does not say */
static const int64_t ack_timeout_ms = 1800000;   /* 30m, where what it says cannot be worked out */

/* One page at a time: a deadline that passes so soon after a level was paged is no reason to page the next.
 */
static const int64_t one_moment_us = 10000000;

struct escalating {
    struct node node;
    struct escalating *next;
    struct escalating *copy; /* while the run is copied: its twin */
    enum escalation_state state;
    const struct document *document;
    const struct policy *policy;
    char *path; /* "!" and the name */
    char *text, *severity;
    size_t level;          /* index of the present one */
    int64_t pass;          /* 0 = the first */
    size_t pages;          /* levels begun so far */
    int64_t paged_mono_us; /* when the present one was */
    size_t open;           /* notices of the present level under way */
    bool is_reached;
};

#define X(name, text) text,
static const char *const state_names[] = {ESCALATION_STATES(X)};
#undef X

const char *escalation_path(const struct escalating *escalating)
{
    return escalating->path;
}

size_t escalation_pages(const struct escalating *escalating)
{
    return escalating->pages;
}

static bool is_open(const struct escalating *escalating)
{
    return escalating->state != ESCALATION_RESOLVED;
}

bool escalation_is_paging(const struct escalating *escalating)
{
    return escalating->state == ESCALATION_TRIGGERED || escalating->state == ESCALATION_EXHAUSTED;
}

static const char *name_of(const struct escalating *escalating)
{
    return escalating->path + 1;
}

static bool is_meant(const struct escalating *escalating, const char *name)
{
    return is_open(escalating) && (!*name || strcmp(name_of(escalating), name) == 0);
}

static struct escalating *find(const struct run *run, const char *name)
{
    struct escalating *escalating = run->escalations;

    while (escalating && !is_meant(escalating, name))
        escalating = escalating->next;
    return escalating;
}

bool escalation_is_open(const struct run *run, const char *name)
{
    return find(run, name) != NULL;
}

struct node *escalation_node(const struct run *run, const char *path)
{
    struct escalating *escalating = find(run, path + 1);

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

static void page(struct run *run, struct escalating *escalating, const struct level *level)
{
    struct message message = {
        .people = &escalating->document->people,
        .text = escalating->text,
        .severity = escalating->severity,
        .level = escalating->level + 1,
        .escalating = escalating,
    };
    struct targets targets = {0};

    reach_expand(message.people, &level->notify, &targets);
    for (size_t i = 0; i < targets.len; i++)
        escalating->open += notice_begin(run, &message, &targets.items[i]);
    free(targets.items);
}

static json_t *level_facts(const struct escalating *escalating)
{
    return json_pack(
        "{s:I, s:I}", "level", (json_int_t)escalating->level + 1, "pass", (json_int_t)escalating->pass + 1);
}

static void tell_skipped(struct run *run, const struct escalating *escalating, const char *reason)
{
    json_t *facts = level_facts(escalating);

    json_object_set_new(facts, "reason", json_string(reason));
    tell(run, EVENT_ESCALATION_SKIPPED, escalating, facts);
}

/* Page the present level, which holds from `since_us` on; false when it does not hold. */
static bool begin_level(struct run *run, struct escalating *escalating, int64_t since_us)
{
    const struct level *level = level_of(escalating);
    const struct amount *after = &level->escalate_after;

    if (!is_wanted(run, level)) {
        tell_skipped(run, escalating, "when");
        return false;
    }
    escalating->pages++;
    escalating->paged_mono_us = run->mono_us;
    escalating->is_reached = false;
    escalating->open = 0;
    tell(run, EVENT_ESCALATION_LEVEL, escalating, level_facts(escalating));
    page(run, escalating, level);
    if (!escalating->open) {
        tell_skipped(run, escalating, "nobody can be reached");
        return false;
    }
    timer_set_due(run, &escalating->node, TIMER_LEVEL,
        since_us + scope_root_duration(run, after, escalate_after_ms) * 1000);
    return true;
}

/* The level after the present one, of this pass or the next; false when that was the last. */
static bool next_level(struct run *run, struct escalating *escalating)
{
    if (++escalating->level < escalating->policy->levels.len)
        return true;
    escalating->level = 0;
    return ++escalating->pass <= scope_root_integer(run, &escalating->policy->repeat, 0);
}

static void exhaust(struct run *run, struct escalating *escalating)
{
    escalating->state = ESCALATION_EXHAUSTED;
    tell(run, EVENT_ESCALATION_EXHAUSTED, escalating, NULL);
    run_warn(run);
}

static void advance(struct run *run, struct escalating *escalating, int64_t since_us)
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

static struct escalating *escalating_new(const struct escalation_order *order, const struct policy *policy)
{
    struct escalating *escalating = mem_alloc(sizeof(*escalating));
    const char *severity = order->severity && *order->severity ? order->severity : order->document->severity;

    *escalating = (struct escalating){
        .node.type = NODE_ESCALATION,
        .document = order->document,
        .policy = policy,
        .path = mem_printf("!%s", order->name ? order->name : order->policy),
        .text = mem_strdup(order->text ? order->text : ""),
        .severity = mem_strdup(severity ? severity : ""),
    };
    return escalating;
}

/* One that bears the name of an earlier one counts on, so that no two pages of a run have the same path. */
static size_t pages_before(const struct run *run, const struct escalating *escalating)
{
    for (const struct escalating *each = run->escalations; each; each = each->next)
        if (strcmp(each->path, escalating->path) == 0)
            return each->pages;
    return 0;
}

bool escalation_start(struct run *run, const struct escalation_order *order)
{
    const struct policy *policy = reach_policy(&order->document->people, order->policy);
    struct escalating *escalating;

    if (!policy || policy->levels.len == 0)
        return false;
    escalating = find(run, order->name ? order->name : order->policy);
    if (escalating && escalating->state != ESCALATION_EXHAUSTED)
        return true;
    if (escalating)
        escalating->state = ESCALATION_RESOLVED; /* the new one takes its place */
    escalating = escalating_new(order, policy);
    escalating->pages = pages_before(run, escalating);
    escalating->next = run->escalations;
    run->escalations = escalating;
    tell(run, EVENT_ESCALATION_STARTED, escalating,
        json_pack("{s:s, s:s}", "policy", order->policy, "message", escalating->text));
    if (!begin_level(run, escalating, run->mono_us))
        advance(run, escalating, run->mono_us);
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

static void tell_all(
    struct run *run, enum event_type type, const char *name, const char *path, const struct principal *by)
{
    json_t *names = json_array();
    struct event *event;

    for (struct escalating *each = run->escalations; each; each = each->next)
        if (is_meant(each, name))
            json_array_append_new(names, json_string(name_of(each)));
    event = turn_event(run, type, path);
    if (by)
        turn_by(run, event, by);
    turn_data(run, event, json_pack("{s:s, s:o}", "name", name, "escalations", names));
}

void escalation_acknowledge(struct run *run, const char *name, const char *path, const struct principal *by)
{
    tell_all(run, EVENT_ESCALATION_ACKNOWLEDGED, name, path, by);
    for (struct escalating *each = run->escalations; each; each = each->next) {
        const struct amount *expires = &each->policy->ack_timeout;

        if (!is_meant(each, name))
            continue;
        each->state = ESCALATION_ACKNOWLEDGED;
        timer_clear_all(run, &each->node);
        if (expires->given && !run->is_closing)
            timer_set(run, &each->node, TIMER_ACK, scope_root_duration(run, expires, ack_timeout_ms));
    }
}

void escalation_resolve(struct run *run, const char *name, const char *path)
{
    if (!find(run, name))
        return;
    tell_all(run, EVENT_ESCALATION_RESOLVED, name, path, NULL);
    for (struct escalating *each = run->escalations; each; each = each->next) {
        if (!is_meant(each, name))
            continue;
        each->state = ESCALATION_RESOLVED;
        timer_clear_all(run, &each->node);
    }
}

void escalation_hurry(struct run *run)
{
    for (struct escalating *each = run->escalations; each; each = each->next)
        if (each->state == ESCALATION_TRIGGERED && run->mono_us - each->paged_mono_us >= one_moment_us)
            advance(run, each, run->mono_us);
}

void escalation_on_timer(struct run *run, struct escalating *escalating, int purpose, int64_t due_us)
{
    if (purpose == TIMER_LEVEL) {
        advance(run, escalating, due_us);
        return;
    }
    escalating->state = ESCALATION_TRIGGERED;
    tell(run, EVENT_ESCALATION_ACK_EXPIRED, escalating, NULL);
    if (!begin_level(run, escalating, due_us))
        advance(run, escalating, due_us);
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
    advance(run, escalating, run->mono_us);
}

/* --- the end of the run --- */

void escalation_close_all(struct run *run, bool is_resolved)
{
    if (is_resolved)
        escalation_resolve(run, "", "");
    for (struct escalating *each = run->escalations; each; each = each->next)
        timer_clear_all(run, &each->node);
}

void escalation_free_all(struct run *run)
{
    while (run->escalations) {
        struct escalating *escalating = run->escalations;

        run->escalations = escalating->next;
        timer_forget_all(&escalating->node);
        free(escalating->path);
        free(escalating->text);
        free(escalating->severity);
        free(escalating);
    }
}

void escalation_copy_all(const struct run *from, struct run *to)
{
    struct escalating **end = &to->escalations;

    for (struct escalating *each = from->escalations; each; each = each->next) {
        struct escalating *twin = mem_alloc(sizeof(*twin));

        *twin = *each;
        each->copy = twin;
        node_copy(to, &each->node, &twin->node);
        twin->next = twin->copy = NULL;
        twin->path = mem_strdup(each->path);
        twin->text = mem_strdup(each->text);
        twin->severity = mem_strdup(each->severity);
        *end = twin;
        end = &twin->next;
    }
}

struct escalating *escalation_twin(const struct escalating *escalating)
{
    return escalating->copy;
}

/* Behind the last pass they are all alike. */
static int64_t pass_that_counts(const struct escalating *escalating)
{
    const struct amount *repeat = &escalating->policy->repeat;
    int64_t last = (repeat->given ? repeat->value : 0) + 1;

    return repeat->expr || escalating->pass < last ? escalating->pass : last;
}

/* Of what is resolved only the count of its pages is left, and that only names things. */
void escalation_digest(struct digest *digest)
{
    for (struct escalating *each = digest->run->escalations; each; each = each->next) {
        if (!is_open(each))
            continue;
        digest_text(digest->text, each->path);
        digest_number(digest->text, (int64_t)each->state);
        digest_number(digest->text, (int64_t)each->level);
        digest_number(digest->text, pass_that_counts(each));
        digest_number(digest->text, (int64_t)each->open);
        digest_number(digest->text, each->is_reached);
        digest_node(digest, &each->node);
    }
}

json_t *escalation_snapshot(const struct run *run)
{
    json_t *list = json_array();

    for (struct escalating *each = run->escalations; each; each = each->next)
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:I, s:I, s:I}", "name", name_of(each), "state",
                      state_names[each->state], "level", (json_int_t)each->level, "pass",
                      (json_int_t)each->pass, "due_us", (json_int_t)timer_due(&each->node, TIMER_LEVEL)));
    return list;
}
