/* names: what an expression can name, and what it gets for it. A name that is not there is an error that says
 * what is there, never nil. */
#include "script/sandbox.h"
#include "script/secret.h"
#include "base/nearest.h"

#include <stdlib.h>
#include <string.h>

static const char *const root_names[ROOT_COUNT + 1] = {"params", "vars", "env", "run"};
static const char *const root_nouns[ROOT_COUNT + 1] = {
    "parameter", "variable", "environment variable", "field of run"};

enum root names_root_of(const char *name)
{
    int root = 0;

    while (root < ROOT_COUNT && strcmp(root_names[root], name) != 0)
        root++;
    return (enum root)root;
}

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
void names_hint(const char *word, const char *const *candidates, size_t count, char *hint, size_t size)
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

int names_fail_missing(
    lua_State *lua, const char *what, const char *word, const char *const *candidates, size_t count)
{
    char hint[400];

    names_hint(word, candidates, count, hint, sizeof(hint));
    return luaL_error(lua, "there is no %s \"%s\"%s", what, word, hint);
}

static int fail_missing_key(lua_State *lua, const char *what, const char *word, const json_t *map)
{
    size_t count;
    const char **keys = view_sorted_keys(map, &count);
    char hint[400];

    names_hint(word, keys, count, hint, sizeof(hint));
    free(keys);
    return luaL_error(lua, "there is no %s \"%s\"%s", what, word, hint);
}

const char *names_key(lua_State *lua, const char *root)
{
    if (lua_type(lua, 2) != LUA_TSTRING)
        luaL_error(lua, "%s[…] wants a name, not a %s", root, luaL_typename(lua, 2));
    return lua_tostring(lua, 2);
}

int names_root_index(lua_State *lua)
{
    const struct object *object = lua_touserdata(lua, 1);
    json_t *map = names_root(script_of(lua), object->root), *value;
    const char *key = names_key(lua, root_names[object->root]);

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
    const char *key = names_key(lua, "secrets");

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
    return names_fail_missing(
        lua, "secret", key, scope->document->secrets.names, scope->document->secrets.len);
}

/* --- names that depend on the place --- */

const char *const builtin_names[] = {"params", "vars", "env", "steps", "run", "event", "secrets", "item",
    "index", "result", "failed", "now", "json", "duration", "time", "match", "split", "trim", "lines",
    "contains", "keys", "values", "map", "filter", "any", "all", "sum", "min", "max", "default", "round",
    "percent", "assert", "error", "ipairs", "pairs", "pcall", "select", "tonumber", "tostring", "type",
    "math", "string", "table", "utf8", NULL};

/* The item of this loop or of one around it, under the name its author gave it. */
static json_t *find_item(const struct scope *scope, const char *name)
{
    for (; scope; scope = scope->outer)
        if (scope->item && strcmp(name, scope->item_name ? scope->item_name : "item") == 0)
            return scope->item;
    return NULL;
}

static const struct {
    const char *name;
    size_t offset; /* in struct scope */
    const char *where;
} place_names[] = {
    {"result", offsetof(struct scope, result), "in until, success_when, retry.when and outputs"},
    {"failed", offsetof(struct scope, failed), "in rescue"},
    {"event", offsetof(struct scope, event), "in a run that a trigger started"},
};

enum { PLACE_NAMES = sizeof(place_names) / sizeof(*place_names) };

static size_t place_name(const char *name)
{
    size_t i = 0;

    while (i < PLACE_NAMES && strcmp(place_names[i].name, name) != 0)
        i++;
    return i;
}

bool names_is_place(const char *name)
{
    const char *const *builtin = builtin_names;

    if (place_name(name) < PLACE_NAMES || strcmp(name, "item") == 0)
        return true;
    while (*builtin && strcmp(*builtin, name) != 0)
        builtin++;
    return !*builtin;
}

json_t *names_place(const struct script *script, const char *name)
{
    const struct scope *scope = script->scope;
    json_t *item = find_item(scope, name);
    size_t i = place_name(name);

    if (item || !scope || i == PLACE_NAMES)
        return item;
    return *(json_t *const *)((const char *)scope + place_names[i].offset);
}

int names_index(lua_State *lua)
{
    const struct script *script = script_of(lua);
    const char *name = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : "?";
    json_t *value = names_place(script, name);
    size_t i = place_name(name), count = 0;

    if (value) {
        view_push(lua, value);
        return 1;
    }
    if (i < PLACE_NAMES)
        return luaL_error(lua, "\"%s\" can be used only %s", name, place_names[i].where);
    if (strcmp(name, "item") == 0)
        return luaL_error(lua, "\"item\" can be used only in a step with foreach, or inside one");
    if (strcmp(name, "index") == 0) {
        if (!script->scope || !script->scope->index)
            return luaL_error(lua, "\"index\" can be used only in a loop");
        lua_pushinteger(lua, script->scope->index);
        return 1;
    }
    while (builtin_names[count])
        count++;
    return names_fail_missing(lua, "name", name, builtin_names, count);
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
