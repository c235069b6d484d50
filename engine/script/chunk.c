/* chunk: code where there is no world: it may look at the time, and ask for nothing else. */
#include "script/coroutine.h"

#include <string.h>

static void refuse(const char *request, struct outcome *outcome)
{
    *outcome = (struct outcome){
        .class_ = FAIL_ACTION, .exit_code = -1, .message = mem_printf("%s cannot be called here", request)};
}

int script_run_code(
    struct script *script, const struct code *code, const struct scope *scope, struct outcome *ret_outcome)
{
    struct coroutine *coroutine = coroutine_new(script, code, scope);
    json_t *now autovalue = json_real((double)(scope ? scope->now_us : 0) / 1e6), *answer = NULL, *args;
    bool is_refused = false;

    while (!is_refused && coroutine_resume(coroutine, answer, ret_outcome)) {
        const char *request = coroutine_request(coroutine, &args);

        is_refused = strcmp(request, "now") != 0;
        if (is_refused)
            refuse(request, ret_outcome);
        answer = now;
    }
    coroutine_free(coroutine);
    return is_refused ? ERR_DENIED : ret_outcome->class_ ? ERR_EXPRESSION : 0;
}

int script_run_chunk(struct script *script, const char *code, const char *chunk_name,
    const struct scope *scope, struct outcome *ret_outcome)
{
    return script_run_code(script, &(struct code){.name = chunk_name, .text = code}, scope, ret_outcome);
}
