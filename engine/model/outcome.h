/* outcome: what one attempt of a step brought, before the core judges it. */
#ifndef MODEL_OUTCOME_H
#define MODEL_OUTCOME_H

#include "model/class.h"
#include "model/value.h"

/* `result` is what expressions see as `result`: for processes {stdout, stderr, exit_code, signal?, outputs?},
 * for http {status_code, headers, body}, plus `output` where `parse` or the step itself made one.
 * `class_` is the natural verdict (EXIT for a code that is not 0, HTTP for a status of 400 and above …);
 * success_when may overrule EXIT, SIGNAL and HTTP. */
struct outcome {
    enum fail_class class_;
    int exit_code;  /* -1: none */
    char *message;  /* owned; NULL when it succeeded */
    json_t *result; /* owned; a map, may be NULL */
};

void outcome_fini(struct outcome *outcome);
/* {"class":…, "exit_code":…, "message":…, "result":…} and back; for the journal, mocks and tests. */
json_t *outcome_to_json(const struct outcome *outcome);
int outcome_from_json(const json_t *json, struct outcome *ret_outcome);

#endif
