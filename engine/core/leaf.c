/* leaf: every kind that reaches the world looks the same from here: resolve the arguments, order one effect,
 * judge its one outcome. So does a call that is answered as a whole. */
#include "core/calls.h"
#include "core/notice.h"
#include "core/ops.h"
#include "core/stepping.h"

#include <string.h>

static const int64_t kill_after_ms = 10000;

/* What one order needs. */
struct order {
    json_t *args, *env;
    char *cwd;
    int64_t kill_after_ms;
};

static void order_fini(struct order *order)
{
    json_decref(order->args);
    json_decref(order->env);
    free(order->cwd);
}

static int resolve_env(struct run *run, struct frame *frame, json_t **ret_env)
{
    json_t *own autovalue = NULL, *env = json_object(), *value;
    const char *name;

    if (scope_values(run, frame, &frame->step->env, &own) < 0) {
        json_decref(env);
        return -1;
    }
    json_object_update(env, frame->shelf->root->env);
    json_object_foreach(own, name, value)
    {
        struct text text = {0};

        value_to_text(value, &text);
        json_object_set_new(env, name, json_stringn(text_str(&text), text.len));
        text_fini(&text);
    }
    *ret_env = env;
    return 0;
}

static int resolve_args(struct run *run, struct frame *frame, json_t **ret_args)
{
    const struct step *step = frame->step;

    if (step->kind->class_ != KIND_EFFECT)
        return call_params(run, frame, ret_args);
    if (step->with)
        return scope_resolve(run, frame, step->with, ret_args);
    *ret_args = json_object();
    return 0;
}

static int resolve(struct run *run, struct frame *frame, struct order *order)
{
    const struct step *step = frame->step;

    if (resolve_args(run, frame, &order->args) < 0)
        return -1;
    if (resolve_env(run, frame, &order->env) < 0)
        return -1;
    if (step->cwd && scope_text(run, frame, step->cwd, &order->cwd) < 0)
        return -1;
    return scope_duration(run, frame, &step->kill_after, kill_after_ms, &order->kill_after_ms);
}

/* The code of a hook stands in the runbook, and is not told again for each step. */
static json_t *told_args(const struct frame *frame, json_t *args)
{
    json_t *copy;

    if (frame->layer != LAYER_HOOK || !json_object_get(args, "code"))
        return json_incref(args);
    copy = json_copy(args);
    json_object_del(copy, "code");
    return copy;
}

static void tell_order(struct run *run, const struct frame *frame, const struct order *order)
{
    json_t *data = json_object();

    json_object_set_new(data, "args", told_args(frame, order->args));
    if (json_object_size(order->env))
        json_object_set(data, "env", order->env);
    if (order->cwd)
        json_object_set_new(data, "cwd", json_string(order->cwd));
    turn_step_started(run, frame, data);
}

static void give(struct run *run, struct frame *frame, struct order *order)
{
    struct effect *effect;

    tell_order(run, frame, order);
    effect = turn_effect(run, EFFECT_START, &frame->node);
    effect->attempt = frame->attempt;
    effect->step = frame->step;
    effect->args = order->args;
    order->args = NULL;
    effect->env = json_object_size(order->env) ? json_incref(order->env) : NULL;
    effect->cwd = order->cwd ? arena_strdup(&run->turn->arena, order->cwd) : NULL;
    effect->kill_after_ms = order->kill_after_ms;
    frame->kill_after_ms = order->kill_after_ms;
    frame->outstanding++;
    run->effects_open++;
}

static void begin(struct run *run, struct frame *frame, bool is_asked_first)
{
    struct order order = {0};

    if (resolve(run, frame, &order) < 0)
        frame_body_ended(run, frame);
    else if (is_asked_first)
        stepping_ask(run, frame, order.args);
    else
        give(run, frame, &order);
    order_fini(&order);
}

static void leaf_begin(struct run *run, struct frame *frame)
{
    json_decref(frame->result->result);
    frame->result->result = NULL;
    frame->natural = FAIL_NONE;
    calls_forget(frame);
    begin(run, frame, stepping_asks(run, frame));
}

void leaf_go(struct run *run, struct frame *frame)
{
    if (frame_attempt_anew(run, frame) < 0)
        frame_body_ended(run, frame);
    else
        begin(run, frame, false);
}

static void leaf_stop(struct run *run, struct frame *frame, bool at_once)
{
    struct effect *effect;

    if (frame->is_asked)
        stepping_close(run, frame);
    if (!frame->outstanding)
        return;
    effect = turn_effect(run, at_once ? EFFECT_KILL : EFFECT_STOP, &frame->node);
    effect->attempt = frame->attempt;
    effect->step = frame->step;
    effect->kill_after_ms = frame->kill_after_ms;
}

static void settle_accounts(struct run *run, struct frame *frame, enum fail_class natural)
{
    frame->outstanding--;
    run->effects_open--;
    if (frame->telling)
        notice_give_up(run, frame);
    calls_forget(frame);
    frame->natural = natural;
}

void leaf_lost(struct run *run, struct frame *frame, const char *message, bool is_read)
{
    settle_accounts(run, frame, FAIL_LOST);
    lost_begin(run, frame, message, is_read);
}

void leaf_answered(struct run *run, struct frame *frame, const struct outcome *outcome)
{
    struct result *result = frame->result;

    settle_accounts(run, frame, outcome->class_);
    json_decref(result->result);
    result->result = json_incref(outcome->result);
    result->exit_code = outcome->exit_code;
    if (frame->state == FRAME_STOPPING) {
        frame_check_stopped(run, frame);
        return;
    }
    if (outcome->class_ != FAIL_NONE) {
        failure_set(frame, outcome->class_, "%s",
            outcome->message ? outcome->message : fail_class_name(outcome->class_));
        frame->failure.exit_code = outcome->exit_code;
    }
    frame_body_ended(run, frame);
}

const struct ops leaf_ops = {.is_leaf = true, .begin = leaf_begin, .stop = leaf_stop};
