#include "script/match.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

enum {
    DEPTH = 200,   /* of the recursion over the items of a pattern */
    STEPS = 1024,  /* how many are charged at a time */
    POSITION = -2, /* a capture's length: () */
    OPEN = -1,     /* … and: not closed yet */
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
    assert(s);
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

void match_start(struct matcher *matcher, lua_State *lua, const char *subject, size_t len,
    const char *pattern, size_t pattern_len)
{
    *matcher = (struct matcher){
        .lua = lua,
        .subject = subject,
        .subject_end = subject + len,
        .pattern_end = pattern + pattern_len,
    };
}

const char *match_at(struct matcher *matcher, const char *s, const char *p)
{
    matcher->count = 0;
    matcher->depth = 0;
    return match(matcher, s, p);
}

void match_push(struct matcher *matcher, int index, const char *s, const char *end)
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
int match_push_all(struct matcher *matcher, const char *s, const char *end, bool whole)
{
    int count = matcher->count == 0 && whole ? 1 : matcher->count;

    luaL_checkstack(matcher->lua, count, "too many captures");
    for (int i = 0; i < count; i++)
        match_push(matcher, i, s, end);
    return count;
}
