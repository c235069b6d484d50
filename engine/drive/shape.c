#include "drive/shape.h"
#include "base/mem.h"
#include "script/actions.h"
#include "script/coroutine.h"
#include "step/ended.h"
#include "step/step.h"

#include <signal.h>
#include <string.h>

static void end_process(const struct answer *answer, const json_t *args, struct outcome *outcome)
{
    const char *out = answer->stdout_ ? answer->stdout_ : "", *err = answer->stderr_ ? answer->stderr_ : "";
    bool is_signal = answer->ends == FAIL_SIGNAL;
    int exit_code = answer->exit_code.given ? (int)answer->exit_code.value : answer->ends != FAIL_NONE;

    (void)args;
    ended_process(&(struct process_end){.exit_code = is_signal ? -1 : exit_code,
                      .signal = is_signal ? SIGKILL : 0,
                      .out = out,
                      .out_len = strlen(out),
                      .err = err,
                      .err_len = strlen(err)},
        outcome);
}

static void end_request(const struct answer *answer, const json_t *args, struct outcome *outcome)
{
    int64_t status = answer->status_code.given   ? answer->status_code.value
                     : answer->ends != FAIL_NONE ? 500
                                                 : 200;

    ended_response(json_pack("{s:I, s:o, s:s}", "status_code", (json_int_t)status, "headers",
                       answer->headers ? json_incref(answer->headers) : json_object(), "body",
                       answer->body ? answer->body : ""),
        json_object_get(args, "expect"), outcome);
}

static void end_mail(const struct answer *answer, const json_t *args, struct outcome *outcome)
{
    int64_t code = answer->status_code.given   ? answer->status_code.value
                   : answer->ends != FAIL_NONE ? 451
                                               : 250;
    const char *reply = answer->body ? answer->body : code < 400 ? "OK" : "refused";

    (void)args;
    outcome->exit_code = -1;
    outcome->result = json_pack("{s:I, s:s}", "status_code", (json_int_t)code, "reply", reply);
    if (code < 400)
        return;
    outcome->class_ = FAIL_HTTP;
    outcome->message = mem_printf("the mail server answered %d %s", (int)code, reply);
}

static void end_code(const struct answer *answer, enum fail_class failure, struct outcome *outcome)
{
    outcome->exit_code = -1;
    if (answer->ends == FAIL_NONE)
        return;
    outcome->class_ = failure;
    outcome->message = mem_strdup("it failed");
}

static void end_chunk(const struct answer *answer, const json_t *args, struct outcome *outcome)
{
    (void)args;
    end_code(answer, FAIL_EXPRESSION, outcome);
}

static void end_action(const struct answer *answer, const json_t *args, struct outcome *outcome)
{
    (void)args;
    end_code(answer, FAIL_ACTION, outcome);
}

static void end_call(const struct answer *answer, const json_t *args, struct outcome *outcome)
{
    (void)args;
    end_code(answer, FAIL_EXIT, outcome);
}

/* What fits no other is a process. */
static const struct shape {
    const char *kind;
    enum fail_class failure; /* what failing is */
    void (*end)(const struct answer *answer, const json_t *args, struct outcome *outcome);
} shapes[] = {
    {"http", FAIL_HTTP, end_request},
    {"mail", FAIL_HTTP, end_mail},
    {"lua", FAIL_EXPRESSION, end_chunk},
    {"uses", FAIL_ACTION, end_action},
    {"call", FAIL_EXIT, end_call},
    {NULL, FAIL_EXIT, end_process},
};

static const struct shape *shape_of(const struct step *step)
{
    const struct shape *shape = shapes;

    while (shape->kind && !(step && strcmp(shape->kind, step->kind->name) == 0))
        shape++;
    return shape;
}

/* It came to an end of its own kind; else nothing but the class is known, and what is said. */
static bool is_own_end(const struct shape *shape, int ends)
{
    return ends == FAIL_NONE || ends == ANSWER_FAIL || ends == (int)shape->failure ||
           (ends == FAIL_SIGNAL && shape->end == end_process);
}

static void put_said(const struct answer *answer, struct outcome *outcome)
{
    if (answer->output || answer->outputs)
        outcome->result = outcome->result ? outcome->result : json_object();
    if (answer->output)
        json_object_set(outcome->result, "output", answer->output);
    if (answer->outputs)
        json_object_set(outcome->result, "outputs", answer->outputs);
    if (outcome->class_ == FAIL_NONE || !answer->message)
        return;
    free(outcome->message);
    outcome->message = mem_strdup(answer->message);
}

static void parse(const struct step *step, const struct answer *answer, struct outcome *outcome)
{
    outcome_parse(outcome, (enum parse_as)step->parse);
    if (answer->stdout_ || answer->body || outcome->class_ != FAIL_PARSE)
        return;
    outcome->class_ = FAIL_NONE;
    free(outcome->message);
    outcome->message = NULL;
}

void shape_end(const struct effect *effect, const struct answer *answer, struct outcome *ret_outcome)
{
    const struct step *step = effect->type == EFFECT_NOTIFY ? NULL : effect->step;
    const struct shape *shape = shape_of(step);

    *ret_outcome = (struct outcome){.exit_code = -1};
    if (is_own_end(shape, answer->ends)) {
        shape->end(answer, effect->args, ret_outcome);
    } else {
        ret_outcome->class_ = (enum fail_class)answer->ends;
        ret_outcome->message = mem_strdup(fail_class_name(ret_outcome->class_));
    }
    put_said(answer, ret_outcome);
    if (step && ret_outcome->class_ == FAIL_NONE && !answer->output)
        parse(step, answer, ret_outcome);
}

/* What the step's code is; `ret_module` and `ret_with` are owned. False: it has none that is known here. */
static bool find_code(struct script *script, const struct effect *effect, struct code *ret_code,
    char **ret_module, json_t **ret_with)
{
    const char *kind = effect->step->kind->name, *uses = value_get_string(effect->args, "action"), *dot;
    const struct action *action;
    struct err err;

    *ret_code = (struct code){.name = effect->step->id, .text = value_get_string(effect->args, "code")};
    if (strcmp(kind, "lua") == 0)
        return ret_code->text;
    dot = strcmp(kind, "uses") == 0 && uses ? strchr(uses, '.') : NULL;
    action = dot ? actions_find(script, uses, &err) : NULL;
    *ret_with = action ? actions_fill(action, json_object_get(effect->args, "with"), &err) : NULL;
    if (!*ret_with)
        return false;
    *ret_module = mem_strndup(uses, (size_t)(dot - uses));
    *ret_code = (struct code){.name = uses, .module = *ret_module, .action = dot + 1, .with = *ret_with};
    return true;
}

bool shape_evaluate(
    struct run *run, struct script *script, const struct effect *effect, struct outcome *outcome)
{
    char *module autofree = NULL;
    json_t *with autovalue = NULL;
    struct scope scope;
    struct code code;

    if (!find_code(script, effect, &code, &module, &with) || core_scope(run, effect->frame, &scope, NULL) < 0)
        return false;
    if (script_run_code(script, &code, &scope, outcome) != ERR_DENIED)
        return true;
    outcome_fini(outcome);
    *outcome = (struct outcome){.exit_code = -1};
    return false;
}
