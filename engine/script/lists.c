/* lists: the functions of the language over lists and maps. They take tables and the values of a run alike,
 * and go through maps in the order of their keys. */
#include "script/sandbox.h"

#include <string.h>

static bool is_map(lua_State *lua, int index)
{
    const struct object *object = view_object(lua, index);

    if (object)
        return object->type != META_LIST;
    if (lua_rawlen(lua, index) > 0)
        return false;
    lua_pushnil(lua);
    if (!lua_next(lua, index))
        return false;
    lua_pop(lua, 2);
    return true;
}

static void check_table(lua_State *lua, int index, const char *who)
{
    if (!lua_istable(lua, index) && !view_object(lua, index))
        luaL_error(lua, "%s wants a list or a map, not %s", who,
            lua_isnoneornil(lua, index) ? "nil" : luaL_typename(lua, index));
}

/* A way through a list or a map in order. */
struct walk {
    lua_State *lua;
    int subject, keys; /* stack indices; keys 0: a list */
    lua_Integer at, count;
    bool map;
};

static struct walk walk_start(lua_State *lua, int index, const char *who)
{
    struct walk walk = {.lua = lua, .subject = index};

    check_table(lua, index, who);
    luaL_checkstack(lua, 8, NULL);
    walk.map = is_map(lua, index);
    if (walk.map) {
        library_push_keys(lua, index);
        walk.keys = lua_gettop(lua);
        walk.count = (lua_Integer)lua_rawlen(lua, -1);
    } else {
        walk.count = luaL_len(lua, index);
    }
    return walk;
}

/* Pushes key and value. */
static bool walk_next(struct walk *walk)
{
    if (walk->at >= walk->count)
        return false;
    limit_charge(walk->lua, 4);
    walk->at++;
    if (walk->map)
        lua_rawgeti(walk->lua, walk->keys, walk->at);
    else
        lua_pushinteger(walk->lua, walk->at);
    lua_pushvalue(walk->lua, -1);
    lua_gettable(walk->lua, walk->subject);
    return true;
}

/* Replace value on top by f(value, key); without f it stays. */
static void apply(struct walk *walk, int function)
{
    if (lua_isnoneornil(walk->lua, function))
        return;
    lua_pushvalue(walk->lua, function);
    lua_pushvalue(walk->lua, -2);
    lua_pushvalue(walk->lua, -4);
    lua_call(walk->lua, 2, 1);
    lua_replace(walk->lua, -2);
}

static void check_function(lua_State *lua, const char *who)
{
    if (lua_type(lua, 2) != LUA_TFUNCTION)
        luaL_error(lua, "%s wants a function, as in %s(list, function(x) return … end)", who, who);
}

static int keys(lua_State *lua)
{
    check_table(lua, 1, "keys");
    library_push_keys(lua, 1);
    return 1;
}

static int values(lua_State *lua)
{
    struct walk walk;

    lua_settop(lua, 1);
    walk = walk_start(lua, 1, "values");
    lua_newtable(lua);
    while (walk_next(&walk)) {
        lua_rawseti(lua, -3, walk.at);
        lua_pop(lua, 1);
    }
    return 1;
}

static int map(lua_State *lua)
{
    struct walk walk;

    lua_settop(lua, 2);
    check_function(lua, "map");
    walk = walk_start(lua, 1, "map");
    lua_newtable(lua);
    while (walk_next(&walk)) {
        apply(&walk, 2);
        lua_rawset(lua, -3);
    }
    return 1;
}

static int filter(lua_State *lua)
{
    struct walk walk;
    lua_Integer kept = 0;

    lua_settop(lua, 2);
    check_function(lua, "filter");
    walk = walk_start(lua, 1, "filter");
    lua_newtable(lua);
    while (walk_next(&walk)) {
        lua_pushvalue(lua, -2);
        lua_pushvalue(lua, -2);
        apply(&walk, 2);
        if (!lua_toboolean(lua, -1)) {
            lua_pop(lua, 4);
            continue;
        }
        lua_pop(lua, 2);
        if (walk.map) {
            lua_rawset(lua, -3);
        } else {
            lua_rawseti(lua, -3, ++kept);
            lua_pop(lua, 1);
        }
    }
    return 1;
}

/* Is there an element whose truth is `wanted`? */
static bool find_truth(lua_State *lua, const char *who, bool wanted)
{
    struct walk walk;

    lua_settop(lua, 2);
    if (!lua_isnil(lua, 2))
        check_function(lua, who);
    walk = walk_start(lua, 1, who);
    while (walk_next(&walk)) {
        apply(&walk, 2);
        if (lua_toboolean(lua, -1) == wanted)
            return true;
        lua_pop(lua, 2);
    }
    return false;
}

static int any(lua_State *lua)
{
    lua_pushboolean(lua, find_truth(lua, "any", true));
    return 1;
}

static int all(lua_State *lua)
{
    lua_pushboolean(lua, !find_truth(lua, "all", false));
    return 1;
}

static int contains(lua_State *lua)
{
    size_t len, word_len;
    struct walk walk;
    bool found = false;

    luaL_checkany(lua, 2);
    lua_settop(lua, 2);
    if (lua_type(lua, 1) == LUA_TSTRING) {
        const char *text = lua_tolstring(lua, 1, &len), *word = luaL_checklstring(lua, 2, &word_len);

        limit_charge(lua, 1 + len / BYTES_PER_INSTRUCTION);
        lua_pushboolean(lua, memmem(text, len, word, word_len) != NULL);
        return 1;
    }
    walk = walk_start(lua, 1, "contains");
    while (!found && walk_next(&walk)) {
        found = lua_compare(lua, -1, 2, LUA_OPEQ);
        lua_pop(lua, 2);
    }
    lua_pushboolean(lua, found);
    return 1;
}

/* --- numbers --- */

/* The arguments as one list at index 1: they may be given one by one. */
static void gather(lua_State *lua)
{
    int count = lua_gettop(lua);

    if (count == 1 && (lua_istable(lua, 1) || view_object(lua, 1)))
        return;
    lua_createtable(lua, count, 0);
    lua_insert(lua, 1);
    for (int i = count; i > 0; i--)
        lua_rawseti(lua, 1, i);
}

static void check_number(lua_State *lua, const char *who, lua_Integer at)
{
    if (lua_type(lua, -1) != LUA_TNUMBER)
        luaL_error(lua, "%s: element %I is a %s, not a number", who, (LUAI_UACINT)at, luaL_typename(lua, -1));
}

static int sum(lua_State *lua)
{
    struct walk walk;

    gather(lua);
    walk = walk_start(lua, 1, "sum");
    lua_pushinteger(lua, 0);
    while (walk_next(&walk)) {
        check_number(lua, "sum", walk.at);
        lua_remove(lua, -2);
        lua_arith(lua, LUA_OPADD);
    }
    return 1;
}

/* The element that `operator` puts before all others; nil when there is none. */
static int extreme(lua_State *lua, const char *who, bool largest)
{
    struct walk walk;

    gather(lua);
    walk = walk_start(lua, 1, who);
    lua_pushnil(lua);
    while (walk_next(&walk)) {
        if (lua_type(lua, -1) != LUA_TSTRING)
            check_number(lua, who, walk.at);
        if (lua_isnil(lua, -3) ||
            (largest ? lua_compare(lua, -3, -1, LUA_OPLT) : lua_compare(lua, -1, -3, LUA_OPLT)))
            lua_copy(lua, -1, -3);
        lua_pop(lua, 2);
    }
    return 1;
}

static int minimum(lua_State *lua)
{
    return extreme(lua, "min", false);
}

static int maximum(lua_State *lua)
{
    return extreme(lua, "max", true);
}

static const luaL_Reg functions[] = {
    {"contains", contains},
    {"keys", keys},
    {"values", values},
    {"map", map},
    {"filter", filter},
    {"any", any},
    {"all", all},
    {"sum", sum},
    {"min", minimum},
    {"max", maximum},
    {NULL, NULL},
};

void lists_open(lua_State *lua)
{
    luaL_setfuncs(lua, functions, 0);
}
