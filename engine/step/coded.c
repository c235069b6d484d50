/* An attempt stands in one of these states:
 *
 *     SCHEDULED ──(the code goes on)──> ASKING ──(the driver has written it down)──> PERFORMING
 *         ^                               │ the answer was known                       │ it has come about
 *         └───────────────────────────────┴──────────── ASKING <──────────────────────┘
 *
 * and ends from SCHEDULED only: the code has come to its end, or it was stopped. */
#include "step/coded.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum coded_state { CODED_SCHEDULED, CODED_ASKING, CODED_PERFORMING };

struct coded_work {
    struct work work;
    enum coded_state state;
    bool has_begun;
    struct coroutine *coroutine;
    struct performance *performance;
    json_t *answer;         /* with which the code goes on */
    double retry_after;     /* seconds, which a server that was asked last wants to be left alone; -1: none */
    struct outcome refusal; /* an end that is not the code's own; class NONE: there is none */
};

static const struct step_ops coded_ops = {
    .stop = coded_stop,
    .perform = coded_perform,
    .answer = coded_answer,
    .give_up = coded_give_up,
    .glance = coded_glance,
};

static void coded_free(struct work *work_)
{
    struct coded_work *work = (struct coded_work *)work_; /* its first member */

    coroutine_free(work->coroutine);
    json_decref(work->answer);
    outcome_fini(&work->refusal);
    free(work);
}

static void end(struct coded_work *work, struct outcome *outcome)
{
    if (outcome->class_ != FAIL_NONE && work->retry_after >= 0) {
        outcome->result = outcome->result ? outcome->result : json_object();
        json_object_set_new(outcome->result, "retry_after", json_real(work->retry_after));
    }
    work_end(&work->work, outcome);
}

/* True: it asks for something; false: it has ended. */
static bool go_on(struct coded_work *work, json_t *answer, struct outcome *outcome)
{
    work->has_begun = true;
    return coroutine_resume(work->coroutine, answer, outcome);
}

static void carry_on(void *context)
{
    struct coded_work *work = context;
    const struct work_options *options = &work->work.options;
    struct outcome outcome = {.exit_code = -1};
    json_t *args, *answer autovalue = work->answer;
    const char *name;

    work->answer = NULL;
    if (work->work.is_stopped) {
        outcome.class_ = FAIL_CANCELLED;
        outcome.message = mem_strdup(work->has_begun ? "stopped" : "stopped before it began");
        end(work, &outcome);
    } else if (work->refusal.class_ != FAIL_NONE) {
        outcome = work->refusal;
        work->refusal = (struct outcome){.exit_code = -1};
        end(work, &outcome);
    } else if (go_on(work, answer, &outcome)) {
        work->state = CODED_ASKING;
        name = coroutine_request(work->coroutine, &args);
        options->on_call(options->context, name, args);
    } else {
        end(work, &outcome);
    }
}

static void schedule(struct coded_work *work)
{
    work->state = CODED_SCHEDULED;
    loop_defer(work->work.options.loop, carry_on, work);
}

void coded_answer(struct work *work_, json_t *result)
{
    struct coded_work *work = (struct coded_work *)work_;
    const json_t *wait;

    if (work->state != CODED_ASKING)
        return; /* it was stopped meanwhile */
    work->answer = json_incref(result);
    wait = json_object_get(result, "retry_after");
    work->retry_after = json_is_number(wait) ? json_number_value(wait) : -1;
    schedule(work);
}

void coded_give_up(struct work *work_, enum fail_class class_, const char *message)
{
    struct coded_work *work = (struct coded_work *)work_;

    if (work->state != CODED_ASKING)
        return;
    work->refusal = (struct outcome){.class_ = class_, .exit_code = -1, .message = mem_strdup(message)};
    schedule(work);
}

static void on_performed(void *context, json_t *result)
{
    struct coded_work *work = context;
    const struct work_options *options = &work->work.options;

    work->performance = NULL;
    work->state = CODED_ASKING;
    options->on_return(options->context, result);
    if (work->work.is_stopped && work->state == CODED_ASKING)
        schedule(work);
}

void coded_perform(struct work *work_, json_t *args)
{
    struct coded_work *work = (struct coded_work *)work_;
    json_t *asked;

    if (work->state != CODED_ASKING)
        return;
    work->state = CODED_PERFORMING;
    work->performance = perform_start(
        &work->work.options, coroutine_request(work->coroutine, &asked), args, on_performed, work);
}

void coded_stop(struct work *work_, bool at_once)
{
    struct coded_work *work = (struct coded_work *)work_;

    if (work->state == CODED_PERFORMING)
        perform_stop(work->performance, at_once);
    else if (work->state == CODED_ASKING)
        schedule(work);
}

struct work *coded_start(const struct work_options *options, const struct code *code)
{
    struct coded_work *work = mem_alloc(sizeof(*work));

    work_init(&work->work, options, &coded_ops, coded_free);
    work->refusal.exit_code = -1;
    work->retry_after = -1;
    work->coroutine = coroutine_new(options->script, code, options->scope);
    schedule(work);
    return &work->work;
}
