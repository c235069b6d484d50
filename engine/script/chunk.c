/* chunk: the body of a `lua` step where there is no world: it may look at the time, and ask for nothing else.
 */
#include "script/coroutine.h"

#include <string.h>

static void refuse(const char *request, struct outcome *outcome)
{
    *outcome = (struct outcome){.class_ = FAIL_EXPRESSION,
        .exit_code = -1,
        .message = mem_printf("%s cannot be called here", request)};
}

int script_run_chunk(struct script *script, const char *code, const char *chunk_name,
    const struct scope *scope, struct outcome *ret_outcome)
{
    struct code chunk = {.name = chunk_name, .text = code};
    struct coroutine *coroutine = coroutine_new(script, &chunk, scope);
    json_t *answer autovalue = NULL, *args;
    int code_ = 0;

    while (coroutine_resume(coroutine, answer, ret_outcome)) {
        const char *request = coroutine_request(coroutine, &args);

        if (strcmp(request, "now") != 0) {
            refuse(request, ret_outcome);
            code_ = ERR_DENIED;
            break;
        }
        if (!answer)
            answer = json_real((double)(scope ? scope->now_us : 0) / 1e6);
    }
    coroutine_free(coroutine);
    return code_ ? code_ : ret_outcome->class_ ? ERR_EXPRESSION : 0;
}
