/* chunk: the body of a `lua` step, in the same sandbox as expressions. */
#include "script/compile.h"

#include <string.h>

static void fail(struct outcome *outcome, const struct err *err)
{
    *outcome = (struct outcome){
        .class_ = FAIL_EXPRESSION,
        .exit_code = -1,
        .message = mem_strdup(err->text),
    };
}

static int run(
    struct script *script, const char *code, const char *chunk_name, json_t **ret_value, struct err *err)
{
    char name[80];
    int status;

    snprintf(name, sizeof(name), "=%.60s", chunk_name ? chunk_name : "lua");
    script->memory_ceiling = 0;
    if (compile_load(script, "", code, "", name, err))
        return ERR_EXPRESSION;
    limit_begin(script, true);
    status = lua_pcall(script->lua, 0, 1, 0);
    if (status == LUA_OK)
        *ret_value = convert_value(script->lua, -1, err);
    else if (status == LUA_ERRMEM)
        err_set(err, ERR_EXPRESSION, "%s", limit_too_big);
    else if (lua_type(script->lua, -1) == LUA_TSTRING)
        err_set(err, ERR_EXPRESSION, "%s", lua_tostring(script->lua, -1));
    else
        err_set(err, ERR_EXPRESSION, "error() was called with a value that is not a text");
    lua_pop(script->lua, 1);
    return status == LUA_OK && *ret_value ? 0 : ERR_EXPRESSION;
}

int script_run_chunk(struct script *script, const char *code, const char *chunk_name,
    const struct scope *scope, struct outcome *ret_outcome)
{
    json_t *output = NULL;
    struct err err;
    struct frame frame = frame_enter(script, scope, true);
    int failed = run(script, code, chunk_name, &output, &err);

    if (failed)
        fail(ret_outcome, &err);
    else
        *ret_outcome = (struct outcome){.exit_code = -1, .result = json_pack("{s:o}", "output", output)};
    frame_leave(script, &frame);
    return failed;
}
