/* helpers: the functions of the language that Lua does not have; those over lists are in lists.c. */
#include "script/sandbox.h"
#include "base/clock.h"
#include "base/duration.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* --- json --- */

static int json_encode(lua_State *lua)
{
    return convert_written(lua, "json", value_canonical);
}

static int json_call(lua_State *lua)
{
    lua_remove(lua, 1);
    return json_encode(lua);
}

/* A decoded value takes several times the room of its text, outside of Lua's memory: it is kept for as long
 * as the evaluation lasts, so the whole of what one evaluation decodes is capped. */
static int json_decode(lua_State *lua)
{
    size_t len;
    const char *text = luaL_checklstring(lua, 1, &len);
    json_error_t error;
    json_t *value;

    limit_charge(lua, 1 + len);
    if (len > script_of(lua)->limits.memory / 8)
        return luaL_error(lua, "json.decode: the text is too long");
    value = json_loadb(text, len, JSON_DECODE_ANY, &error);
    if (!value)
        return luaL_error(lua, "json.decode: %s at line %d, column %d", error.text, error.line, error.column);
    view_push(lua, view_own(script_of(lua), value));
    return 1;
}

static void add_json(lua_State *lua)
{
    lua_newtable(lua);
    lua_pushcfunction(lua, json_encode);
    lua_setfield(lua, -2, "encode");
    lua_pushcfunction(lua, json_decode);
    lua_setfield(lua, -2, "decode");
    library_protect(lua);
    lua_getmetatable(lua, -1);
    lua_pushcfunction(lua, json_call);
    lua_setfield(lua, -2, "__call");
    lua_pop(lua, 1);
    lua_setfield(lua, -2, "json");
}

/* --- time --- */

static void push_seconds(lua_State *lua, int64_t amount, int64_t per_second)
{
    if (amount % per_second == 0)
        lua_pushinteger(lua, amount / per_second);
    else
        lua_pushnumber(lua, (double)amount / (double)per_second);
}

static int duration(lua_State *lua)
{
    struct err err;
    int64_t ms;

    if (duration_parse(luaL_checkstring(lua, 1), &ms, &err))
        return luaL_error(lua, "duration: %s", err.text);
    push_seconds(lua, ms, 1000);
    return 1;
}

static int time_of(lua_State *lua)
{
    struct err err;
    int64_t us;

    if (instant_parse(luaL_checkstring(lua, 1), &us, &err))
        return luaL_error(lua, "time: %s", err.text);
    push_seconds(lua, us, 1000000);
    return 1;
}

/* --- text --- */

static void append(lua_State *lua, lua_Integer index, const char *from, const char *to)
{
    lua_pushlstring(lua, from, (size_t)(to - from));
    lua_rawseti(lua, -2, index);
}

static int split_words(lua_State *lua, const char *at, const char *end)
{
    lua_Integer count = 0;

    while (at < end) {
        const char *from;

        while (at < end && isspace((unsigned char)*at))
            at++;
        from = at;
        while (at < end && !isspace((unsigned char)*at))
            at++;
        if (at > from)
            append(lua, ++count, from, at);
    }
    return 1;
}

static int split(lua_State *lua)
{
    size_t len, separator_len = 0;
    const char *at = luaL_checklstring(lua, 1, &len), *end = at + len;
    const char *separator = luaL_optlstring(lua, 2, NULL, &separator_len), *found;
    lua_Integer count = 0;

    if (separator && !separator_len)
        return luaL_error(lua, "split: the separator is empty");
    limit_charge(lua, 1 + len / 8);
    lua_newtable(lua);
    if (!separator)
        return split_words(lua, at, end);
    while ((found = memmem(at, (size_t)(end - at), separator, separator_len))) {
        append(lua, ++count, at, found);
        at = found + separator_len;
    }
    append(lua, ++count, at, end);
    return 1;
}

static int trim(lua_State *lua)
{
    size_t len;
    const char *at = luaL_checklstring(lua, 1, &len), *end = at + len;

    limit_charge(lua, 1 + len / BYTES_PER_INSTRUCTION);
    while (at < end && isspace((unsigned char)*at))
        at++;
    while (end > at && isspace((unsigned char)end[-1]))
        end--;
    lua_pushlstring(lua, at, (size_t)(end - at));
    return 1;
}

/* Without the ends of lines; an end after the last line makes no further line. */
static int lines(lua_State *lua)
{
    size_t len;
    const char *at = luaL_checklstring(lua, 1, &len), *end = at + len;
    lua_Integer count = 0;

    limit_charge(lua, 1 + len / 8);
    lua_newtable(lua);
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at)), *next;

        stop = stop ? stop : end;
        next = stop + 1;
        if (stop > at && stop[-1] == '\r')
            stop--;
        append(lua, ++count, at, stop);
        at = next;
    }
    return 1;
}

/* --- numbers --- */

/* Half away from zero. */
static int round_(lua_State *lua)
{
    lua_Number number = luaL_checknumber(lua, 1), scale, rounded;
    lua_Integer digits = luaL_optinteger(lua, 2, 0);

    luaL_argcheck(lua, digits >= -15 && digits <= 15, 2, "between -15 and 15 digits");
    if (lua_isinteger(lua, 1) && digits >= 0) {
        lua_settop(lua, 1);
        return 1;
    }
    scale = pow(10, (double)digits);
    rounded = round(number * scale) / scale;
    if (digits <= 0 && fabs(rounded) < 9e15)
        lua_pushinteger(lua, (lua_Integer)rounded);
    else
        lua_pushnumber(lua, rounded);
    return 1;
}

static int percent(lua_State *lua)
{
    lua_Number part = luaL_checknumber(lua, 1), whole = luaL_checknumber(lua, 2);

    if (whole == 0)
        return luaL_error(lua, "percent: the whole is 0");
    lua_pushnumber(lua, part / whole * 100);
    return 1;
}

static int fallback(lua_State *lua)
{
    luaL_checkany(lua, 2);
    lua_settop(lua, 2);
    if (!lua_isnil(lua, 1))
        lua_settop(lua, 1);
    return 1;
}

static const luaL_Reg functions[] = {
    {"duration", duration},
    {"time", time_of},
    {"match", pattern_match},
    {"split", split},
    {"trim", trim},
    {"lines", lines},
    {"default", fallback},
    {"round", round_},
    {"percent", percent},
    {NULL, NULL},
};

void helpers_open(lua_State *lua)
{
    luaL_setfuncs(lua, functions, 0);
    add_json(lua);
    lists_open(lua);
}
