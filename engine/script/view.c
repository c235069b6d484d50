/* view: how Lua sees JSON values: as read-only objects that look like tables. Nothing is converted until it
 * is touched, and nothing is copied: an object borrows from the scope, or from the values the evaluation
 * owns. */
#include "script/sandbox.h"

#include <stdlib.h>
#include <string.h>

struct object *view_object(lua_State *lua, int index)
{
    return lua_type(lua, index) == LUA_TUSERDATA ? lua_touserdata(lua, index) : NULL;
}

json_t *view_own(struct script *script, json_t *json)
{
    script->owned = mem_grow(script->owned, script->owned_len, &script->owned_cap, sizeof(*script->owned));
    script->owned[script->owned_len++] = json;
    return json;
}

void view_let_go(struct script *script, size_t down_to)
{
    while (script->owned_len > down_to)
        json_decref(script->owned[--script->owned_len]);
}

static void push_object(lua_State *lua, enum metatable type, json_t *json)
{
    struct object *object = lua_newuserdatauv(lua, sizeof(*object), 0);

    object->type = type;
    object->json = json;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, script_of(lua)->metatables[type]);
    lua_setmetatable(lua, -2);
}

/* A long text is copied once in an evaluation, however often it is named. */
static void push_string(lua_State *lua, const json_t *json)
{
    struct script *script = script_of(lua);

    if (json_string_length(json) < LONG_TEXT) {
        lua_pushlstring(lua, json_string_value(json), json_string_length(json));
        return;
    }
    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->long_texts);
    if (lua_rawgetp(lua, -1, json) != LUA_TSTRING) {
        lua_pop(lua, 1);
        lua_pushlstring(lua, json_string_value(json), json_string_length(json));
        lua_pushvalue(lua, -1);
        lua_rawsetp(lua, -3, json);
        script->has_long_texts = true;
    }
    lua_remove(lua, -2);
}

/* Takes no memory, so it cannot raise an error. */
void view_forget_texts(struct script *script)
{
    lua_State *lua = script->lua;

    if (!script->has_long_texts)
        return;
    script->has_long_texts = false;
    lua_rawgeti(lua, LUA_REGISTRYINDEX, script->long_texts);
    lua_pushnil(lua);
    while (lua_next(lua, -2)) {
        lua_pop(lua, 1);
        lua_pushvalue(lua, -1);
        lua_pushnil(lua);
        lua_rawset(lua, -4);
    }
    lua_pop(lua, 1);
}

void view_push(lua_State *lua, json_t *json)
{
    if (!json) {
        lua_pushnil(lua);
        return;
    }
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        push_object(lua, META_MAP, json);
        return;
    case JSON_ARRAY:
        push_object(lua, META_LIST, json);
        return;
    case JSON_STRING:
        push_string(lua, json);
        return;
    case JSON_INTEGER:
        lua_pushinteger(lua, json_integer_value(json));
        return;
    case JSON_REAL:
        lua_pushnumber(lua, json_real_value(json));
        return;
    case JSON_TRUE:
    case JSON_FALSE:
        lua_pushboolean(lua, json_is_true(json));
        return;
    case JSON_NULL:
        lua_pushnil(lua);
        return;
    }
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void view_sort_keys(const char **keys, size_t count)
{
    qsort(keys, count, sizeof(*keys), by_bytes);
}

const char **view_sorted_keys(const json_t *map, size_t *ret_count)
{
    size_t count = json_object_size(map), i = 0;
    const char **keys = mem_alloc((count + 1) * sizeof(*keys));
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)map, key, value) keys[i++] = key;
    view_sort_keys(keys, count);
    *ret_count = count;
    return keys;
}

/* The upvalue-free metamethods below are called by Lua only, with an object first. */

static int list_index(lua_State *lua)
{
    const struct object *object = lua_touserdata(lua, 1);
    int is_integer;
    lua_Integer index = lua_tointegerx(lua, 2, &is_integer);

    if (!is_integer || index < 1 || (size_t)index > json_array_size(object->json) ||
        lua_type(lua, 2) != LUA_TNUMBER)
        lua_pushnil(lua);
    else
        view_push(lua, json_array_get(object->json, (size_t)index - 1));
    return 1;
}

static int map_index(lua_State *lua)
{
    const struct object *object = lua_touserdata(lua, 1);

    if (lua_type(lua, 2) != LUA_TSTRING)
        lua_pushnil(lua);
    else
        view_push(lua, json_object_get(object->json, lua_tostring(lua, 2)));
    return 1;
}

json_t *view_json(lua_State *lua, const struct object *object)
{
    struct script *script = script_of(lua);

    switch (object->type) {
    case META_LIST:
    case META_MAP:
        return object->json;
    case META_NAMES:
        return names_root(script, object->root);
    case META_STEP:
        return view_own(script, steps_json(object->result));
    case META_STEPS:
    case META_SECRETS:
    case META_COUNT:
        return NULL;
    }
    return NULL;
}

static int view_len(lua_State *lua)
{
    const struct object *object = lua_touserdata(lua, 1);
    const json_t *json = view_json(lua, object);

    if (!json)
        return luaL_error(lua, "this has no length");
    lua_pushinteger(lua, (lua_Integer)(json_is_array(json) ? json_array_size(json) : json_object_size(json)));
    return 1;
}

/* Lua asks only when both are objects; an object and a table made by the expression are never equal. */
static int view_equal(lua_State *lua)
{
    json_t *a = view_json(lua, lua_touserdata(lua, 1)), *b = view_json(lua, lua_touserdata(lua, 2));

    lua_pushboolean(lua, a && b && json_equal(a, b));
    return 1;
}

static int view_assign(lua_State *lua)
{
    return luaL_error(lua, "the values of a run cannot be changed");
}

static int view_concat(lua_State *lua)
{
    const struct object *left = view_object(lua, 1), *object = left ? left : view_object(lua, 2);

    return luaL_error(lua, "a %s cannot be joined to a text; say which of its fields, or use json(…)",
        object && object->type == META_LIST ? "list" : "map");
}

static const luaL_Reg common[] = {
    {"__len", view_len},
    {"__eq", view_equal},
    {"__newindex", view_assign},
    {"__concat", view_concat},
    {"__tostring", library_tostring},
    {NULL, NULL},
};

static void add_metatable(struct script *script, enum metatable type, const char *name, lua_CFunction index)
{
    lua_State *lua = script->lua;

    lua_newtable(lua);
    luaL_setfuncs(lua, common, 0);
    lua_pushstring(lua, name);
    lua_setfield(lua, -2, "__name");
    lua_pushcfunction(lua, index);
    lua_setfield(lua, -2, "__index");
    script->metatables[type] = luaL_ref(lua, LUA_REGISTRYINDEX);
}

static int add_cache(lua_State *lua, const char *mode)
{
    lua_newtable(lua);
    lua_createtable(lua, 0, 1);
    lua_pushstring(lua, mode);
    lua_setfield(lua, -2, "__mode");
    lua_setmetatable(lua, -2);
    return luaL_ref(lua, LUA_REGISTRYINDEX);
}

void view_open(struct script *script)
{
    script->step_objects = add_cache(script->lua, "v");
    script->long_texts = add_cache(script->lua, "");
    add_metatable(script, META_LIST, "list", list_index);
    add_metatable(script, META_MAP, "map", map_index);
    add_metatable(script, META_NAMES, "map", names_root_index);
    add_metatable(script, META_STEP, "step", steps_field_index);
    add_metatable(script, META_STEPS, "steps", steps_index);
    add_metatable(script, META_SECRETS, "secrets", names_secrets_index);
}
