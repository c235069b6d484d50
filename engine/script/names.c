/* names: what an expression can name, and what it gets for it. A name that is not there is an error that says
 * what is there, never nil. */
#include "script/sandbox.h"
#include "script/secret.h"
#include "base/clock.h"
#include "base/nearest.h"

#include <stdlib.h>
#include <string.h>

static const char *const root_names[ROOT_COUNT + 1] = {"params", "vars", "env", "run"};
static const char *const root_nouns[ROOT_COUNT + 1] = {
    "parameter", "variable", "environment variable", "field of run"};

json_t *names_root(const struct script *script, enum root root)
{
    const struct scope *scope = script->scope;

    if (!scope)
        return NULL;
    switch (root) {
    case ROOT_PARAMS:
        return scope->params;
    case ROOT_VARS:
        return scope->vars;
    case ROOT_ENV:
        return scope->env;
    case ROOT_RUN:
        return scope->run;
    case ROOT_COUNT:
        break;
    }
    return NULL;
}

/* "; did you mean …?" or "; there are: …" into `hint`. Frees nothing of its arguments. */
static void hint_of(const char *word, const char *const *candidates, size_t count, char *hint, size_t size)
{
    const char *found = nearest(word, candidates, count);
    size_t used;

    hint[0] = '\0';
    if (found) {
        snprintf(hint, size, "; did you mean \"%s\"?", found);
        return;
    }
    if (!count)
        return;
    used = (size_t)snprintf(hint, size, "; there is");
    for (size_t i = 0; i < count && used + 80 < size; i++)
        used += (size_t)snprintf(hint + used, size - used, "%s %.64s", i ? "," : "", candidates[i]);
}

static int fail_missing(
    lua_State *lua, const char *what, const char *word, const char *const *candidates, size_t count)
{
    char hint[400];

    hint_of(word, candidates, count, hint, sizeof(hint));
    return luaL_error(lua, "there is no %s \"%s\"%s", what, word, hint);
}

static int fail_missing_key(lua_State *lua, const char *what, const char *word, const json_t *map)
{
    size_t count;
    const char **keys = view_sorted_keys(map, &count);
    char hint[400];

    hint_of(word, keys, count, hint, sizeof(hint));
    free(keys);
    return luaL_error(lua, "there is no %s \"%s\"%s", what, word, hint);
}

static const char *key_of(lua_State *lua, const char *root)
{
    if (lua_type(lua, 2) != LUA_TSTRING)
        luaL_error(lua, "%s[…] wants a name, not a %s", root, luaL_typename(lua, 2));
    return lua_tostring(lua, 2);
}

int names_root_index(lua_State *lua)
{
    const struct object *object = lua_touserdata(lua, 1);
    json_t *map = names_root(script_of(lua), object->root), *value;
    const char *key = key_of(lua, root_names[object->root]);

    if (!map)
        return luaL_error(lua, "%s cannot be used here", root_names[object->root]);
    value = json_object_get(map, key);
    if (!value)
        return fail_missing_key(lua, root_nouns[object->root], key, map);
    view_push(lua, value);
    return 1;
}

int names_secrets_index(lua_State *lua)
{
    struct script *script = script_of(lua);
    const struct scope *scope = script->scope;
    const char *key = key_of(lua, "secrets");

    if (!scope || !scope->document || !scope->secret_nonce)
        return luaL_error(lua, "secrets cannot be used here");
    for (size_t i = 0; i < scope->document->secrets.len; i++) {
        if (strcmp(scope->document->secrets.names[i], key) != 0)
            continue;
        text_clear(&script->scratch);
        secret_token(&script->scratch, scope->secret_nonce, key);
        lua_pushlstring(lua, text_str(&script->scratch), script->scratch.len);
        return 1;
    }
    return fail_missing(lua, "secret", key, scope->document->secrets.names, scope->document->secrets.len);
}

/* --- steps --- */

typedef json_t *(*field_reader)(const struct result *result); /* new reference; NULL = nil */

static json_t *read_status(const struct result *result)
{
    return json_string(step_status_name(result->status));
}

static json_t *read_ok(const struct result *result)
{
    return json_boolean(result->status == STEP_SUCCEEDED);
}

static json_t *read_exit_code(const struct result *result)
{
    return result->exit_code >= 0 ? json_integer(result->exit_code) : NULL;
}

static json_t *read_outputs(const struct result *result)
{
    return json_incref(result->outputs ? result->outputs : json_object_get(result->result, "outputs"));
}

static json_t *read_answer(const struct result *result)
{
    return json_incref(result->answer);
}

static json_t *read_by(const struct result *result)
{
    return json_incref(result->by);
}

static json_t *read_error(const struct result *result)
{
    return result->class_ ? json_string(fail_class_name(result->class_)) : NULL;
}

static json_t *read_message(const struct result *result)
{
    return result->message ? value_string(result->message, strlen(result->message)) : NULL;
}

static json_t *read_attempts(const struct result *result)
{
    return json_integer(result->attempts);
}

static json_t *instant(int64_t wall_us)
{
    char text[INSTANT_TEXT_SIZE];

    return wall_us ? json_string(instant_utc(wall_us, text)) : NULL;
}

static json_t *read_started(const struct result *result)
{
    return instant(result->started_us);
}

static json_t *read_finished(const struct result *result)
{
    return instant(result->finished_us);
}

static json_t *read_seconds(const struct result *result)
{
    if (!result->started_us || !result->finished_us)
        return NULL;
    return json_real((double)(result->finished_us - result->started_us) / 1e6);
}

static json_t *read_items(const struct result *result)
{
    return json_incref(result->items);
}

/* Some fields are asked for all the time; they take no way through a JSON value. */
static void push_status(lua_State *lua, const struct result *result)
{
    lua_pushstring(lua, step_status_name(result->status));
}

static void push_ok(lua_State *lua, const struct result *result)
{
    lua_pushboolean(lua, result->status == STEP_SUCCEEDED);
}

static void push_exit_code(lua_State *lua, const struct result *result)
{
    if (result->exit_code >= 0)
        lua_pushinteger(lua, result->exit_code);
    else
        lua_pushnil(lua);
}

/* Fields without a reader are those of the outcome's map. */
static const struct {
    const char *name;
    field_reader read;
    bool always;                                               /* has a value before the step has run */
    void (*push)(lua_State *lua, const struct result *result); /* or NULL: by `read` */
} step_fields[] = {
    {"status", read_status, true, push_status},
    {"ok", read_ok, true, push_ok},
    {"exit_code", read_exit_code, false, push_exit_code},
    {"stdout", NULL, false, NULL},
    {"stderr", NULL, false, NULL},
    {"output", NULL, false, NULL},
    {"outputs", read_outputs, false, NULL},
    {"answer", read_answer, false, NULL},
    {"by", read_by, false, NULL},
    {"error", read_error, false, NULL},
    {"message", read_message, false, NULL},
    {"attempts", read_attempts, true, NULL},
    {"started_at", read_started, false, NULL},
    {"finished_at", read_finished, false, NULL},
    {"seconds", read_seconds, false, NULL},
    {"items", read_items, false, NULL},
    {"status_code", NULL, false, NULL},
    {"headers", NULL, false, NULL},
    {"body", NULL, false, NULL},
    {"signal", NULL, false, NULL},
};

enum { STEP_FIELDS = sizeof(step_fields) / sizeof(*step_fields) };

const char *const step_field_names[STEP_FIELDS + 1] = {"status", "ok", "exit_code", "stdout", "stderr",
    "output", "outputs", "answer", "by", "error", "message", "attempts", "started_at", "finished_at",
    "seconds", "items", "status_code", "headers", "body", "signal", NULL};

int names_step_index(lua_State *lua)
{
    struct script *script = script_of(lua);
    const struct object *object = lua_touserdata(lua, 1);
    const struct result *result = object->result;
    const char *key = key_of(lua, "steps.…");
    size_t i = 0;
    json_t *value;

    while (i < STEP_FIELDS && strcmp(step_fields[i].name, key) != 0)
        i++;
    if (result->status == STEP_PENDING && i < STEP_FIELDS && !step_fields[i].always)
        return luaL_error(
            lua, "the step has not run yet, so it has no \"%s\"; .ok and .status can be asked", key);
    if (i < STEP_FIELDS && step_fields[i].push) {
        step_fields[i].push(lua, result);
        return 1;
    }
    if (i < STEP_FIELDS && step_fields[i].read) {
        value = step_fields[i].read(result);
        view_push(lua, value ? view_own(script, value) : NULL);
        return 1;
    }
    value = json_object_get(result->result, key);
    if (!value && i == STEP_FIELDS)
        return fail_missing(lua, "field of a step", key, step_field_names, STEP_FIELDS);
    view_push(lua, value);
    return 1;
}

json_t *names_step_json(const struct result *result)
{
    json_t *map = json_object();

    if (result->result)
        json_object_update(map, result->result);
    for (size_t i = 0; i < STEP_FIELDS; i++) {
        json_t *value = step_fields[i].read ? step_fields[i].read(result) : NULL;

        if (value)
            json_object_set_new(map, step_fields[i].name, value);
    }
    return map;
}

/* The ids that can be referred to, for hints. The array is the caller's to free. */
static const char **step_ids(const struct document *document, size_t *ret_count)
{
    size_t count = document ? document->ids.len : 0;
    const char **ids = mem_alloc((count + 1) * sizeof(*ids));

    for (size_t i = 0; i < count; i++)
        ids[i] = document->ids.entries[i].key;
    *ret_count = count;
    return ids;
}

/* An object is nothing but its pointer, so one made before for the same place will do. */
static void push_step(lua_State *lua, const struct result *result)
{
    struct script *script = script_of(lua);
    struct object *object;

    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->step_objects);
    if (lua_rawgetp(lua, -1, result) == LUA_TUSERDATA)
        return;
    lua_pop(lua, 1);
    object = lua_newuserdatauv(lua, sizeof(*object), 0);
    object->type = META_STEP;
    object->result = result;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->metatables[META_STEP]);
    lua_setmetatable(lua, -2);
    lua_pushvalue(lua, -1);
    lua_rawsetp(lua, -3, result);
}

int names_steps_index(lua_State *lua)
{
    struct script *script = script_of(lua);
    const struct scope *scope = script->scope;
    const char *key = key_of(lua, "steps");
    const struct result *result;
    char hint[400];

    if (!scope || !scope->step)
        return luaL_error(lua, "steps cannot be used here");
    result = scope->step(scope->context, key);
    if (!result) {
        size_t count;
        const char **ids = step_ids(scope->document, &count);

        hint_of(key, ids, count, hint, sizeof(hint));
        free(ids);
        return luaL_error(lua, "there is no step \"%s\" that has a result here%s", key, hint);
    }
    push_step(lua, result);
    return 1;
}

/* --- names that depend on the place --- */

const char *const builtin_names[] = {"params", "vars", "env", "steps", "run", "event", "secrets", "item",
    "index", "result", "failed", "now", "json", "duration", "time", "match", "split", "trim", "lines",
    "contains", "keys", "values", "map", "filter", "any", "all", "sum", "min", "max", "default", "round",
    "percent", "assert", "error", "ipairs", "pairs", "pcall", "select", "tonumber", "tostring", "type",
    "math", "string", "table", "utf8", NULL};

static int give(lua_State *lua, json_t *json, const char *name, const char *where)
{
    if (!json)
        return luaL_error(lua, "\"%s\" can be used only %s", name, where);
    view_push(lua, json);
    return 1;
}

/* The item of this loop or of one around it, under the name its author gave it. */
static json_t *find_item(const struct scope *scope, const char *name)
{
    for (; scope; scope = scope->outer)
        if (scope->item && strcmp(name, scope->item_name ? scope->item_name : "item") == 0)
            return scope->item;
    return NULL;
}

int names_index(lua_State *lua)
{
    const struct scope *scope = script_of(lua)->scope;
    const char *name = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : "?";
    json_t *item = find_item(scope, name);
    size_t count = 0;

    if (item)
        return give(lua, item, name, "");
    if (strcmp(name, "result") == 0)
        return give(
            lua, scope ? scope->result : NULL, name, "in until, success_when, retry.when and outputs");
    if (strcmp(name, "failed") == 0)
        return give(lua, scope ? scope->failed : NULL, name, "in rescue");
    if (strcmp(name, "event") == 0)
        return give(lua, scope ? scope->event : NULL, name, "in a run that a trigger started");
    if (strcmp(name, "item") == 0)
        return luaL_error(lua, "\"item\" can be used only in a step with foreach, or inside one");
    if (strcmp(name, "index") == 0) {
        if (!scope || !scope->index)
            return luaL_error(lua, "\"index\" can be used only in a loop");
        lua_pushinteger(lua, scope->index);
        return 1;
    }
    while (builtin_names[count])
        count++;
    return fail_missing(lua, "name", name, builtin_names, count);
}

static int now(lua_State *lua)
{
    const struct scope *scope = script_of(lua)->scope;

    if (!scope)
        return luaL_error(lua, "now() cannot be used here");
    lua_pushnumber(lua, (double)scope->now_us / 1e6);
    return 1;
}

static void add_root(struct script *script, const char *name, enum metatable type, enum root root)
{
    struct object *object = lua_newuserdatauv(script->lua, sizeof(*object), 0);

    object->type = type;
    object->root = root;
    lua_rawgeti(script->lua, LUA_REGISTRYINDEX, script->metatables[type]);
    lua_setmetatable(script->lua, -2);
    lua_setfield(script->lua, -2, name);
}

void names_open(struct script *script)
{
    for (int root = 0; root < ROOT_COUNT; root++)
        add_root(script, root_names[root], META_NAMES, (enum root)root);
    add_root(script, "steps", META_STEPS, ROOT_COUNT);
    add_root(script, "secrets", META_SECRETS, ROOT_COUNT);
    lua_pushcfunction(script->lua, now);
    lua_setfield(script->lua, -2, "now");
}
