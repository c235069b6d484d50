/* attempt: one attempt at a piece of work, on a loop of its own, and what came of it. */
#ifndef TESTS_UNIT_STEP_ATTEMPT_H
#define TESTS_UNIT_STEP_ATTEMPT_H

#include "lib/test.h"
#include "step/step.h"

#include <string.h>

struct attempt {
    struct loop *loop;
    struct work *work;
    struct step step;
    struct work_options options;
    struct outcome outcome;
    struct text out, err;
    size_t shown;
    int dones;
    bool stop_on_output;
    size_t stop_at; /* bytes shown */
};

static inline void on_output(void *context, int stream, const char *bytes, size_t len)
{
    struct attempt *attempt = context;

    attempt->shown += len;
    text_add(stream == 1 ? &attempt->out : &attempt->err, bytes, len);
    if (attempt->stop_on_output || (attempt->stop_at && attempt->shown >= attempt->stop_at))
        work_stop(attempt->work, false);
}

static inline void on_done(void *context, struct outcome *outcome)
{
    struct attempt *attempt = context;

    attempt->outcome = *outcome;
    attempt->dones++;
}

static inline const struct kind *kind_named(const char *name)
{
    for (size_t i = 0; step_kinds[i]; i++)
        if (strcmp(step_kinds[i]->name, name) == 0)
            return step_kinds[i];
    fail_msg("no kind %s", name);
    return NULL;
}

/* `args` is taken over. */
static inline void prepare(struct attempt *attempt, const char *kind, json_t *args)
{
    assert_non_null(args);
    attempt->loop = loop_new();
    attempt->step.kind = kind_named(kind);
    attempt->step.id = "s";
    attempt->options = (struct work_options){.loop = attempt->loop,
        .step = &attempt->step,
        .args = args,
        .run_id = "run1",
        .path = "deploy/s",
        .attempt = 2,
        .kill_after_ms = 300,
        .on_output = on_output,
        .on_done = on_done,
        .context = attempt};
}

static inline void carry_out(struct attempt *attempt)
{
    attempt->work = work_start(&attempt->options);
    assert_non_null(attempt->work);
    assert_int_equal(attempt->dones, 0);
    loop_run(attempt->loop);
    assert_int_equal(attempt->dones, 1);
}

static inline void fini(struct attempt *attempt)
{
    outcome_fini(&attempt->outcome);
    text_fini(&attempt->out);
    text_fini(&attempt->err);
    json_decref(attempt->options.args);
    json_decref(attempt->options.env);
    loop_free(attempt->loop);
}

static inline void run_script(struct attempt *attempt, const char *script)
{
    prepare(attempt, "run", json_pack("{s:s}", "script", script));
    carry_out(attempt);
}

static inline const char *result(const struct attempt *attempt, const char *key)
{
    return value_get_string(attempt->outcome.result, key);
}

static inline void assert_message(const struct attempt *attempt, enum fail_class class_, const char *message)
{
    assert_string_equal(fail_class_name(attempt->outcome.class_), fail_class_name(class_));
    assert_string_equal(attempt->outcome.message, message);
}

static inline void assert_message_has(const struct attempt *attempt, enum fail_class class_, const char *part)
{
    assert_string_equal(fail_class_name(attempt->outcome.class_), fail_class_name(class_));
    if (!strstr(attempt->outcome.message, part))
        fail_msg("\"%s\" does not say \"%s\"", attempt->outcome.message, part);
}

#endif
