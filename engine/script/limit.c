/* limit: instructions and memory. A cap that was reached stays reached until the evaluation ends, whatever
 * the expression does about it: the hook then fails every further instruction, and `pcall` passes the failure
 * on. */
#include "script/sandbox.h"

#include <stdlib.h>

static const char too_long[] = "the expression runs too long";
const char limit_too_big[] = "the expression needs too much memory";

static void note_text(struct script *script, size_t size)
{
    if (size > script->longest) {
        script->second = script->longest;
        script->longest = size;
    } else if (size > script->second) {
        script->second = size;
    }
}

/* Copying is work that no hook sees; it is charged where its memory is taken. */
void *limit_allocate(void *context, void *ptr, size_t old_size, size_t new_size)
{
    struct script *script = context;
    size_t had = ptr ? old_size : 0;
    void *moved;

    if (new_size == 0) {
        script->memory_used -= had;
        free(ptr);
        return NULL;
    }
    if (new_size > had && script->memory_ceiling &&
        script->memory_used + (new_size - had) > script->memory_ceiling)
        return NULL;
    /* For a new object Lua says in old_size what it is. */
    if (!ptr && old_size == LUA_TSTRING && script->memory_ceiling && new_size > script->limits.memory / 8)
        return NULL;
    moved = realloc(ptr, new_size);
    if (!moved)
        return NULL;
    script->memory_used += new_size - had;
    script->budget -= (int64_t)(new_size / BYTES_PER_INSTRUCTION);
    if (!ptr && old_size == LUA_TSTRING)
        note_text(script, new_size);
    return moved;
}

int limit_raise(lua_State *lua, const char *what)
{
    struct script *script = script_of(lua);

    if (!script->exhausted)
        script->exhausted = what;
    luaL_where(lua, 0);
    if (!*lua_tostring(lua, -1))
        luaL_where(lua, 1);
    lua_pushstring(lua, script->exhausted);
    lua_concat(lua, 2);
    lua_error(lua);
    abort();
}

static void on_count(lua_State *lua, lua_Debug *activation)
{
    struct script *script = script_of(lua);

    (void)activation;
    /* Comparing two texts is one instruction, however long they are: as long as the shorter of two. */
    script->budget -= HOOK_STEP * (int64_t)(1 + script->second / COMPARE_BYTES);
    if (script->budget > 0 && !script->exhausted)
        return;
    lua_sethook(lua, on_count, LUA_MASKCOUNT, 1);
    limit_raise(lua, too_long);
}

void limit_begin(struct script *script, bool may_loop)
{
    script->budget = script->limits.instructions;
    script->longest = script->second = 0;
    script->exhausted = NULL;
    script->memory_ceiling = script->memory_compiled + script->limits.memory;
    if (may_loop)
        lua_sethook(script->lua, on_count, LUA_MASKCOUNT, HOOK_STEP);
    else if (script->is_hooked)
        lua_sethook(script->lua, NULL, 0, 0);
    script->is_hooked = may_loop;
}

void limit_watch(lua_State *lua)
{
    lua_sethook(lua, on_count, LUA_MASKCOUNT, HOOK_STEP);
}

void limit_charge(lua_State *lua, size_t instructions)
{
    struct script *script = script_of(lua);

    script->budget -= (int64_t)instructions;
    if (script->budget <= 0 || script->exhausted)
        limit_raise(lua, too_long);
}
