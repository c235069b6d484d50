#include "drive/shape.h"
#include "step/step.h"

#include <string.h>

static const struct shape shapes[] = {
    {"http", FAIL_HTTP, -1, -1, 200, 500, "body"},
    {"lua", FAIL_EXPRESSION, -1, -1, 0, 0, NULL},
    {NULL, FAIL_EXIT, 0, 1, 0, 0, "stdout"},
};

const struct shape *shape_of(const struct step *step)
{
    const struct shape *shape = shapes;

    while (shape->kind && strcmp(shape->kind, step->kind->name) != 0)
        shape++;
    return shape;
}

json_t *shape_result(const struct shape *shape, const char *printed, bool fails)
{
    json_t *result = json_object();

    if (shape->text)
        json_object_set_new(result, shape->text, json_string(printed ? printed : ""));
    if (shape->status_code) {
        json_object_set_new(
            result, "status_code", json_integer(fails ? shape->failed_status_code : shape->status_code));
        json_object_set_new(result, "headers", json_object());
    } else if (shape->exit_code >= 0) {
        json_object_set_new(
            result, "exit_code", json_integer(fails ? shape->failed_exit_code : shape->exit_code));
        json_object_set_new(result, "stderr", json_string(""));
    }
    return result;
}

void shape_parse(const struct step *step, bool is_given, struct outcome *outcome)
{
    outcome_parse(outcome, (enum parse_as)step->parse);
    if (is_given || outcome->class_ != FAIL_PARSE)
        return;
    outcome->class_ = FAIL_NONE;
    free(outcome->message);
    outcome->message = NULL;
}

bool shape_evaluate(
    struct run *run, struct script *script, const struct effect *effect, struct outcome *outcome)
{
    const char *code = value_get_string(effect->args, "code");
    struct scope scope;

    if (strcmp(effect->step->kind->name, "lua") != 0 || !code ||
        core_scope(run, effect->frame, &scope, NULL) < 0)
        return false;
    script_run_chunk(script, code, effect->step->id, &scope, outcome);
    return true;
}
