/* helpers: the functions of the language that Lua does not have. Those over lists take tables and the values
 * of a run alike, and go through maps in the order of their keys. */
#include "script/sandbox.h"
#include "base/clock.h"
#include "base/duration.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* --- json --- */

static int json_encode(lua_State *lua)
{
    struct script *script = script_of(lua);
    struct err err;
    json_t *value;

    luaL_checkany(lua, 1);
    value = convert_value(lua, 1, &err);
    if (!value)
        return luaL_error(lua, "json: %s", err.text);
    view_own(script, value);
    text_clear(&script->scratch);
    value_canonical(value, &script->scratch);
    limit_charge(lua, 1 + script->scratch.len / BYTES_PER_INSTRUCTION);
    lua_pushlstring(lua, text_str(&script->scratch), script->scratch.len);
    return 1;
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

/* --- lists and maps --- */

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
    {"default", fallback},
    {"round", round_},
    {"percent", percent},
    {NULL, NULL},
};

void helpers_open(lua_State *lua)
{
    luaL_setfuncs(lua, functions, 0);
    add_json(lua);
}
