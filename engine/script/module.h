/* module: a Lua file whose functions or actions a runbook uses: one it imports, or one of the standard
 * library, which is part of the program. */
#ifndef SCRIPT_MODULE_H
#define SCRIPT_MODULE_H

#include "script/sandbox.h"

struct module {
    char *path; /* as messages name it */
    const char *text;
    const struct source *source; /* of the book's, or NULL: only the program has it */
    struct declared *declared;   /* what its actions say of themselves, once it was asked: actions.c */
};

/* Known to this script, or of the standard library, which is then known; NULL. */
struct module *module_find(struct script *script, const char *name);
/* The Lua files of a book, each named as its file is, and those of the standard library whose text it has.
 * The book outlives the script. */
void modules_add(struct script *script, const struct book *book);
void modules_fini(struct script *script);
/* The names of the standard library and of the imported files, sorted. The array is the caller's to free. */
const char **module_names(const struct script *script, size_t *ret_count);
/* Carry the file out with the environment on top of the stack, which it takes, and push what it returns.
 * Raises.
 */
void module_push(lua_State *lua, const char *name);

/* native.c: the helpers of code that are pure: base64, yaml, sha256, hmac. Fills the table on top. */
void natives_open(lua_State *lua);

#endif
