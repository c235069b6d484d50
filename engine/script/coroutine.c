#include "script/coroutine.h"
#include "script/compile.h"
#include "script/module.h"

#include <string.h>

extern const char asset_primitives_lua[];
extern const size_t asset_primitives_lua_len;

struct coroutine {
    struct script *script;
    struct scope scope; /* with references of its own */
    bool has_scope;
    lua_State *thread;
    int anchor;     /* registry reference: the thread */
    json_t **owned; /* values it has seen: they live as long as it does */
    size_t owned_len, owned_cap;
    const char *request; /* a name in the state, kept by the library */
    json_t *args;
    int arguments;    /* on the thread, before the first slice */
    struct err early; /* why it cannot begin */
};

/* --- the scope --- */

static void hold_scope(struct scope *scope)
{
    json_t *const values[] = {scope->params, scope->vars, scope->env, scope->run, scope->event, scope->item,
        scope->result, scope->failed};

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        json_incref(values[i]);
    /* They change in place, while this is to see them as they were. */
    if (scope->vars) {
        json_decref(scope->vars);
        scope->vars = json_copy(scope->vars);
    }
}

static void drop_scope(struct scope *scope)
{
    json_t *const values[] = {scope->params, scope->vars, scope->env, scope->run, scope->event, scope->item,
        scope->result, scope->failed};

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        json_decref(values[i]);
}

/* --- what its code sees --- */

/* ask(name, args): the request stays with the coroutine, and the answer becomes the result of the call. */
static int ask(lua_State *lua)
{
    struct coroutine *coroutine = script_of(lua)->coroutine;
    const char *name = luaL_checkstring(lua, 1);
    struct err err;

    if (!coroutine || coroutine->thread != lua || !lua_isyieldable(lua))
        return luaL_error(lua,
            "%s cannot be called here: not while a file is loaded, nor from a function that is given to map, "
            "table.sort, string.gsub and the like",
            name);
    coroutine->args = convert_value(lua, 2, &err);
    if (!coroutine->args)
        return luaL_error(lua, "%s: %s", name, err.text);
    if (json_is_array(coroutine->args)) { /* the empty table */
        json_decref(coroutine->args);
        coroutine->args = json_object();
    }
    coroutine->request = name;
    return lua_yield(lua, 0);
}

static int protect(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 1);
    library_protect(lua);
    return 1;
}

/* Once for a state: the primitives, and what begins an action or a function. */
static void open_primitives(struct script *script)
{
    lua_State *lua = script->lua;
    struct frame frame;
    struct err err;

    if (script->primitives)
        return;
    frame = frame_enter(script, NULL, true);
    if (compile_load(script, "", asset_primitives_lua, "", "=runbook", &err))
        abort();
    lua_pushcfunction(lua, ask);
    lua_newtable(lua);
    natives_open(lua);
    lua_pushcfunction(lua, protect);
    if (lua_pcall(lua, 3, 4, 0))
        abort();
    script->begin_description = luaL_ref(lua, LUA_REGISTRYINDEX);
    script->begin_function = luaL_ref(lua, LUA_REGISTRYINDEX);
    script->begin_action = luaL_ref(lua, LUA_REGISTRYINDEX);
    script->primitives = luaL_ref(lua, LUA_REGISTRYINDEX);
    frame_leave(script, &frame);
}

bool coroutine_has_primitive(struct script *script, const char *name)
{
    bool is_there;

    open_primitives(script);
    lua_rawgeti(script->lua, LUA_REGISTRYINDEX, script->primitives);
    is_there = lua_getfield(script->lua, -1, name) != LUA_TNIL;
    lua_pop(script->lua, 2);
    return is_there;
}

/* What a closure of this coroutine's environment has for upvalues: the environment itself, and the modules
 * loaded so far. */
enum { OWN_ENVIRONMENT = 1, OWN_MODULES, OWN_COUNT = OWN_MODULES };

/* Push the module `name`, carried out when it is asked for first; false: there is none. */
static bool push_module(lua_State *lua, const char *name)
{
    if (lua_getfield(lua, lua_upvalueindex(OWN_MODULES), name) != LUA_TNIL)
        return true;
    lua_pop(lua, 1);
    if (!module_find(script_of(lua), name))
        return false;
    lua_pushboolean(lua, false);
    lua_setfield(lua, lua_upvalueindex(OWN_MODULES), name);
    lua_pushvalue(lua, lua_upvalueindex(OWN_ENVIRONMENT));
    module_push(lua, name);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, lua_upvalueindex(OWN_MODULES), name);
    return true;
}

/* A name of the environment: a primitive, a module, or what expressions see. */
static int environment_index(lua_State *lua)
{
    const struct script *script = script_of(lua);

    lua_settop(lua, 2);
    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->primitives);
    lua_pushvalue(lua, 2);
    if (lua_rawget(lua, -2) != LUA_TNIL)
        return 1;
    if (lua_type(lua, 2) == LUA_TSTRING && push_module(lua, lua_tostring(lua, 2)))
        return 1;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->environment);
    lua_pushvalue(lua, 2);
    lua_gettable(lua, -2);
    return 1;
}

/* module(name), for what begins an action: a module may be named as a primitive is. */
static int module(lua_State *lua)
{
    const char *name = luaL_checkstring(lua, 1);

    if (!push_module(lua, name))
        return luaL_error(lua, "there is no Lua file \"%s\"", name);
    return 1;
}

static void push_closure(lua_State *lua, lua_CFunction function, int environment)
{
    lua_pushvalue(lua, environment);
    lua_pushvalue(lua, environment + 1);
    lua_pushcclosure(lua, function, OWN_COUNT);
}

/* The coroutine's own globals, and module(): nothing of them can be written, and what modules keep for
 * themselves is gone with the coroutine. Pushes both. */
static void push_environment(lua_State *lua)
{
    int environment = lua_gettop(lua) + 1;

    lua_newtable(lua);
    library_protect(lua);
    lua_newtable(lua);
    lua_getmetatable(lua, environment);
    push_closure(lua, environment_index, environment);
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 1);
    push_closure(lua, module, environment);
    lua_remove(lua, environment + 1);
}

/* --- beginning --- */

static int push_chunk(struct coroutine *coroutine, const struct code *code)
{
    struct script *script = coroutine->script;
    char name[80];

    snprintf(name, sizeof(name), "=%.60s", code->name ? code->name : "lua");
    if (compile_load(script, "", code->text, "", name, &coroutine->early))
        return -1;
    push_environment(script->lua);
    lua_pop(script->lua, 1);
    lua_setupvalue(script->lua, -2, 1);
    return 0;
}

/* begin(module, file, name, with). */
static int push_member(struct coroutine *coroutine, const struct code *code)
{
    struct script *script = coroutine->script;
    lua_State *lua = script->lua;

    if (!module_find(script, code->module))
        return err_set(&coroutine->early, ERR_EXPRESSION, "there is no Lua file \"%s\"", code->module);
    lua_rawgeti(lua, LUA_REGISTRYINDEX,
        code->action     ? script->begin_action
        : code->function ? script->begin_function
                         : script->begin_description);
    push_environment(lua);
    lua_remove(lua, -2);
    lua_pushstring(lua, code->module);
    lua_pushstring(lua, code->action ? code->action : code->function);
    view_push(lua, view_own(script, code->with ? json_incref(code->with) : json_object()));
    coroutine->arguments = 4;
    return 0;
}

/* What it sees is its own for as long as it lives, not that of the evaluation under way. */
static void swap_owned(struct coroutine *coroutine)
{
    struct script *script = coroutine->script;
    json_t **owned = script->owned;
    size_t len = script->owned_len, cap = script->owned_cap;

    script->owned = coroutine->owned;
    script->owned_len = coroutine->owned_len;
    script->owned_cap = coroutine->owned_cap;
    coroutine->owned = owned;
    coroutine->owned_len = len;
    coroutine->owned_cap = cap;
}

struct coroutine *coroutine_new(struct script *script, const struct code *code, const struct scope *scope)
{
    struct coroutine *coroutine = mem_alloc(sizeof(*coroutine));
    int failed;

    *coroutine = (struct coroutine){.script = script, .has_scope = scope};
    if (scope) {
        coroutine->scope = *scope;
        hold_scope(&coroutine->scope);
    }
    open_primitives(script);
    script->memory_ceiling = 0;
    coroutine->thread = lua_newthread(script->lua);
    coroutine->anchor = luaL_ref(script->lua, LUA_REGISTRYINDEX);
    swap_owned(coroutine);
    failed = code->text ? push_chunk(coroutine, code) : push_member(coroutine, code);
    swap_owned(coroutine);
    if (failed == 0)
        lua_xmove(script->lua, coroutine->thread, coroutine->arguments + 1);
    return coroutine;
}

void coroutine_free(struct coroutine *coroutine)
{
    if (!coroutine)
        return;
    luaL_unref(coroutine->script->lua, LUA_REGISTRYINDEX, coroutine->anchor);
    for (size_t i = 0; i < coroutine->owned_len; i++)
        json_decref(coroutine->owned[i]);
    free(coroutine->owned);
    json_decref(coroutine->args);
    if (coroutine->has_scope)
        drop_scope(&coroutine->scope);
    free(coroutine);
}

/* --- going on --- */

static void fail(const char *message, struct outcome *outcome)
{
    *outcome = (struct outcome){.class_ = FAIL_ACTION, .exit_code = -1, .message = mem_strdup(message)};
}

static void succeed(struct coroutine *coroutine, int results, struct outcome *outcome)
{
    struct err err;
    json_t *output;

    lua_settop(coroutine->thread, lua_gettop(coroutine->thread) - results + 1);
    output = convert_value(coroutine->thread, -1, &err);
    if (!output) {
        fail(err.text, outcome);
        return;
    }
    *outcome = (struct outcome){.exit_code = -1, .result = json_pack("{s:o}", "output", output)};
}

static void end(struct coroutine *coroutine, int status, int results, struct outcome *outcome)
{
    lua_State *thread = coroutine->thread;

    if (status == LUA_OK)
        succeed(coroutine, results, outcome);
    else if (status == LUA_ERRMEM)
        fail(limit_too_big, outcome);
    else if (lua_type(thread, -1) == LUA_TSTRING)
        fail(lua_tostring(thread, -1), outcome);
    else
        fail("error() was called with a value that is not a text", outcome);
}

static int run(struct coroutine *coroutine, json_t *answer, int *ret_results)
{
    struct script *script = coroutine->script;
    int arguments = coroutine->arguments, status;
    struct coroutine *outer = script->coroutine;
    struct frame frame;

    coroutine->arguments = 0;
    script->memory_ceiling = 0;
    if (answer) {
        view_push(coroutine->thread, view_own(script, json_incref(answer)));
        arguments = 1;
    }
    frame = frame_enter(script, coroutine->has_scope ? &coroutine->scope : NULL, true);
    frame.owned = SIZE_MAX; /* nothing is let go between two slices */
    limit_watch(coroutine->thread);
    script->coroutine = coroutine;
    status = lua_resume(coroutine->thread, NULL, arguments, ret_results);
    script->coroutine = outer;
    frame_leave(script, &frame);
    return status;
}

bool coroutine_resume(struct coroutine *coroutine, json_t *answer, struct outcome *ret_outcome)
{
    int status, results = 0;

    json_decref(coroutine->args);
    coroutine->args = NULL;
    if (coroutine->early.code) {
        fail(coroutine->early.text, ret_outcome);
        return false;
    }
    swap_owned(coroutine);
    status = run(coroutine, answer, &results);
    if (status != LUA_YIELD)
        end(coroutine, status, results, ret_outcome);
    swap_owned(coroutine);
    return status == LUA_YIELD;
}

const char *coroutine_request(const struct coroutine *coroutine, json_t **ret_args)
{
    *ret_args = coroutine->args;
    return coroutine->request;
}
