/* convert: what an expression came to, as a JSON value or as text. Nothing here raises a Lua error or calls
 * back into Lua, so it may run outside lua_pcall and hold memory. Sizes are capped: a table can hold itself
 * many times over. */
#include "script/sandbox.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NODE_BYTES = 64 };

struct conversion {
    lua_State *lua;
    struct err *err;
    size_t room; /* bytes the value may still take */
    size_t views;
    int depth;
};

static json_t *refuse(struct conversion *conversion, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static json_t *refuse(struct conversion *conversion, const char *format, ...)
{
    char text[200];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    err_set(conversion->err, ERR_EXPRESSION, "%s", text);
    return NULL;
}

static bool take_room(struct conversion *conversion, size_t bytes)
{
    bytes += NODE_BYTES;
    if (bytes > conversion->room) {
        err_set(conversion->err, ERR_EXPRESSION, "the value is too large");
        return false;
    }
    conversion->room -= bytes;
    return true;
}

/* Also what a view holds counts once there are several: the same large value may be shown many times. */
static bool take_room_of(struct conversion *conversion, const json_t *json)
{
    const char *key;
    json_t *value;
    bool fits = take_room(conversion, json_string_length(json));

    for (size_t i = 0; fits && i < json_array_size(json); i++)
        fits = take_room_of(conversion, json_array_get(json, i));
    json_object_foreach((json_t *)json, key, value)
    {
        fits = fits && take_room(conversion, strlen(key)) && take_room_of(conversion, value);
        if (!fits)
            break;
    }
    return fits;
}

static json_t *of_any(struct conversion *conversion, int index);

static json_t *of_object(struct conversion *conversion, int index)
{
    const struct object *object = view_object(conversion->lua, index);
    json_t *json = view_json(conversion->lua, object);

    if (!json)
        return refuse(conversion, "%s is not a value: name what you want of it",
            object->type == META_STEPS ? "\"steps\"" : "\"secrets\"");
    if (conversion->views++ && !take_room_of(conversion, json))
        return NULL;
    return json_incref(json);
}

static json_t *of_number(struct conversion *conversion, int index)
{
    lua_Number number;

    if (lua_isinteger(conversion->lua, index))
        return json_integer(lua_tointegerx(conversion->lua, index, NULL));
    number = lua_tonumberx(conversion->lua, index, NULL);
    if (!isfinite(number))
        return refuse(conversion, "%s is not a number that can be kept", isnan(number) ? "nan" : "infinity");
    return json_real(number);
}

static json_t *of_string(struct conversion *conversion, int index)
{
    size_t len;
    const char *bytes = lua_tolstring(conversion->lua, index, &len);

    return take_room(conversion, len) ? value_string(bytes, len) : NULL;
}

static json_t *of_list(struct conversion *conversion, int index, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 1; i <= count; i++) {
        json_t *item;

        lua_rawgeti(conversion->lua, index, (lua_Integer)i);
        item = of_any(conversion, lua_gettop(conversion->lua));
        lua_pop(conversion->lua, 1);
        if (!item) {
            json_decref(list);
            return NULL;
        }
        json_array_append_new(list, item);
    }
    return list;
}

/* The key on the stack as a map's key, or NULL. */
static json_t *key_of(struct conversion *conversion, int index)
{
    int type = lua_type(conversion->lua, index);

    if (type == LUA_TSTRING)
        return of_string(conversion, index);
    if (lua_isinteger(conversion->lua, index))
        return refuse(conversion,
            "a table with holes, or with both names and numbers for keys, is neither a list nor "
            "a map (key %lld)",
            (long long)lua_tointegerx(conversion->lua, index, NULL));
    return refuse(conversion, "a key of a map is a text, not a %s", lua_typename(conversion->lua, type));
}

static json_t *of_map(struct conversion *conversion, int index)
{
    lua_State *lua = conversion->lua;
    json_t *map = json_object();

    lua_pushnil(lua);
    while (lua_next(lua, index)) {
        int top = lua_gettop(lua);
        json_t *key = key_of(conversion, top - 1), *value = key ? of_any(conversion, top) : NULL;

        if (value)
            json_object_set_new_nocheck(map, json_string_value(key), value);
        json_decref(key);
        if (!value) {
            lua_settop(lua, top - 2);
            json_decref(map);
            return NULL;
        }
        lua_settop(lua, top - 1);
    }
    return map;
}

/* A list when its keys are exactly 1 to n; the empty table is the empty list. */
static bool is_list(lua_State *lua, int index, size_t *ret_count)
{
    size_t entries = 0, border = lua_rawlen(lua, index);

    lua_pushnil(lua);
    while (lua_next(lua, index)) {
        lua_pop(lua, 1);
        if (!lua_isinteger(lua, -1)) {
            lua_pop(lua, 1);
            return false;
        }
        entries++;
    }
    *ret_count = border;
    return entries == border;
}

static json_t *of_table(struct conversion *conversion, int index)
{
    size_t count;
    json_t *json;

    if (conversion->depth >= VALUE_DEPTH)
        return refuse(conversion, "the table contains itself, or is nested more than 64 deep");
    if (!lua_checkstack(conversion->lua, 8))
        return refuse(conversion, "the table is nested too deep");
    if (!take_room(conversion, 0))
        return NULL;
    conversion->depth++;
    json = is_list(conversion->lua, index, &count) ? of_list(conversion, index, count)
                                                   : of_map(conversion, index);
    conversion->depth--;
    return json;
}

/* `index` is absolute. */
static json_t *of_any(struct conversion *conversion, int index)
{
    int type = lua_type(conversion->lua, index);

    if (!take_room(conversion, 0))
        return NULL;
    switch (type) {
    case LUA_TNIL:
        return json_null();
    case LUA_TBOOLEAN:
        return json_boolean(lua_toboolean(conversion->lua, index));
    case LUA_TNUMBER:
        return of_number(conversion, index);
    case LUA_TSTRING:
        return of_string(conversion, index);
    case LUA_TTABLE:
        return of_table(conversion, index);
    case LUA_TUSERDATA:
        return of_object(conversion, index);
    default:
        return refuse(conversion, "a %s cannot be a value", lua_typename(conversion->lua, type));
    }
}

json_t *convert_value(lua_State *lua, int index, struct err *err)
{
    struct conversion conversion = {.lua = lua, .err = err, .room = script_of(lua)->limits.memory};

    return of_any(&conversion, lua_absindex(lua, index));
}

int convert_text(lua_State *lua, int index, struct text *text, struct err *err)
{
    json_t *value autovalue = NULL;

    if (lua_type(lua, index) == LUA_TSTRING) {
        size_t len;
        const char *bytes = lua_tolstring(lua, index, &len);

        text_add_utf8(text, bytes, len);
        return 0;
    }
    value = convert_value(lua, index, err);
    if (!value)
        return ERR_EXPRESSION;
    if (!value_to_text(value, text))
        return err_set(
            err, ERR_EXPRESSION, "the expression is nil, which is no text; default(…, \"\") gives one");
    return 0;
}

int convert_written(lua_State *lua, const char *name, void (*write)(const json_t *value, struct text *text))
{
    struct script *script = script_of(lua);
    struct err err;
    json_t *value;

    luaL_checkany(lua, 1);
    value = convert_value(lua, 1, &err);
    if (!value)
        return luaL_error(lua, "%s: %s", name, err.text);
    view_own(script, value);
    text_clear(&script->scratch);
    write(value, &script->scratch);
    limit_charge(lua, 1 + script->scratch.len / BYTES_PER_INSTRUCTION);
    lua_pushlstring(lua, text_str(&script->scratch), script->scratch.len);
    return 1;
}
