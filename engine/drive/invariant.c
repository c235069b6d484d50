#include "drive/invariant.h"
#include "base/duration.h"
#include "base/mem.h"

#include <string.h>

/* An event of `within` that has come, and the one it is followed by has not. */
struct expected {
    size_t guard;
    int64_t since_us, due_us;
};

/* One invariant, ready for use. */
struct guard {
    const struct invariant *invariant;
    struct event_pattern of, expect;
};

/* The guards of a book are the same for all its watches. */
struct guards {
    size_t refs, len;
    struct script *script;
    struct guard items[];
};

struct watch {
    struct guards *guards;
    bool *is_broken; /* by guard */
    struct expected *expected;
    size_t expected_count, expected_cap;
    struct breach *breaches;
    size_t breach_count, breach_cap;
    json_t *about; /* `run` as invariants see it */
    int64_t now_us;
};

static struct guards *guards_new(const struct items *invariants, struct script *script)
{
    struct guards *guards = mem_alloc(sizeof(*guards) + invariants->len * sizeof(guards->items[0]));

    guards->refs = 0;
    guards->len = invariants->len;
    guards->script = script;
    for (size_t i = 0; i < guards->len; i++) {
        struct guard *guard = &guards->items[i];

        guard->invariant = invariants->items[i];
        if (guard->invariant->of)
            pattern_parse(guard->invariant->of, &guard->of);
        if (guard->invariant->expect)
            pattern_parse(guard->invariant->expect, &guard->expect);
    }
    return guards;
}

static struct watch *watch_of(struct guards *guards)
{
    struct watch *watch = mem_alloc(sizeof(*watch));

    watch->guards = guards;
    watch->is_broken = mem_alloc(guards->len * sizeof(bool));
    guards->refs++;
    return watch;
}

struct watch *watch_new(const struct book *book, struct script *script)
{
    const struct items *invariants = &book->documents[0]->invariants;

    return invariants->len ? watch_of(guards_new(invariants, script)) : NULL;
}

static void expect(struct watch *watch, struct expected expected)
{
    watch->expected =
        mem_grow(watch->expected, watch->expected_count, &watch->expected_cap, sizeof(*watch->expected));
    watch->expected[watch->expected_count++] = expected;
}

static void add_breach(struct watch *watch, struct breach breach)
{
    watch->breaches =
        mem_grow(watch->breaches, watch->breach_count, &watch->breach_cap, sizeof(*watch->breaches));
    watch->breaches[watch->breach_count++] = breach;
}

struct watch *watch_copy(const struct watch *watch)
{
    struct watch *copy;

    if (!watch)
        return NULL;
    copy = watch_of(watch->guards);
    memcpy(copy->is_broken, watch->is_broken, watch->guards->len * sizeof(bool));
    for (size_t i = 0; i < watch->expected_count; i++)
        expect(copy, watch->expected[i]);
    for (size_t i = 0; i < watch->breach_count; i++) {
        struct breach breach = watch->breaches[i];

        breach.why = mem_strdup(breach.why);
        add_breach(copy, breach);
    }
    copy->now_us = watch->now_us;
    return copy;
}

void watch_free(struct watch *watch)
{
    if (!watch)
        return;
    for (size_t i = 0; i < watch->breach_count; i++)
        free(watch->breaches[i].why);
    free(watch->expected);
    free(watch->breaches);
    free(watch->is_broken);
    json_decref(watch->about);
    if (--watch->guards->refs == 0)
        free(watch->guards);
    free(watch);
}

size_t watch_count(const struct watch *watch)
{
    return watch ? watch->breach_count : 0;
}

const struct breach *watch_breach(const struct watch *watch, size_t i)
{
    return &watch->breaches[i];
}

/* Takes `why`. */
static void break_guard(struct watch *watch, size_t guard, int64_t at_us, char *why)
{
    if (watch->is_broken[guard]) {
        free(why);
        return;
    }
    watch->is_broken[guard] = true;
    add_breach(watch, (struct breach){watch->guards->items[guard].invariant, at_us, why});
}

/* --- always, finally --- */

/* `run` with what only the core knows of it; made anew when that has changed. */
static json_t *about(struct watch *watch, const struct run *run, json_t *start)
{
    const char *status = run_status_name(core_status(run)), *known;

    known = watch->about ? value_get_string(watch->about, "status") : NULL;
    if (known && strcmp(known, status) == 0 &&
        json_integer_value(json_object_get(watch->about, "warnings")) == (json_int_t)core_warnings(run))
        return watch->about;
    json_decref(watch->about);
    watch->about = json_copy(start);
    json_object_set_new(watch->about, "status", json_string(status));
    json_object_set_new(watch->about, "warnings", json_integer((json_int_t)core_warnings(run)));
    return watch->about;
}

static void check_expr(struct watch *watch, struct run *run, size_t guard, const struct expr *expr)
{
    struct scope scope;
    struct err err;
    bool holds = false;

    if (!expr || watch->is_broken[guard] || core_scope_of_run(run, &scope, &err) < 0)
        return;
    scope.run = about(watch, run, scope.run);
    if (script_eval_bool(watch->guards->script, expr, &scope, &holds, &err) < 0)
        break_guard(watch, guard, watch->now_us, mem_printf("it could not be evaluated: %s", err.text));
    else if (!holds)
        break_guard(watch, guard, watch->now_us, mem_printf("this is not true: %s", expr->text));
}

/* --- within --- */

static void not_in_time(struct watch *watch, const struct expected *expected, bool has_ended)
{
    const struct invariant *invariant = watch->guards->items[expected->guard].invariant;
    char since[DURATION_TEXT_SIZE], within[DURATION_TEXT_SIZE];

    duration_short(expected->since_us / 1000, since);
    duration_short((expected->due_us - expected->since_us) / 1000, within);
    break_guard(watch, expected->guard, has_ended ? watch->now_us : expected->due_us,
        mem_printf("after \"%s\" at %s \"%s\" did not come %s%s", invariant->of, since, invariant->expect,
            has_ended ? "before the end" : "within ", has_ended ? "" : within));
}

static void drop(struct watch *watch, size_t i)
{
    watch->expected[i] = watch->expected[--watch->expected_count];
}

static void pass_time(struct watch *watch, int64_t now_us)
{
    watch->now_us = now_us;
    for (size_t i = 0; i < watch->expected_count;) {
        if (watch->expected[i].due_us >= now_us) {
            i++;
            continue;
        }
        not_in_time(watch, &watch->expected[i], false);
        drop(watch, i);
    }
}

static void come(struct watch *watch, size_t guard)
{
    for (size_t i = 0; i < watch->expected_count;)
        if (watch->expected[i].guard == guard)
            drop(watch, i);
        else
            i++;
}

/* One that cannot be worked out breaks the invariant. */
static int64_t bound_us(struct watch *watch, struct run *run, size_t guard)
{
    struct scope scope;
    struct err err;
    int64_t ms;

    if (core_scope_of_run(run, &scope, &err) == 0) {
        scope.run = about(watch, run, scope.run);
        if (script_duration(watch->guards->script, &watch->guards->items[guard].invariant->within, &scope,
                &ms, &err) == 0)
            return ms * 1000;
    }
    break_guard(watch, guard, watch->now_us, mem_printf("`within` could not be evaluated: %s", err.text));
    return 0;
}

static void see(struct watch *watch, struct run *run, size_t guard, const struct event *event)
{
    const struct guard *each = &watch->guards->items[guard];

    if (!each->invariant->within.given || watch->is_broken[guard])
        return;
    if (pattern_matches(&each->expect, event))
        come(watch, guard);
    if (pattern_matches(&each->of, event))
        expect(watch, (struct expected){guard, event->mono_us, event->mono_us + bound_us(watch, run, guard)});
}

void watch_turn(struct watch *watch, struct run *run, const struct turn *turn)
{
    if (!watch)
        return;
    for (size_t i = 0; i < turn->event_count; i++) {
        pass_time(watch, turn->events[i].mono_us);
        for (size_t guard = 0; guard < watch->guards->len; guard++)
            see(watch, run, guard, &turn->events[i]);
    }
    for (size_t guard = 0; guard < watch->guards->len; guard++)
        check_expr(watch, run, guard, watch->guards->items[guard].invariant->always);
}

void watch_end(struct watch *watch, struct run *run)
{
    if (!watch)
        return;
    while (watch->expected_count) {
        not_in_time(watch, &watch->expected[0], true);
        drop(watch, 0);
    }
    for (size_t guard = 0; guard < watch->guards->len; guard++)
        check_expr(watch, run, guard, watch->guards->items[guard].invariant->finally);
}

/* --- for others --- */

void invariant_put_name(const struct invariant *invariant, struct text *text)
{
    char within[DURATION_TEXT_SIZE];

    if (invariant->name)
        text_puts(text, invariant->name);
    else if (invariant->always)
        text_printf(text, "always: %s", invariant->always->text);
    else if (invariant->finally)
        text_printf(text, "finally: %s", invariant->finally->text);
    else
        text_printf(text, "within %s of %s: %s",
            invariant->within.expr ? invariant->within.expr->text
                                   : duration_short(invariant->within.value, within),
            invariant->of, invariant->expect);
}

void watch_digest(const struct watch *watch, int64_t now_us, struct text *text)
{
    if (!watch)
        return;
    for (size_t i = 0; i < watch->expected_count; i++) {
        int64_t facts[] = {(int64_t)watch->expected[i].guard, watch->expected[i].due_us - now_us};

        text_add(text, (const char *)facts, sizeof(facts));
    }
}
