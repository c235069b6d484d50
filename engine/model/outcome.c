#include "model/outcome.h"
#include "base/mem.h"

void outcome_fini(struct outcome *outcome)
{
    free(outcome->message);
    json_decref(outcome->result);
    *outcome = (struct outcome){.exit_code = -1};
}

json_t *outcome_to_json(const struct outcome *outcome)
{
    json_t *json = json_object();

    json_object_set_new(json, "class", json_string(fail_class_name(outcome->class_)));
    if (outcome->exit_code >= 0)
        json_object_set_new(json, "exit_code", json_integer(outcome->exit_code));
    if (outcome->message)
        json_object_set_new(json, "message", json_string(outcome->message));
    if (outcome->result)
        json_object_set(json, "result", outcome->result);
    return json;
}

int outcome_from_json(const json_t *json, struct outcome *ret_outcome)
{
    const char *class_name = value_get_string(json, "class"), *message = value_get_string(json, "message");
    json_t *exit_code = json_object_get(json, "exit_code");
    int class_ = class_name ? fail_class_parse(class_name) : FAIL_NONE;

    if (class_ < 0)
        return -1;
    *ret_outcome = (struct outcome){
        .class_ = (enum fail_class)class_,
        .exit_code = json_is_integer(exit_code) ? (int)json_integer_value(exit_code) : -1,
        .message = message ? mem_strdup(message) : NULL,
        .result = json_incref(json_object_get(json, "result")),
    };
    return 0;
}
