/* coroutine: code that may ask for what touches the world: the chunk of a `lua` step, a function of a file,
 * an action. It stands still at each request until it is given the answer. The same answers lead it the same
 * way again. */
#ifndef SCRIPT_COROUTINE_H
#define SCRIPT_COROUTINE_H

#include "script/script.h"

struct coroutine;

/* What to carry out: `text` with nothing else; or of a module (the standard library's, or an imported file)
 * the action `action`, or the function `function`, which is given `with`; a module alone is asked what its
 * actions say of themselves. */
struct code {
    const char *name; /* for messages */
    const char *text;
    const char *module, *action, *function;
    json_t *with;
};

/* References to the scope's values are kept; `scope` may be NULL. */
struct coroutine *coroutine_new(struct script *script, const struct code *code, const struct scope *scope);
void coroutine_free(struct coroutine *coroutine);
/* Begin (`answer` NULL), or go on with the answer to the request. True: there is a request. False: it has
 * come to its end, and the outcome is filled: result.output is what it returned. */
bool coroutine_resume(struct coroutine *coroutine, json_t *answer, struct outcome *ret_outcome);
/* Borrowed, until the next resume. */
const char *coroutine_request(const struct coroutine *coroutine, json_t **ret_args);

/* Is it what code may call by itself, such as `http`, whatever file is named so? */
bool coroutine_has_primitive(struct script *script, const char *name);

/* chunk.c: carry out code where there is no world. Returns 0, ERR_EXPRESSION, or ERR_DENIED when it asks for
 * more than the time; the outcome is filled in all cases. */
int script_run_code(
    struct script *script, const struct code *code, const struct scope *scope, struct outcome *ret_outcome);

#endif
