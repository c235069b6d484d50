/* module: a Lua file whose functions or actions a runbook uses: one it imports, or one of the standard
 * library, which is part of the program. */
#ifndef SCRIPT_MODULE_H
#define SCRIPT_MODULE_H

#include "script/sandbox.h"

struct module {
    char *path; /* as messages name it */
    const char *text;
    bool is_standard;
};

/* Known to this script, or of the standard library, which is then known; NULL. */
const struct module *module_find(struct script *script, const char *name);
/* An imported file: its name is that of the file. The source outlives the script. */
void module_add(struct script *script, const struct source *source);
void modules_fini(struct script *script);
/* Carry the file out with the environment on top of the stack, which it takes, and push what it returns.
 * Raises.
 */
void module_push(lua_State *lua, const char *name);

/* native.c: the helpers of code that are pure: base64, sha256, hmac, url. Fills the table on top. */
void natives_open(lua_State *lua);

#endif
