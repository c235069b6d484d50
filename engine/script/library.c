/* library: the basic functions and the tables of functions, as expressions may have them. What is left out
 * can load code, see memory addresses, reach a metatable or the outside; what would give another answer on
 * another machine or run for ever inside C is replaced. */
#include "script/sandbox.h"

#include <lualib.h>
#include <stdlib.h>
#include <string.h>

static int assign_protected(lua_State *lua)
{
    return luaL_error(lua, "the functions of the language cannot be changed");
}

void library_protect(lua_State *lua)
{
    lua_newtable(lua);
    lua_createtable(lua, 0, 2);
    lua_rotate(lua, -3, -1);
    lua_setfield(lua, -2, "__index");
    lua_pushcfunction(lua, assign_protected);
    lua_setfield(lua, -2, "__newindex");
    lua_setmetatable(lua, -2);
}

int library_tostring(lua_State *lua)
{
    struct script *script = script_of(lua);
    struct err err;

    luaL_checkany(lua, 1);
    switch (lua_type(lua, 1)) {
    case LUA_TTABLE:
    case LUA_TUSERDATA:
        text_clear(&script->scratch);
        if (convert_text(lua, 1, &script->scratch, &err))
            return luaL_error(lua, "%s", err.text);
        lua_pushlstring(lua, text_str(&script->scratch), script->scratch.len);
        return 1;
    case LUA_TFUNCTION:
        lua_pushliteral(lua, "function");
        return 1;
    default:
        luaL_tolstring(lua, 1, NULL);
        return 1;
    }
}

static int type_of(lua_State *lua)
{
    luaL_checkany(lua, 1);
    lua_pushstring(lua, lua_type(lua, 1) == LUA_TUSERDATA ? "table" : luaL_typename(lua, 1));
    return 1;
}

/* A cap that was reached is not an error that can be caught. */
static int end_protected_call(lua_State *lua, int status, lua_KContext context)
{
    struct script *script = script_of(lua);

    (void)context;
    if (status == LUA_ERRMEM && !script->exhausted)
        script->exhausted = limit_too_big;
    if (script->exhausted)
        limit_raise(lua, script->exhausted);
    lua_pushboolean(lua, status == LUA_OK || status == LUA_YIELD);
    lua_insert(lua, 1);
    return lua_gettop(lua);
}

/* What is called may stand still and go on later, where that is possible at all. */
static int protected_call(lua_State *lua)
{
    luaL_checkany(lua, 1);
    return end_protected_call(
        lua, lua_pcallk(lua, lua_gettop(lua) - 1, LUA_MULTRET, 0, 0, end_protected_call), 0);
}

/* --- pairs, in an order that does not depend on addresses: numbers, then texts by bytes, then false and true
 * --- */

struct key {
    int type;
    lua_Number number;
    lua_Integer integer;
    bool is_integer;
    const char *bytes;
    size_t len;
};

static int rank(int type)
{
    return type == LUA_TNUMBER ? 0 : type == LUA_TSTRING ? 1 : 2;
}

static int by_key(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    int order = rank(x->type) - rank(y->type);
    size_t len = x->len < y->len ? x->len : y->len;

    if (order)
        return order;
    if (x->type == LUA_TSTRING) {
        order = memcmp(x->bytes, y->bytes, len);
        return order ? order : (x->len > y->len) - (x->len < y->len);
    }
    if (x->is_integer && y->is_integer)
        return (x->integer > y->integer) - (x->integer < y->integer);
    return (x->number > y->number) - (x->number < y->number);
}

static void read_key(lua_State *lua, int index, struct key *key)
{
    *key = (struct key){.type = lua_type(lua, index)};
    if (key->type == LUA_TSTRING) {
        key->bytes = lua_tolstring(lua, index, &key->len);
    } else if (key->type == LUA_TNUMBER) {
        key->is_integer = lua_isinteger(lua, index);
        key->integer = lua_tointegerx(lua, index, NULL);
        key->number = lua_tonumberx(lua, index, NULL);
    } else if (key->type == LUA_TBOOLEAN) {
        key->number = lua_toboolean(lua, index);
    } else {
        luaL_error(lua, "a table with a %s for a key has no order", lua_typename(lua, key->type));
    }
}

static void push_key(lua_State *lua, const struct key *key)
{
    if (key->type == LUA_TSTRING)
        lua_pushlstring(lua, key->bytes, key->len);
    else if (key->type == LUA_TBOOLEAN)
        lua_pushboolean(lua, key->number != 0);
    else if (key->is_integer)
        lua_pushinteger(lua, key->integer);
    else
        lua_pushnumber(lua, key->number);
}

static size_t count_entries(lua_State *lua, int index)
{
    size_t count = 0;

    lua_pushnil(lua);
    while (lua_next(lua, index)) {
        lua_pop(lua, 1);
        count++;
    }
    return count;
}

static void push_table_keys(lua_State *lua, int index)
{
    size_t count = count_entries(lua, index), i = 0;
    struct key *keys;

    limit_charge(lua, count * 8);
    keys = lua_newuserdatauv(lua, (count + 1) * sizeof(*keys), 0);
    lua_pushnil(lua);
    while (lua_next(lua, index)) {
        lua_pop(lua, 1);
        read_key(lua, lua_gettop(lua), &keys[i++]);
    }
    qsort(keys, count, sizeof(*keys), by_key);
    lua_createtable(lua, (int)count, 0);
    for (i = 0; i < count; i++) {
        push_key(lua, &keys[i]);
        lua_rawseti(lua, -2, (lua_Integer)i + 1);
    }
    lua_remove(lua, -2);
}

static void push_map_keys(lua_State *lua, const json_t *map)
{
    size_t count = json_object_size(map), i = 0;
    const char **keys = lua_newuserdatauv(lua, (count + 1) * sizeof(*keys), 0);
    const char *key;
    json_t *value;

    limit_charge(lua, count * 8);
    json_object_foreach((json_t *)map, key, value) keys[i++] = key;
    view_sort_keys(keys, count);
    lua_createtable(lua, (int)count, 0);
    for (i = 0; i < count; i++) {
        lua_pushstring(lua, keys[i]);
        lua_rawseti(lua, -2, (lua_Integer)i + 1);
    }
    lua_remove(lua, -2);
}

void library_push_keys(lua_State *lua, int index)
{
    const struct object *object = view_object(lua, index);
    const json_t *json = object ? view_json(lua, object) : NULL;

    if (lua_istable(lua, index)) {
        push_table_keys(lua, lua_absindex(lua, index));
    } else if (json_is_object(json)) {
        push_map_keys(lua, json);
    } else if (json_is_array(json)) {
        limit_charge(lua, json_array_size(json));
        lua_createtable(lua, (int)json_array_size(json), 0);
        for (size_t i = 1; i <= json_array_size(json); i++) {
            lua_pushinteger(lua, (lua_Integer)i);
            lua_rawseti(lua, -2, (lua_Integer)i);
        }
    } else {
        luaL_error(
            lua, "a table is needed, not a %s", object ? "name such as steps" : luaL_typename(lua, index));
    }
}

/* Upvalues: the table, its keys, how many have been given out. */
static int next_pair(lua_State *lua)
{
    lua_Integer at = lua_tointeger(lua, lua_upvalueindex(3));

    for (;;) {
        at++;
        if (lua_rawgeti(lua, lua_upvalueindex(2), at) == LUA_TNIL)
            return 1;
        lua_pushvalue(lua, -1);
        if (lua_gettable(lua, lua_upvalueindex(1)) != LUA_TNIL)
            break;
        lua_pop(lua, 2); /* removed on the way, or null */
    }
    lua_pushinteger(lua, at);
    lua_copy(lua, -1, lua_upvalueindex(3));
    lua_pop(lua, 1);
    return 2;
}

static int pairs(lua_State *lua)
{
    luaL_checkany(lua, 1);
    lua_settop(lua, 1);
    library_push_keys(lua, 1);
    lua_pushinteger(lua, 0);
    lua_pushcclosure(lua, next_pair, 3);
    return 1;
}

static void copy_fields(lua_State *lua, const char *const *names)
{
    for (; *names; names++) {
        lua_getfield(lua, -2, *names);
        lua_setfield(lua, -2, *names);
    }
}

/* Open a standard library, keep what is named; the table on top gets it under `name`, protected. */
static void add_standard(lua_State *lua, const char *name, lua_CFunction open, const char *const *kept)
{
    luaL_requiref(lua, name, open, 0);
    lua_newtable(lua);
    copy_fields(lua, kept);
    library_protect(lua);
    lua_setfield(lua, -3, name);
    lua_pop(lua, 1);
}

static const char *const basic[] = {"assert", "error", "ipairs", "select", "tonumber", NULL};
static const char *const mathematics[] = {"abs", "ceil", "floor", "fmod", "huge", "max", "maxinteger", "min",
    "mininteger", "modf", "pi", "sqrt", "tointeger", "type", "ult", "exp", "log", "sin", "cos", "tan", "asin",
    "acos", "atan", "deg", "rad", NULL};

static const luaL_Reg replaced[] = {
    {"tostring", library_tostring},
    {"type", type_of},
    {"pcall", protected_call},
    {"pairs", pairs},
    {NULL, NULL},
};

/* The globals of compiled code: an empty table that cannot be written, before the table of everything that is
 * always there, before a function for the names that come and go. */
void library_open(struct script *script)
{
    lua_State *lua = script->lua;

    lua_newtable(lua);
    luaL_requiref(lua, "_G", luaopen_base, 0);
    lua_rotate(lua, -2, 1);
    copy_fields(lua, basic);
    luaL_setfuncs(lua, replaced, 0);
    lua_remove(lua, -2);
    add_standard(lua, "math", luaopen_math, mathematics);
    strings_open(script);
    tables_open(lua);
    helpers_open(lua);
    names_open(script);
    lua_createtable(lua, 0, 1);
    lua_pushcfunction(lua, names_index);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
    library_protect(lua);
    script->environment = luaL_ref(lua, LUA_REGISTRYINDEX);
    /* Nothing may stay reachable through the registry's tables of loaded modules. */
    lua_pushnil(lua);
    lua_setfield(lua, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
}
