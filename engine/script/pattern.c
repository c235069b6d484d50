/* pattern: Lua's patterns (reference manual, section 6.4.1), matched by our own code, which counts its steps:
 * a pattern such as ("a*"):rep(20) would otherwise keep the engine busy for ever in one call. */
#include "script/sandbox.h"

#include <ctype.h>
#include <string.h>

enum {
    CAPTURES = 32,
    DEPTH = 200,   /* of the recursion over pattern items */
    STEPS = 1024,  /* how many are charged at a time */
    POSITION = -2, /* a capture's length: () */
    OPEN = -1,     /* … and: not closed yet */
};

struct capture {
    const char *start;
    ptrdiff_t len;
};

struct matcher {
    lua_State *lua;
    const char *subject, *subject_end;
    const char *pattern_end;
    int depth;
    unsigned steps;
    int count;
    struct capture captures[CAPTURES];
};

static void step(struct matcher *matcher)
{
    if (++matcher->steps < STEPS)
        return;
    matcher->steps = 0;
    limit_charge(matcher->lua, STEPS);
}

static int fail(struct matcher *matcher, const char *text)
{
    return luaL_error(matcher->lua, "malformed pattern (%s)", text);
}

/* --- single characters --- */

/* The end of the item that begins at `p`: a character, %x or [set]. */
static const char *item_end(struct matcher *matcher, const char *p)
{
    char first = *p++;

    if (first == '%') {
        if (p == matcher->pattern_end)
            fail(matcher, "ends with '%'");
        return p + 1;
    }
    if (first != '[')
        return p;
    if (p < matcher->pattern_end && *p == '^')
        p++;
    do { /* the first character of a set may be a ']' */
        if (p == matcher->pattern_end)
            fail(matcher, "missing ']'");
        if (*p++ == '%') {
            if (p == matcher->pattern_end)
                fail(matcher, "missing ']'");
            p++;
        }
    } while (p == matcher->pattern_end || *p != ']');
    return p + 1;
}

static bool in_class(unsigned char c, char class_)
{
    bool is;

    switch (tolower((unsigned char)class_)) {
    case 'a':
        is = isalpha(c);
        break;
    case 'c':
        is = iscntrl(c);
        break;
    case 'd':
        is = isdigit(c);
        break;
    case 'g':
        is = isgraph(c);
        break;
    case 'l':
        is = islower(c);
        break;
    case 'p':
        is = ispunct(c);
        break;
    case 's':
        is = isspace(c);
        break;
    case 'u':
        is = isupper(c);
        break;
    case 'w':
        is = isalnum(c);
        break;
    case 'x':
        is = isxdigit(c);
        break;
    default:
        return (unsigned char)class_ == c;
    }
    return isupper((unsigned char)class_) ? !is : is;
}

/* `p` is at '[', `last` at the ']' that ends the set. */
static bool in_set(struct matcher *matcher, unsigned char c, const char *p, const char *last)
{
    bool wanted = true;

    if (*++p == '^') {
        wanted = false;
        p++;
    }
    for (; p < last; p++) {
        step(matcher);
        if (*p == '%') {
            if (in_class(c, *++p))
                return wanted;
        } else if (p[1] == '-' && p + 2 < last) {
            if ((unsigned char)p[0] <= c && c <= (unsigned char)p[2])
                return wanted;
            p += 2;
        } else if ((unsigned char)*p == c) {
            return wanted;
        }
    }
    return !wanted;
}

static bool matches_one(struct matcher *matcher, const char *s, const char *p, const char *end)
{
    step(matcher);
    if (s >= matcher->subject_end)
        return false;
    switch (*p) {
    case '.':
        return true;
    case '%':
        return in_class((unsigned char)*s, p[1]);
    case '[':
        return in_set(matcher, (unsigned char)*s, p, end - 1);
    default:
        return *p == *s;
    }
}

/* --- items; each returns where the match of the whole rest ends, or NULL --- */

static const char *match(struct matcher *matcher, const char *s, const char *p);

static const char *match_balanced(struct matcher *matcher, const char *s, const char *p)
{
    int open = 1;

    if (matcher->pattern_end - p < 2)
        fail(matcher, "missing arguments to '%b'");
    if (s >= matcher->subject_end || *s != p[0])
        return NULL;
    while (++s < matcher->subject_end) {
        step(matcher);
        if (*s == p[1]) {
            if (--open == 0)
                return match(matcher, s + 1, p + 2);
        } else if (*s == p[0]) {
            open++;
        }
    }
    return NULL;
}

static const char *match_frontier(struct matcher *matcher, const char *s, const char *p)
{
    unsigned char before = s == matcher->subject ? '\0' : (unsigned char)s[-1];
    unsigned char here = s < matcher->subject_end ? (unsigned char)*s : '\0';
    const char *end;

    if (p >= matcher->pattern_end || *p != '[')
        fail(matcher, "missing '[' after '%f'");
    end = item_end(matcher, p);
    if (in_set(matcher, before, p, end - 1) || !in_set(matcher, here, p, end - 1))
        return NULL;
    return match(matcher, s, end);
}

static const char *match_back(struct matcher *matcher, const char *s, const char *p)
{
    int index = *p - '1';
    size_t len;

    if (index < 0 || index >= matcher->count || matcher->captures[index].len == OPEN)
        luaL_error(matcher->lua, "invalid capture index %%%d", index + 1);
    if (matcher->captures[index].len == POSITION)
        return NULL;
    len = (size_t)matcher->captures[index].len;
    limit_charge(matcher->lua, 1 + len / BYTES_PER_INSTRUCTION);
    if ((size_t)(matcher->subject_end - s) < len || memcmp(matcher->captures[index].start, s, len) != 0)
        return NULL;
    return match(matcher, s + len, p + 1);
}

static const char *open_capture(struct matcher *matcher, const char *s, const char *p)
{
    bool is_position = p < matcher->pattern_end && *p == ')';
    const char *end;

    if (matcher->count >= CAPTURES)
        luaL_error(matcher->lua, "too many captures");
    matcher->captures[matcher->count++] = (struct capture){s, is_position ? POSITION : OPEN};
    end = match(matcher, s, p + is_position);
    if (!end)
        matcher->count--;
    return end;
}

static const char *close_capture(struct matcher *matcher, const char *s, const char *p)
{
    int index = matcher->count - 1;
    const char *end;

    while (index >= 0 && matcher->captures[index].len != OPEN)
        index--;
    if (index < 0)
        luaL_error(matcher->lua, "invalid pattern capture");
    matcher->captures[index].len = s - matcher->captures[index].start;
    end = match(matcher, s, p);
    if (!end)
        matcher->captures[index].len = OPEN;
    return end;
}

static const char *match_most(
    struct matcher *matcher, const char *s, const char *p, const char *end, ptrdiff_t least)
{
    ptrdiff_t count = 0;

    while (matches_one(matcher, s + count, p, end))
        count++;
    for (; count >= least; count--) {
        const char *found = match(matcher, s + count, end + 1);

        if (found)
            return found;
    }
    return NULL;
}

static const char *match_least(struct matcher *matcher, const char *s, const char *p, const char *end)
{
    for (;; s++) {
        const char *found = match(matcher, s, end + 1);

        if (found)
            return found;
        if (!matches_one(matcher, s, p, end))
            return NULL;
    }
}

/* A single character with what may follow it. NULL and `*ret_next` set: go on there in the same loop. */
static const char *match_item(
    struct matcher *matcher, const char *s, const char *p, const char **ret_s, const char **ret_p)
{
    const char *end = item_end(matcher, p), *found;
    char suffix = end < matcher->pattern_end ? *end : '\0';

    *ret_s = NULL;
    switch (suffix) {
    case '*':
        return match_most(matcher, s, p, end, 0);
    case '+':
        return match_most(matcher, s, p, end, 1);
    case '-':
        return match_least(matcher, s, p, end);
    case '?':
        if (matches_one(matcher, s, p, end) && (found = match(matcher, s + 1, end + 1)))
            return found;
        *ret_s = s;
        *ret_p = end + 1;
        return NULL;
    default:
        if (!matches_one(matcher, s, p, end))
            return NULL;
        *ret_s = s + 1;
        *ret_p = end;
        return NULL;
    }
}

/* The items that are no single character. False: it is one. */
static bool match_special(struct matcher *matcher, const char *s, const char *p, const char **ret_end)
{
    char next = p + 1 < matcher->pattern_end ? p[1] : '\0';

    if (*p == '(')
        *ret_end = open_capture(matcher, s, p + 1);
    else if (*p == ')')
        *ret_end = close_capture(matcher, s, p + 1);
    else if (*p == '$' && p + 1 == matcher->pattern_end)
        *ret_end = s == matcher->subject_end ? s : NULL;
    else if (*p == '%' && next == 'b')
        *ret_end = match_balanced(matcher, s, p + 2);
    else if (*p == '%' && next == 'f')
        *ret_end = match_frontier(matcher, s, p + 2);
    else if (*p == '%' && isdigit((unsigned char)next))
        *ret_end = match_back(matcher, s, p + 1);
    else
        return false;
    return true;
}

static const char *match(struct matcher *matcher, const char *s, const char *p)
{
    const char *end = NULL;

    if (++matcher->depth > DEPTH)
        luaL_error(matcher->lua, "pattern too complex");
    for (;;) {
        step(matcher);
        if (p == matcher->pattern_end) {
            end = s;
            break;
        }
        if (match_special(matcher, s, p, &end))
            break;
        end = match_item(matcher, s, p, &s, &p);
        if (end || !s)
            break;
    }
    matcher->depth--;
    return end;
}

/* --- what is done with a match --- */

static void start(struct matcher *matcher, lua_State *lua, const char *subject, size_t len,
    const char *pattern, size_t pattern_len)
{
    *matcher = (struct matcher){
        .lua = lua,
        .subject = subject,
        .subject_end = subject + len,
        .pattern_end = pattern + pattern_len,
    };
}

static const char *match_at(struct matcher *matcher, const char *s, const char *p)
{
    matcher->count = 0;
    matcher->depth = 0;
    return match(matcher, s, p);
}

static void push_capture(struct matcher *matcher, int index, const char *s, const char *end)
{
    const struct capture *capture = &matcher->captures[index];

    if (index >= matcher->count) {
        if (index != 0)
            luaL_error(matcher->lua, "invalid capture index %%%d", index + 1);
        lua_pushlstring(matcher->lua, s, (size_t)(end - s));
    } else if (capture->len == POSITION) {
        lua_pushinteger(matcher->lua, capture->start - matcher->subject + 1);
    } else if (capture->len == OPEN) {
        luaL_error(matcher->lua, "unfinished capture");
    } else {
        lua_pushlstring(matcher->lua, capture->start, (size_t)capture->len);
    }
}

/* The captures, or the whole match when there are none. */
static int push_captures(struct matcher *matcher, const char *s, const char *end, bool whole)
{
    int count = matcher->count == 0 && whole ? 1 : matcher->count;

    luaL_checkstack(matcher->lua, count, "too many captures");
    for (int i = 0; i < count; i++)
        push_capture(matcher, i, s, end);
    return count;
}

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
    start(&matcher, lua, subject, len, pattern, pattern_len);
    s = subject + from;
    do {
        end = match_at(&matcher, s, pattern + anchored);
        if (end && positions) {
            lua_pushinteger(lua, s - subject + 1);
            lua_pushinteger(lua, end - subject);
            return push_captures(&matcher, NULL, NULL, false) + 2;
        }
        if (end)
            return push_captures(&matcher, s, end, true);
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

    start(&matcher, lua, subject, len, pattern, pattern_len);
    for (const char *s = subject + lua_tointeger(lua, lua_upvalueindex(3)); s <= matcher.subject_end; s++) {
        const char *end = match_at(&matcher, s, pattern);

        if (!end || end == last)
            continue;
        lua_pushinteger(lua, end - subject);
        lua_copy(lua, -1, lua_upvalueindex(3));
        lua_replace(lua, lua_upvalueindex(4));
        return push_captures(&matcher, s, end, true);
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
            push_capture(matcher, *text - '1', s, end);
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
        lua_call(lua, push_captures(matcher, s, end, true), 1);
    } else {
        push_capture(matcher, 0, s, end);
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
    start(&matcher, lua, subject, len, pattern, pattern_len);
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
