/* match: Lua's patterns (reference manual, section 6.4.1), matched by our own code, which counts its steps: a
 * pattern such as ("a*"):rep(20) would otherwise keep the engine busy for ever in one call. */
#ifndef SCRIPT_MATCH_H
#define SCRIPT_MATCH_H

#include "script/sandbox.h"

enum { CAPTURES = 32 };

struct capture {
    const char *start;
    ptrdiff_t len; /* or one of match.c's marks */
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

void match_start(struct matcher *matcher, lua_State *lua, const char *subject, size_t len,
    const char *pattern, size_t pattern_len);
/* Where a match of the pattern `p` that begins at `s` ends, or NULL. */
const char *match_at(struct matcher *matcher, const char *s, const char *p);
/* Push one capture of the match from `s` to `end`; the first of none is the whole. */
void match_push(struct matcher *matcher, int index, const char *s, const char *end);
/* Push all; `whole`: the whole match when there are none. Returns how many. */
int match_push_all(struct matcher *matcher, const char *s, const char *end, bool whole);

#endif
