/* strings: the tables `string` and `utf8`. Each function pays for the bytes it is given before it looks at
 * them; the functions with patterns are our own (pattern.c), because Lua's can run for ever where no hook
 * sees them. */
#include "script/sandbox.h"

#include <lualib.h>

static const char *const string_names[] = {"byte", "char", "len", "lower", "reverse", "sub", "upper", NULL};
static const char *const utf8_names[] = {"char", "codes", "codepoint", "len", "offset", NULL};

/* Upvalue: the function of the standard library, which has no upvalues of its own. */
static int charged(lua_State *lua)
{
    size_t bytes = 0;

    for (int i = lua_gettop(lua); i > 0; i--)
        if (lua_type(lua, i) == LUA_TSTRING)
            bytes += lua_rawlen(lua, i);
    limit_charge(lua, 1 + bytes / BYTES_PER_INSTRUCTION);
    return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

/* Stack: the standard table, ours. */
static void add_charged(lua_State *lua, const char *const *names)
{
    for (; *names; names++) {
        lua_getfield(lua, -2, *names);
        lua_pushcclosure(lua, charged, 1);
        lua_setfield(lua, -2, *names);
    }
}

/* Nothing repeated a billion times is nothing, at once. */
static int repeat(lua_State *lua)
{
    size_t len, separator_len;

    luaL_checklstring(lua, 1, &len);
    luaL_checkinteger(lua, 2);
    luaL_optlstring(lua, 3, "", &separator_len);
    if (len + separator_len == 0) {
        lua_pushliteral(lua, "");
        return 1;
    }
    limit_charge(lua, 1);
    return lua_tocfunction(lua, lua_upvalueindex(1))(lua);
}

static bool shows_address(const char *format)
{
    for (; *format; format++) {
        if (*format != '%')
            continue;
        for (format++; *format && (*format == '.' || *format == '-' || *format == '+' || *format == ' ' ||
                                      *format == '#' || (*format >= '0' && *format <= '9'));
             format++)
            ;
        if (*format == 'p')
            return true;
        if (!*format)
            break;
    }
    return false;
}

/* Tables become text as interpolation shows them, never an address. */
static int format(lua_State *lua)
{
    int count = lua_gettop(lua);

    if (shows_address(luaL_checkstring(lua, 1)))
        return luaL_error(lua, "%%p is not known here: addresses differ from run to run");
    for (int i = 2; i <= count; i++) {
        int type = lua_type(lua, i);

        if (type != LUA_TTABLE && type != LUA_TUSERDATA && type != LUA_TFUNCTION)
            continue;
        lua_pushcfunction(lua, library_tostring);
        lua_pushvalue(lua, i);
        lua_call(lua, 1, 1);
        lua_replace(lua, i);
    }
    return charged(lua);
}

static void add_wrapped(lua_State *lua, const char *name, lua_CFunction function)
{
    lua_getfield(lua, -2, name);
    lua_pushcclosure(lua, function, 1);
    lua_setfield(lua, -2, name);
}

static const luaL_Reg patterns[] = {
    {"find", pattern_find},
    {"match", pattern_match},
    {"gmatch", pattern_gmatch},
    {"gsub", pattern_gsub},
    {NULL, NULL},
};

/* Texts find their methods in our table too. Stack: ours. */
static void replace_methods(lua_State *lua)
{
    lua_pushliteral(lua, "");
    lua_getmetatable(lua, -1);
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 2);
}

void strings_open(struct script *script)
{
    lua_State *lua = script->lua;

    luaL_requiref(lua, "string", luaopen_string, 0);
    lua_newtable(lua);
    add_charged(lua, string_names);
    add_wrapped(lua, "rep", repeat);
    add_wrapped(lua, "format", format);
    luaL_setfuncs(lua, patterns, 0);
    replace_methods(lua);
    library_protect(lua);
    lua_setfield(lua, -3, "string");
    lua_pop(lua, 1);

    luaL_requiref(lua, "utf8", luaopen_utf8, 0);
    lua_newtable(lua);
    add_charged(lua, utf8_names);
    lua_getfield(lua, -2, "charpattern");
    lua_setfield(lua, -2, "charpattern");
    library_protect(lua);
    lua_setfield(lua, -3, "utf8");
    lua_pop(lua, 1);
}
