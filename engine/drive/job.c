/* A job is what one EFFECT_START or EFFECT_NOTIFY has set going:
 *
 *     waiting for secrets ──> at work ──> outcome ──> INPUT_RESULT
 *              └── stopped, or no secret to be had ──────^
 */
#include "base/clock.h"
#include "base/mem.h"
#include "drive/address.h"
#include "drive/job.h"
#include "step/notify.h"

#include <string.h>

static void job_free(struct job *job)
{
    output_fini(&job->output);
    outcome_fini(&job->early);
    json_decref(job->args);
    json_decref(job->env);
    json_decref(job->asked);
    free(job->path);
    free(job->cwd);
    free(job);
}

/* --- the end --- */

static void veil_outcome(struct job *job, struct outcome *outcome)
{
    const struct secrets *secrets = &job->live->secrets;
    json_t *result;

    if (!secrets_any(secrets))
        return;
    result = secrets_veil(secrets, outcome->result);
    json_decref(outcome->result);
    outcome->result = result;
    if (outcome->message) {
        struct text message = {0};

        secrets_veil_text(secrets, outcome->message, strlen(outcome->message), &message);
        free(outcome->message);
        outcome->message = text_take(&message);
    }
}

static void conclude(struct job *job, struct outcome *outcome)
{
    struct live *live = job->live;
    struct input input = {.type = INPUT_RESULT, .frame = job->frame, .outcome = outcome};
    struct err err;

    output_end(&job->output, live);
    table_take(&live->jobs, job->frame);
    if (!job->is_abandoned) {
        if (job->step)
            outcome_parse(outcome, (enum parse_as)job->step->parse);
        veil_outcome(job, outcome);
        output_body(&job->output, live, json_object_get(outcome->result, "body"));
        live_apply(live, &input, &err);
    }
    outcome_fini(outcome);
    job_free(job);
    live_check_parked(live);
}

static void on_done(void *context, struct outcome *outcome)
{
    conclude(context, outcome);
}

static void on_early_end(void *context)
{
    struct job *job = context;
    struct outcome outcome = job->early;

    job->early = (struct outcome){.exit_code = -1};
    conclude(job, &outcome);
}

/* It ends without having begun: told from the loop, never from inside the start. */
static void end_early(struct job *job, enum fail_class class_, const char *message)
{
    job->is_waiting = false;
    job->early = (struct outcome){.class_ = class_, .exit_code = -1, .message = mem_strdup(message)};
    loop_defer(job->live->options.loop, on_early_end, job);
}

/* --- the beginning --- */

static void on_output(void *context, int stream, const char *bytes, size_t len)
{
    struct job *job = context;

    if (!job->is_abandoned)
        output_feed(&job->output, job->live, stream, bytes, len);
}

static bool on_bell(void *context, const char *line)
{
    const struct live_watcher *watcher = &((struct job *)context)->live->options.watcher;

    return watcher->on_bell && watcher->on_bell(watcher->context, line);
}

/* Only `lua` looks at it. */
static const struct scope *scope_of(const struct job *job, struct scope *scope)
{
    if (job->step && core_scope(job->live->run, job->frame, scope, NULL) == 0)
        return scope;
    return NULL;
}

static void begin(struct job *job)
{
    struct live *live = job->live;
    struct scope scope;
    struct work_options options = {
        .loop = live->options.loop,
        .script = live->options.script,
        .scope = scope_of(job, &scope),
        .step = job->step,
        .cwd = job->cwd,
        .run_id = live->id,
        .path = job->path,
        .attempt = job->attempt,
        .kill_after_ms = job->kill_after_ms,
        .on_output = on_output,
        .on_bell = on_bell,
        .on_call = calls_on_call,
        .on_return = calls_on_return,
        .on_done = on_done,
        .context = job,
    };
    json_t *args = secrets_fill(&live->secrets, job->args), *env = secrets_fill(&live->secrets, job->env);

    json_decref(job->args);
    json_decref(job->env);
    options.args = job->args = args;
    options.env = job->env = env;
    job->work = job->step ? work_start(&options) : notify_start(&options);
}

static void try_to_begin(struct job *job);

static void on_secret(void *context, const struct err *failure)
{
    struct job *job = context;

    if (!job->is_waiting)
        return; /* it was stopped meanwhile and is about to end */
    job->is_waiting = false;
    if (failure)
        end_early(job, FAIL_VALIDATION, failure->text);
    else
        try_to_begin(job);
}

static void try_to_begin(struct job *job)
{
    struct secrets *secrets = &job->live->secrets;
    struct err err = {0};
    int code = secrets_ready(secrets, job->args, on_secret, job, &err);

    if (code == 0)
        code = secrets_ready(secrets, job->env, on_secret, job, &err);
    if (code < 0)
        end_early(job, FAIL_VALIDATION, err.text);
    else if (code > 0)
        job->is_waiting = true;
    else
        begin(job);
}

/* Whoever is notified learns how to get hold of the run. */
static json_t *told_of(struct live *live, json_t *args)
{
    json_t *told = json_copy(args);

    if (!live->address)
        live->address = address_of(live->options.journal, live->id);
    json_object_update(told, live->address);
    return told;
}

void job_start(struct live *live, const struct effect *effect)
{
    struct job *job = mem_alloc(sizeof(*job));

    *job = (struct job){
        .live = live,
        .frame = effect->frame,
        .step = effect->type == EFFECT_START ? effect->step : NULL,
        .path = mem_strdup(effect->path ? effect->path : ""),
        .cwd = effect->cwd ? mem_strdup(effect->cwd) : NULL,
        .attempt = effect->attempt,
        .kill_after_ms = effect->kill_after_ms,
        .args = effect->type == EFFECT_START ? json_incref(effect->args) : told_of(live, effect->args),
        .env = json_incref(effect->env),
        .early = {.exit_code = -1},
    };
    job->recorded = job->step ? json_array_size(core_calls(live->run, job->frame)) : 0;
    output_init(&job->output, job->path, job->step && job->step->sensitive);
    table_put(&live->jobs, job->frame, job);
    try_to_begin(job);
}

/* --- stopping --- */

static void stop(struct job *job, bool at_once)
{
    if (job->work)
        work_stop(job->work, at_once);
    else if (job->is_waiting)
        end_early(job, FAIL_CANCELLED, "cancelled before it began");
}

void job_stop(struct live *live, const struct effect *effect)
{
    struct job *job = table_get(&live->jobs, effect->frame);

    if (job)
        stop(job, false);
}

void job_kill(struct live *live, const struct effect *effect)
{
    struct job *job = table_get(&live->jobs, effect->frame);

    if (job)
        stop(job, true);
}

void jobs_abandon(struct live *live)
{
    for (size_t i = 0; i < live->jobs.cap; i++) {
        struct job *job = live->jobs.slots[i].value;

        if (!job || job->is_abandoned)
            continue;
        job->is_abandoned = true;
        stop(job, true);
    }
}
