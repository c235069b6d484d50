/* pattern: the functions of `string` that take a pattern. */
#include "script/match.h"

#include <ctype.h>
#include <string.h>

static size_t start_of(lua_Integer position, size_t len)
{
    if (position > 0)
        return (size_t)position - 1;
    if (position == 0 || position < -(lua_Integer)len)
        return 0;
    return len - (size_t)-position;
}

static int find_plain(
    lua_State *lua, const char *subject, size_t len, size_t from, const char *word, size_t word_len)
{
    const char *found;

    limit_charge(lua, 1 + len / BYTES_PER_INSTRUCTION);
    found = memmem(subject + from, len - from, word, word_len);
    if (!found) {
        lua_pushnil(lua);
        return 1;
    }
    lua_pushinteger(lua, found - subject + 1);
    lua_pushinteger(lua, found - subject + (lua_Integer)word_len);
    return 2;
}

static int search(lua_State *lua, bool positions)
{
    size_t len, pattern_len, from;
    const char *subject = luaL_checklstring(lua, 1, &len), *pattern = luaL_checklstring(lua, 2, &pattern_len);
    const char *s, *end;
    struct matcher matcher;
    bool anchored = pattern_len && *pattern == '^';

    from = start_of(luaL_optinteger(lua, 3, 1), len);
    if (from > len) {
        lua_pushnil(lua);
        return 1;
    }
    if (positions && (lua_toboolean(lua, 4) || !pattern_len || strcspn(pattern, "^$*+?.([%-") == pattern_len))
        return find_plain(lua, subject, len, from, pattern, pattern_len);
    match_start(&matcher, lua, subject, len, pattern, pattern_len);
    s = subject + from;
    do {
        end = match_at(&matcher, s, pattern + anchored);
        if (end && positions) {
            lua_pushinteger(lua, s - subject + 1);
            lua_pushinteger(lua, end - subject);
            return match_push_all(&matcher, NULL, NULL, false) + 2;
        }
        if (end)
            return match_push_all(&matcher, s, end, true);
    } while (s++ < matcher.subject_end && !anchored);
    lua_pushnil(lua);
    return 1;
}

int pattern_find(lua_State *lua)
{
    return search(lua, true);
}

int pattern_match(lua_State *lua)
{
    return search(lua, false);
}

/* Upvalues: subject, pattern, where to go on, where the last match ended (-1: none yet). */
static int next_match(lua_State *lua)
{
    size_t len, pattern_len;
    const char *subject = lua_tolstring(lua, lua_upvalueindex(1), &len);
    const char *pattern = lua_tolstring(lua, lua_upvalueindex(2), &pattern_len);
    const char *last = subject + lua_tointeger(lua, lua_upvalueindex(4));
    struct matcher matcher;

    match_start(&matcher, lua, subject, len, pattern, pattern_len);
    for (const char *s = subject + lua_tointeger(lua, lua_upvalueindex(3)); s <= matcher.subject_end; s++) {
        const char *end = match_at(&matcher, s, pattern);

        if (!end || end == last)
            continue;
        lua_pushinteger(lua, end - subject);
        lua_copy(lua, -1, lua_upvalueindex(3));
        lua_replace(lua, lua_upvalueindex(4));
        return match_push_all(&matcher, s, end, true);
    }
    return 0;
}

int pattern_gmatch(lua_State *lua)
{
    size_t len;

    luaL_checklstring(lua, 1, &len);
    luaL_checkstring(lua, 2);
    lua_pushinteger(lua, (lua_Integer)start_of(luaL_optinteger(lua, 3, 1), len));
    lua_replace(lua, 3);
    lua_settop(lua, 3);
    lua_pushinteger(lua, -1);
    lua_pushcclosure(lua, next_match, 4);
    return 1;
}

/* --- gsub --- */

/* "%1 and %%" with the captures put in. */
static void add_text(struct matcher *matcher, luaL_Buffer *buffer, const char *s, const char *end)
{
    lua_State *lua = matcher->lua;
    size_t len;
    const char *text = lua_tolstring(lua, 3, &len);

    for (const char *stop = text + len; text < stop; text++) {
        if (*text != '%') {
            luaL_addchar(buffer, *text);
        } else if (++text < stop && *text == '%') {
            luaL_addchar(buffer, '%');
        } else if (text < stop && *text == '0') {
            luaL_addlstring(buffer, s, (size_t)(end - s));
        } else if (text < stop && isdigit((unsigned char)*text)) {
            match_push(matcher, *text - '1', s, end);
            luaL_tolstring(lua, -1, NULL);
            lua_remove(lua, -2);
            luaL_addvalue(buffer);
        } else {
            luaL_error(lua, "invalid use of '%%' in replacement string");
        }
    }
}

/* What stands for one match. */
static void add_replacement(struct matcher *matcher, luaL_Buffer *buffer, const char *s, const char *end)
{
    lua_State *lua = matcher->lua;
    int type = lua_type(lua, 3);

    if (type == LUA_TSTRING || type == LUA_TNUMBER) {
        add_text(matcher, buffer, s, end);
        return;
    }
    if (type == LUA_TFUNCTION) {
        lua_pushvalue(lua, 3);
        lua_call(lua, match_push_all(matcher, s, end, true), 1);
    } else {
        match_push(matcher, 0, s, end);
        lua_gettable(lua, 3);
    }
    if (!lua_toboolean(lua, -1)) {
        lua_pop(lua, 1);
        luaL_addlstring(buffer, s, (size_t)(end - s));
    } else if (lua_isstring(lua, -1)) {
        luaL_addvalue(buffer);
    } else {
        luaL_error(lua, "invalid replacement value (a %s)", luaL_typename(lua, -1));
    }
}

int pattern_gsub(lua_State *lua)
{
    size_t len, pattern_len;
    const char *subject = luaL_checklstring(lua, 1, &len), *pattern = luaL_checklstring(lua, 2, &pattern_len);
    const char *s = subject, *last = NULL;
    lua_Integer most = luaL_optinteger(lua, 4, (lua_Integer)len + 1), count = 0;
    bool anchored = pattern_len && *pattern == '^';
    int type = lua_type(lua, 3);
    struct matcher matcher;
    luaL_Buffer buffer;

    if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TFUNCTION && type != LUA_TTABLE &&
        type != LUA_TUSERDATA)
        return luaL_error(
            lua, "gsub replaces by a text, a table or a function, not a %s", luaL_typename(lua, 3));
    if (type == LUA_TNUMBER)
        lua_tostring(lua, 3);
    match_start(&matcher, lua, subject, len, pattern, pattern_len);
    luaL_buffinit(lua, &buffer);
    while (count < most) {
        const char *end = match_at(&matcher, s, pattern + anchored);

        if (end && end != last) {
            count++;
            add_replacement(&matcher, &buffer, s, end);
            s = last = end;
        } else if (s < matcher.subject_end) {
            luaL_addchar(&buffer, *s++);
        } else {
            break;
        }
        if (anchored)
            break;
    }
    luaL_addlstring(&buffer, s, (size_t)(matcher.subject_end - s));
    luaL_pushresult(&buffer);
    lua_pushinteger(lua, count);
    return 2;
}
