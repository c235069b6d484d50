/* tables: the table `table`. What moves many elements pays for them; sorting compares through a function that
 * pays for long texts. */
#include "script/sandbox.h"

#include <lualib.h>

static size_t length(lua_State *lua, int index)
{
    return (size_t)luaL_len(lua, index);
}

/* insert, remove, concat, unpack. Upvalue: the function of the standard library. */
static int charged(lua_State *lua)
{
    luaL_checkany(lua, 1);
    if (lua_type(lua, 1) == LUA_TTABLE)
        limit_charge(lua, 1 + length(lua, 1) / 8);
    return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

static int move(lua_State *lua)
{
    lua_Integer first = luaL_checkinteger(lua, 2), last = luaL_checkinteger(lua, 3);
    lua_Unsigned count = last >= first ? (lua_Unsigned)last - (lua_Unsigned)first : 0;

    limit_charge(lua, count >= INT32_MAX ? INT32_MAX : (size_t)count + 1);
    return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

static int is_less(lua_State *lua)
{
    size_t bytes = 0;

    for (int i = 1; i <= 2; i++)
        if (lua_type(lua, i) == LUA_TSTRING)
            bytes += lua_rawlen(lua, i);
    limit_charge(lua, 1 + bytes / BYTES_PER_INSTRUCTION);
    lua_pushboolean(lua, lua_compare(lua, 1, 2, LUA_OPLT));
    return 1;
}

static int sort(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 2);
    if (lua_isnil(lua, 2)) {
        lua_pushcfunction(lua, is_less);
        lua_replace(lua, 2);
    }
    return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

static const luaL_Reg functions[] = {
    {"insert", charged},
    {"remove", charged},
    {"concat", charged},
    {"unpack", charged},
    {"move", move},
    {"sort", sort},
    {NULL, NULL},
};

void tables_open(lua_State *lua)
{
    luaL_requiref(lua, "table", luaopen_table, 0);
    lua_newtable(lua);
    for (const luaL_Reg *entry = functions; entry->name; entry++) {
        lua_getfield(lua, -2, entry->name);
        lua_pushcclosure(lua, entry->func, 1);
        lua_setfield(lua, -2, entry->name);
    }
    lua_getfield(lua, -2, "pack");
    lua_setfield(lua, -2, "pack");
    library_protect(lua);
    lua_setfield(lua, -3, "table");
    lua_pop(lua, 1);
}
