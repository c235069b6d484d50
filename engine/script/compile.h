/* compile: what happens to a book once, before it runs. */
#ifndef SCRIPT_COMPILE_H
#define SCRIPT_COMPILE_H

#include "script/sandbox.h"
#include "script/walk.h"

/* Sets expr->slot. On failure `ret_pos` is the place of the mistake and `err` says what it is, without the
 * place. */
int compile_expr(struct script *script, struct expr *expr, struct pos *ret_pos, struct err *err);
/* Push the function of a chunk of text. */
int compile_load(struct script *script, const char *before, const char *text, const char *after,
    const char *name, struct err *err);
int compile_load_on(lua_State *lua, const char *before, const char *text, const char *after, const char *name,
    struct err *err);

/* references.c: do the names in an expression mean something where it stands? */
struct references;
struct references *references_new(const struct book *book, struct document *document, struct diags *diags);
void references_free(struct references *references);
void references_check(struct references *references, const struct expr *expr, const struct place *place);

/* shell.c: a script with ${{ }} becomes one with references to environment variables. */
void shell_compile(
    struct script *script, struct template *tmpl, const struct place *place, struct diags *diags);
/* Which items of a SHELL template are handed to a program as arguments: an element per item. */
void shell_arguments(const struct template *tmpl, bool *ret_is_argument);

#endif
