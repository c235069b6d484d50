/* plan_longest: how long a run can take when every timeout is used up, or which steps set it no bound. What
 * is undone is not counted. */
#include "drive/plan_inside.h"

#include "base/duration.h"
#include "script/lex.h"

#include <string.h>

enum { NO_BOUND = -1, ATTEMPTS_MAX = 1000 };

/* Of one document. */
struct reckoning {
    const json_t *hooks; /* or NULL */
    json_t *endless;     /* ids of the steps without a bound */
};

static int64_t longest_of(const json_t *node, const struct reckoning *reckoning);
static int64_t longest_of_all(const json_t *steps, const struct reckoning *reckoning);

/* A setting in milliseconds; NO_BOUND when it is not written or not known. */
static int64_t duration_of(const json_t *map, const char *name)
{
    const char *text = value_get_string(json_object_get(map, name), "value");
    struct err err;
    int64_t ms;

    return text && duration_parse(text, &ms, &err) == 0 ? ms : NO_BOUND;
}

static int64_t add(int64_t a, int64_t b)
{
    return a < 0 || b < 0 || a > INT64_MAX - b ? NO_BOUND : a + b;
}

static int64_t times(int64_t ms, int64_t count)
{
    return ms < 0 || count < 0 || (count && ms > INT64_MAX / count) ? NO_BOUND : ms * count;
}

static int64_t longer(int64_t a, int64_t b)
{
    return a < 0 || b < 0 ? NO_BOUND : a > b ? a : b;
}

static bool is(const json_t *node, const char *name, const char *word)
{
    const char *text = value_get_string(node, name);

    return text && strcmp(text, word) == 0;
}

/* --- one attempt --- */

static int64_t of_wait(const json_t *args)
{
    return json_object_get(args, "duration") ? duration_of(args, "duration") : duration_of(args, "timeout");
}

static int64_t of_ask(const json_t *args)
{
    return is(json_object_get(args, "on_timeout"), "value", "escalate") ? NO_BOUND
                                                                        : duration_of(args, "timeout");
}

static bool may_wait(const char *code)
{
    static const char *const waiting[] = {"exec", "sh", "http", "notify", "sleep"};
    struct lexer lexer = {code};
    struct token token;

    while (lex_next(&lexer, &token))
        for (size_t i = 0; i < sizeof(waiting) / sizeof(waiting[0]); i++)
            if (token_is(&token, waiting[i]))
                return true;
    return false;
}

/* Code that only reckons takes no time; what it starts or asks has no end of its own. */
static int64_t of_code(const json_t *node, const json_t *args)
{
    int64_t timeout = duration_of(json_object_get(node, "settings"), "timeout");
    const char *code = value_get_string(json_object_get(args, "code"), "value");

    if (timeout >= 0)
        return timeout;
    return is(node, "effect", "write") || !code || may_wait(code) ? NO_BOUND : 0;
}

static int64_t of_leaf(const json_t *node)
{
    const json_t *args = json_object_get(node, "args");

    if (is(node, "effect", "wait"))
        return of_wait(args);
    if (is(node, "effect", "ask"))
        return of_ask(args);
    if (is(node, "kind", "lua"))
        return of_code(node, args);
    if (is(node, "effect", "read") || is(node, "effect", "write"))
        return duration_of(json_object_get(node, "settings"), "timeout");
    return 0;
}

/* Wave after wave; in one wave the longest. */
static int64_t of_parallel(const json_t *node, const struct reckoning *reckoning)
{
    json_t *steps = json_object_get(node, "steps"), *step;
    int64_t waves[64] = {0}, sum = 0;
    size_t i;

    if (json_object_get(json_object_get(node, "settings"), "max_parallel"))
        return longest_of_all(steps, reckoning);
    json_array_foreach(steps, i, step)
    {
        json_t *alone autovalue = json_pack("[O]", step);
        json_int_t wave = json_integer_value(json_object_get(step, "wave"));
        size_t at = wave > 0 && wave < 64 ? (size_t)wave : 0;

        waves[at] = longer(waves[at], longest_of_all(alone, reckoning));
    }
    for (i = 0; i < 64; i++)
        sum = add(sum, waves[i]);
    return sum;
}

static int64_t of_cases(const json_t *cases, const struct reckoning *reckoning)
{
    int64_t longest = 0;
    json_t *way;
    size_t i;

    json_array_foreach((json_t *)cases, i, way) longest =
        longer(longest, longest_of_all(json_object_get(way, "steps"), reckoning));
    return longest;
}

static int64_t of_body(const json_t *node, const struct reckoning *reckoning)
{
    if (json_object_get(node, "cases"))
        return of_cases(json_object_get(node, "cases"), reckoning);
    if (is(node, "kind", "parallel"))
        return of_parallel(node, reckoning);
    return longest_of_all(json_object_get(node, "steps"), reckoning);
}

/* --- all attempts --- */

static int64_t number_of(const json_t *map, const char *name)
{
    const json_t *value = json_object_get(json_object_get(map, name), "value");

    return json_is_integer(value) ? json_integer_value(value) : NO_BOUND;
}

/* The pauses between attempts, as the core makes them. */
static int64_t pauses_of(const json_t *retry, int64_t attempts)
{
    double delay = (double)duration_of(retry, "delay"), most = (double)duration_of(retry, "max_delay");
    const json_t *backoff = json_object_get(json_object_get(retry, "backoff"), "value");
    double sum = 0;

    if (delay < 0 || most < 0)
        return NO_BOUND;
    for (int64_t i = 1; i < attempts; i++) {
        sum += delay < most ? delay : most;
        delay *= backoff ? json_number_value(backoff) : 2.0;
    }
    return (int64_t)sum;
}

static int64_t with_retry(int64_t ms, const json_t *retry)
{
    int64_t attempts;

    if (!retry)
        return ms;
    attempts = number_of(retry, "max_attempts");
    if (attempts > ATTEMPTS_MAX)
        return NO_BOUND;
    return add(times(ms, attempts), pauses_of(retry, attempts));
}

static int64_t with_loop(int64_t ms, const json_t *node)
{
    const json_t *foreach = json_object_get(node, "foreach"), *settings = json_object_get(node, "settings");
    const json_t *list = json_object_get(foreach, "value");

    if (foreach)
        return json_is_array(list) ? times(ms, (int64_t)json_array_size(list)) : ms == 0 ? 0 : NO_BOUND;
    if (json_object_get(settings, "while"))
        return times(ms, number_of(settings, "max_iterations"));
    return ms;
}

/* A block's timeout ends it, whatever is in it. */
static int64_t within(int64_t ms, int64_t timeout)
{
    return timeout >= 0 && (ms < 0 || ms > timeout) ? timeout : ms;
}

/* --- hooks --- */

static int64_t of_hook(const char *name, const struct reckoning *reckoning)
{
    const struct reckoning alone = {.endless = reckoning->endless};
    json_t *hook;
    size_t i;

    json_array_foreach((json_t *)reckoning->hooks, i, hook)
    {
        if (is(hook, "id", name))
            return longest_of(hook, &alone);
    }
    return 0;
}

/* Blocks have them called for what is in them, and what is done at once calls none. */
static bool calls_hooks(const json_t *node)
{
    static const char *const others[] = {
        "steps", "parallel", "switch", "rollback", "set", "note", "fail", "succeed"};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (is(node, "kind", others[i]))
            return false;
    return true;
}

/* Before and after a step; the worst is that it fails. */
static int64_t of_hooks(const json_t *node, const struct reckoning *reckoning)
{
    static const char *const names[] = {"before_step", "on_failure", "after_step"};
    int64_t ms = 0;

    for (size_t i = 0; calls_hooks(node) && i < sizeof(names) / sizeof(names[0]); i++)
        ms = add(ms, of_hook(names[i], reckoning));
    return ms;
}

/* Of a document, after its steps. A page may come when all else has ended. */
static int64_t of_end(const json_t *node, const struct reckoning *reckoning)
{
    int64_t ms = add(longest_of_all(json_object_get(node, "rescue"), reckoning),
        longest_of_all(json_object_get(node, "always"), reckoning));

    return add(ms, add(of_hook("on_finish", reckoning), of_hook("on_escalation", reckoning)));
}

/* --- steps --- */

/* Each time, without what follows when it has ended. */
static int64_t of_times(const json_t *node, const struct reckoning *reckoning, const struct reckoning *inside)
{
    const json_t *settings = json_object_get(node, "settings");
    bool is_block = json_object_get(node, "steps") || json_object_get(node, "cases");
    int64_t ms = is_block ? within(of_body(node, inside), duration_of(settings, "timeout")) : of_leaf(node);
    int64_t hooks = of_hooks(node, reckoning);

    if (!json_object_get(settings, "until"))
        ms = with_retry(ms, json_object_get(settings, "retry"));
    ms = with_loop(hooks < 0 ? ms : add(ms, hooks), node);
    if (ms < 0 && json_array_size(inside->endless))
        json_array_extend(reckoning->endless, inside->endless);
    else if (ms < 0)
        json_array_append(reckoning->endless, json_object_get(node, "id"));
    return hooks < 0 ? NO_BOUND : ms;
}

static int64_t longest_of(const json_t *node, const struct reckoning *reckoning)
{
    json_t *endless autovalue = json_array();
    struct reckoning inside = {reckoning->hooks, endless}, end = *reckoning;
    int64_t ms;

    if (json_object_get(node, "skipped"))
        return 0;
    if (!is(node, "kind", "call")) {
        ms = of_times(node, reckoning, &inside);
        ms = add(ms, longest_of_all(json_object_get(node, "rescue"), reckoning));
        return add(ms, longest_of_all(json_object_get(node, "always"), reckoning));
    }
    inside.hooks = end.hooks = json_object_get(node, "hooks");
    return add(of_times(node, reckoning, &inside), of_end(node, &end));
}

static int64_t longest_of_all(const json_t *steps, const struct reckoning *reckoning)
{
    int64_t sum = 0;
    json_t *step;
    size_t i;

    json_array_foreach((json_t *)steps, i, step) sum = add(sum, longest_of(step, reckoning));
    return sum;
}

/* Each once: a runbook may be called several times. New reference. */
static json_t *distinct(const json_t *ids)
{
    struct map seen = {0};
    json_t *list = json_array(), *id;
    size_t i;

    json_array_foreach((json_t *)ids, i, id)
    {
        if (!map_put(&seen, json_string_value(id), list))
            json_array_append(list, id);
    }
    map_fini(&seen);
    return list;
}

json_t *plan_longest(const json_t *plan)
{
    json_t *endless autovalue = json_array();
    const struct reckoning reckoning = {json_object_get(plan, "hooks"), endless};
    char text[DURATION_TEXT_SIZE];
    int64_t ms =
        within(longest_of_all(json_object_get(plan, "steps"), &reckoning), duration_of(plan, "deadline"));

    if (ms >= 0)
        json_array_clear(endless);
    ms = add(ms, of_end(plan, &reckoning));
    if (ms < 0)
        return json_pack("{s:o}", "no_bound", distinct(endless));
    return json_pack("{s:s}", "value", duration_exact(ms, text));
}
