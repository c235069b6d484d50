/* interrupt: the engine dies after each cause of a run, and another goes on: what was under way is lost and
 * done again, and from there everything goes as if nothing had happened. */
#include "stage.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

enum { LOST_MAX = 64 };

/* One interruption. */
struct interruption {
    struct run *run;
    struct turn turn;
    struct effect *orders; /* START and NOTIFY so far; the paths are owned */
    size_t order_count, order_cap;
    char *lost[LOST_MAX]; /* paths without the attempt, whose attempts count one more since */
    size_t lost_count;
    struct text log; /* a line an event, without what an interruption may change */
    struct text *difference;
};

/* "a/b#3" without "#3". */
static size_t base_len(const char *path)
{
    const char *hash = strrchr(path, '#');

    return hash && !strchr(hash, '/') && !strchr(hash, '[') ? (size_t)(hash - path) : strlen(path);
}

/* Attempts have other numbers, and what is counted from their beginning another length. */
static void add_line(struct text *log, const struct event *event)
{
    for (const char *at = event->path; *at;) {
        size_t len = strcspn(at, "#");

        text_add(log, at, len);
        at += len;
        if (*at)
            at += 1 + strspn(at + 1, "0123456789");
    }
    text_printf(log, " %s %d %d %d\n", event_type_name(event->type), event->status, (int)event->class_,
        event->exit_code);
}

static void keep_orders(struct interruption *it)
{
    for (size_t i = 0; i < it->turn.effect_count; i++) {
        const struct effect *effect = &it->turn.effects[i];

        if (effect->type != EFFECT_START && effect->type != EFFECT_NOTIFY)
            continue;
        it->orders = mem_grow(it->orders, it->order_count, &it->order_cap, sizeof(*it->orders));
        it->orders[it->order_count] = *effect;
        it->orders[it->order_count++].path = mem_strdup(effect->path);
    }
}

static int apply(struct interruption *it, const struct input *input, bool is_told)
{
    struct err err;

    if (core_apply(it->run, input, &it->turn, &err) < 0) {
        text_printf(it->difference, "refused at '%s': %s", input->path ? input->path : "", err.text);
        return -1;
    }
    for (;;) {
        for (size_t i = 0; is_told && i < it->turn.event_count; i++)
            add_line(&it->log, &it->turn.events[i]);
        keep_orders(it);
        if (!it->turn.more)
            return 0;
        core_pump(it->run, &it->turn);
    }
}

/* The path as it is since the interruption: "one#2/undo" where it was "one/undo". */
static const char *path_now(const struct interruption *it, const char *path, char buffer[512])
{
    for (size_t i = 0; i < it->lost_count; i++) {
        size_t len = strlen(it->lost[i]);
        const char *rest = path + len;
        long attempt = 1;

        if (strncmp(it->lost[i], path, len) != 0 || !strchr("#/", *rest))
            continue;
        if (*rest == '#')
            attempt = strtol(rest + 1, (char **)&rest, 10);
        snprintf(buffer, 512, "%s#%ld%s", it->lost[i], attempt + 1, rest);
        return buffer;
    }
    return path;
}

static int again(struct interruption *it, const struct recorded *recorded)
{
    struct event event = recorded->event;
    struct outcome outcome;
    struct input input;
    struct err err;
    char path[512];
    int rc;

    event.path = path_now(it, event.path, path);
    if (core_input_of(&event, &input, &outcome, &err) < 0)
        return -1;
    if (outcome.result && recorded->full_result) {
        json_decref(outcome.result);
        outcome.result = json_incref(recorded->full_result);
    }
    rc = apply(it, &input, true);
    outcome_fini(&outcome);
    return rc;
}

/* What is made of it can differ only where the author wants it so. */
static bool is_done_again(const struct effect *order)
{
    return order->type == EFFECT_NOTIFY || order->step->on_interrupt == ON_INTERRUPT_ASK ||
           order->step->on_interrupt == ON_INTERRUPT_RETRY;
}

static bool orders(const struct turn *turn, enum effect_type type, uint32_t frame)
{
    for (size_t i = 0; i < turn->effect_count; i++)
        if (turn->effects[i].type == type && turn->effects[i].frame == frame)
            return true;
    return false;
}

static bool is_retried(const struct turn *turn)
{
    for (size_t i = 0; i < turn->event_count; i++) {
        const char *why = value_get_string(turn->events[i].data, "why");

        if (turn->events[i].type == EVENT_STEP_RETRYING && why && strcmp(why, "lost") == 0)
            return true;
    }
    return false;
}

/* 0: as before; 1: it was being stopped and has ended, which is another way. */
static int lose(struct interruption *it, const struct effect *order, const struct event *at)
{
    json_t *data autovalue = json_pack("{s:s, s:{s:s}}", "decision", "answer", "fields", "decision", "retry");
    struct input input = {.type = INPUT_LOST,
        .wall_us = at->wall_us,
        .mono_us = at->mono_us,
        .name = "lost",
        .frame = order->frame,
        .by = {"olga", "host", "test"}};

    if (apply(it, &input, false) < 0)
        return -1;
    if (order->type == EFFECT_NOTIFY) /* not where nobody need be told any more */
        return orders(&it->turn, EFFECT_NOTIFY, order->frame) ? 0 : 1;
    if (orders(&it->turn, EFFECT_ASK, order->frame)) {
        input.type = INPUT_ANSWER;
        input.data = data;
        if (apply(it, &input, false) < 0)
            return -1;
    }
    if (!is_retried(&it->turn))
        return 1;
    input.type = INPUT_TIMER;
    input.name = "repeat";
    if (apply(it, &input, false) < 0)
        return -1;
    it->lost[it->lost_count++] = mem_strndup(order->path, base_len(order->path));
    return 0;
}

static int lose_all(struct interruption *it, const struct event *at)
{
    struct input resumed = {.type = INPUT_RESUMED,
        .wall_us = at->wall_us,
        .mono_us = at->mono_us,
        .by = {"olga", "host", "test"}};
    size_t count = it->order_count;
    int rc = core_is_finished(it->run) ? 1 : apply(it, &resumed, false);

    for (size_t i = 0; rc == 0 && i < count; i++) {
        const struct effect order = it->orders[i]; /* the list grows */

        if (!core_awaits(it->run, &order))
            continue;
        rc = is_done_again(&order) && it->lost_count < LOST_MAX ? lose(it, &order, at) : 1;
    }
    return rc;
}

static void interruption_fini(struct interruption *it)
{
    for (size_t i = 0; i < it->order_count; i++)
        free((char *)it->orders[i].path);
    for (size_t i = 0; i < it->lost_count; i++)
        free(it->lost[i]);
    free(it->orders);
    turn_fini(&it->turn);
    core_free(it->run);
    text_fini(&it->log);
}

/* 0: it went the same way; 1: it cannot. */
static int interrupt_after(const struct stage *stage, const struct book *book, struct script *script,
    size_t causes, const char *whole, struct text *difference)
{
    struct interruption it = {.run = core_new(book, script), .difference = difference};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < stage->cause_count; i++) {
        if (i == causes)
            rc = lose_all(&it, &stage->causes[i - 1].event);
        if (rc == 0)
            rc = again(&it, &stage->causes[i]);
    }
    if (rc == 0 && whole && strcmp(text_str(&it.log), whole) != 0) {
        text_printf(difference, "interrupted after cause %zu:\n%s", causes, text_str(&it.log));
        rc = -1;
    }
    interruption_fini(&it);
    return rc;
}

int stage_interrupt(const struct stage *stage, const struct book *book, struct script *script,
    size_t *ret_count, struct text *difference)
{
    struct interruption whole = {.run = core_new(book, script), .difference = difference};
    int rc = 0;

    *ret_count = 0;
    for (size_t i = 0; rc == 0 && i < stage->cause_count; i++)
        rc = again(&whole, &stage->causes[i]);
    for (size_t i = 1; rc >= 0 && i < stage->cause_count; i++) {
        rc = interrupt_after(stage, book, script, i, text_str(&whole.log), difference);
        *ret_count += rc == 0;
    }
    interruption_fini(&whole);
    return rc < 0 ? -1 : 0;
}
