/* perform: what code asked for, carried out by the same kinds that steps have. It never fails: what went
 * wrong is in the result. */
#include "base/clock.h"
#include "base/mem.h"
#include "step/coded.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct performance {
    struct work_options options; /* of the work inside */
    struct work *work;           /* NULL: it only waits */
    struct loop_timer *timer;    /* its timeout, or what it waits for */
    double timeout;              /* seconds; 0 = none */
    bool has_timed_out;
    const struct act *act;
    json_t *args, *env;
    void (*done)(void *context, json_t *result);
    void *context;
};

/* How one primitive is carried out: by a kind, with these arguments, and what the result always has. */
struct act {
    const char *name;
    const struct kind *kind; /* NULL: it only waits */
    json_t *(*args)(const json_t *asked);
    json_t *(*nothing)(void);
};

static json_t *same_args(const json_t *asked)
{
    return json_incref((json_t *)asked);
}

/* The script's own name is sh; what it needs comes in variables. */
static json_t *shell_args(const json_t *asked)
{
    json_t *args = json_copy((json_t *)asked);

    json_object_set_new(args, "argv",
        json_pack("[s, s, s]", "sh", "-ec",
            value_get_string(asked, "script") ? value_get_string(asked, "script") : ""));
    return args;
}

static json_t *no_process(void)
{
    return json_pack("{s:i, s:s, s:s}", "exit_code", -1, "stdout", "", "stderr", "");
}

static json_t *no_response(void)
{
    return json_pack("{s:i, s:s, s:{}}", "status_code", 0, "body", "", "headers");
}

static const struct act acts[] = {
    {"exec", &step_exec, same_args, no_process},
    {"sh", &step_exec, shell_args, no_process},
    {"http.request", &step_http, same_args, no_response},
    {"sleep", NULL, same_args, json_object},
};

static const struct act *act_of(const char *name)
{
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
        if (strcmp(acts[i].name, name) == 0)
            return &acts[i];
    return NULL;
}

/* --- the end --- */

static void finish(struct performance *performance, json_t *result)
{
    void (*done)(void *, json_t *) = performance->done;
    void *context = performance->context;

    loop_timer_stop(performance->options.loop, performance->timer);
    json_decref(performance->args);
    json_decref(performance->env);
    free(performance);
    done(context, result);
}

/* RFC 9110, 10.2.3: a number of seconds, or a date; -1: neither. */
static double retry_after(const json_t *result)
{
    const char *text = value_get_string(json_object_get(result, "headers"), "retry-after");
    struct tm date = {0};
    double seconds;
    char *rest;

    if (!text || !*text)
        return -1;
    seconds = strtod(text, &rest);
    if (!*rest)
        return seconds >= 0 ? seconds : -1;
    rest = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &date);
    if (!rest || *rest)
        return -1;
    seconds = (double)timegm(&date) - (double)clock_wall_us() / 1e6;
    return seconds > 0 ? ceil(seconds) : 0;
}

static void add_retry_after(json_t *result)
{
    json_int_t status = json_integer_value(json_object_get(result, "status_code"));
    double seconds = status == 429 || status == 503 ? retry_after(result) : -1;

    if (seconds >= 0)
        json_object_set_new(result, "retry_after", json_real(seconds));
}

static json_t *result_of(const struct performance *performance, const struct outcome *outcome)
{
    json_t *result = performance->act->nothing();
    char *late autofree = mem_printf("it did not end within %g s", performance->timeout);
    const char *error = performance->has_timed_out ? late : outcome->message;

    json_object_update(result, outcome->result);
    json_object_set_new(
        result, "ok", json_boolean(outcome->class_ == FAIL_NONE && !performance->has_timed_out));
    if (error)
        json_object_set_new(result, "error", value_string(error, strlen(error)));
    add_retry_after(result);
    return result;
}

static void on_done(void *context, struct outcome *outcome)
{
    struct performance *performance = context;
    json_t *result = result_of(performance, outcome);

    outcome_fini(outcome);
    finish(performance, result);
}

static void on_waited(void *context)
{
    struct performance *performance = context;

    performance->timer = NULL;
    finish(performance, json_pack("{s:b}", "ok", 1));
}

static void on_unknown(void *context)
{
    finish(context, json_pack("{s:b, s:s}", "ok", 0, "error", "there is no such primitive in this version"));
}

/* --- the beginning --- */

static void on_timeout(void *context)
{
    struct performance *performance = context;

    performance->timer = NULL;
    performance->has_timed_out = true;
    work_stop(performance->work, false);
}

static void set_timer(struct performance *performance, double seconds, timer_fn fire)
{
    struct loop *loop = performance->options.loop;

    performance->timer =
        loop_timer_start(loop, loop_now_us(loop) + llround(seconds * 1e6), fire, performance);
}

/* What is said for this call comes before what the step has. */
static json_t *env_of(const struct work_options *options, const json_t *args)
{
    json_t *env = options->env ? json_copy(options->env) : json_object();
    json_t *own = json_object_get(args, "env");

    if (json_is_object(own))
        json_object_update(env, own);
    return env;
}

static void begin_work(struct performance *performance)
{
    struct work_options *options = &performance->options;
    const struct step_ops *ops = performance->act->kind->ops;
    const char *cwd = value_get_string(performance->args, "cwd");

    options->args = performance->args;
    options->env = performance->env;
    options->cwd = cwd ? cwd : options->cwd;
    options->on_output = NULL;
    options->on_done = on_done;
    options->context = performance;
    performance->work = ops->start(options);
    if (performance->timeout > 0)
        set_timer(performance, performance->timeout, on_timeout);
}

struct performance *perform_start(const struct work_options *options, const char *name, json_t *args,
    void (*done)(void *context, json_t *result), void *context)
{
    struct performance *performance = mem_alloc(sizeof(*performance));
    const struct act *act = act_of(name);

    *performance = (struct performance){
        .options = *options,
        .act = act,
        .timeout = json_number_value(json_object_get(args, "timeout")),
        .args = act ? act->args(args) : NULL,
        .env = env_of(options, args),
        .done = done,
        .context = context,
    };
    if (!act)
        loop_defer(options->loop, on_unknown, performance);
    else if (act->kind)
        begin_work(performance);
    else
        set_timer(performance, json_number_value(json_object_get(args, "seconds")), on_waited);
    return performance;
}

void perform_stop(struct performance *performance, bool at_once)
{
    struct loop *loop = performance->options.loop;

    if (performance->work) {
        work_stop(performance->work, at_once);
    } else if (performance->act && performance->timer) {
        loop_timer_stop(loop, performance->timer);
        performance->timer = NULL;
        loop_defer(loop, on_waited, performance);
    }
}
