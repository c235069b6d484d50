/* compile: from the text of expressions to functions, once. */
#include "script/compile.h"
#include "script/actions.h"
#include "script/lex.h"
#include "script/module.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool has_token(const char *text, const char *word)
{
    struct lexer lexer = {text};
    struct token token;

    if (!strstr(text, word))
        return false;
    while (lex_next(&lexer, &token))
        if (token_is(&token, word))
            return true;
    return false;
}

/* Leaves the function, or a message, on the stack. */
static int load(lua_State *lua, const char *before, const char *text, const char *after, const char *name)
{
    struct text code autotext = {0};

    text_puts(&code, before);
    text_puts(&code, text);
    text_puts(&code, after);
    return luaL_loadbufferx(lua, text_str(&code), code.len, name, "t");
}

int compile_load_on(lua_State *lua, const char *before, const char *text, const char *after, const char *name,
    struct err *err)
{
    /* It could be replaced there for all evaluations to come. */
    if (has_token(text, "_ENV"))
        return err_set(err, ERR_DENIED, "_ENV cannot be used");
    if (load(lua, before, text, after, name)) {
        err_set(err, ERR_EXPRESSION, "%s", lua_tostring(lua, -1));
        lua_pop(lua, 1);
        return ERR_EXPRESSION;
    }
    lua_rawgeti(lua, LUA_REGISTRYINDEX, script_of(lua)->environment);
    lua_setupvalue(lua, -2, 1);
    return 0;
}

int compile_load(struct script *script, const char *before, const char *text, const char *after,
    const char *name, struct err *err)
{
    return compile_load_on(script->lua, before, text, after, name, err);
}

/* Lua's message, for somebody who does not know how we called Lua. */
static struct pos clean(const struct expr *expr, struct err *err)
{
    static const char ends[] = "<eof> expected near ";
    int line;
    char message[sizeof(err->text)];
    const char *text, *eof;

    snprintf(message, sizeof(message), "%s", err->text);
    text = expr_message(message, &line);
    if (strncmp(text, ends, strlen(ends)) == 0) {
        err_set(err, ERR_EXPRESSION, "unexpected symbol near %s", text + strlen(ends));
        return expr_line(expr, line);
    }
    eof = strstr(text, "<eof>");
    if (eof)
        err_set(err, ERR_EXPRESSION, "%.*sthe end", (int)(eof - text), text);
    else
        err_set(err, ERR_EXPRESSION, "%s", text);
    return expr_line(expr, line);
}

/* Takes the function on top of the stack. */
static void keep(struct script *script, struct expr *expr)
{
    struct slot slot = {
        .function = luaL_ref(script->lua, LUA_REGISTRYINDEX),
        .may_loop = has_token(expr->text, "function"),
    };

    if (!script->slot_count)
        script->slot_count = 1; /* 0 is no slot */
    script->slots = mem_grow(script->slots, script->slot_count, &script->slot_cap, sizeof(*script->slots));
    expr->slot = (int)script->slot_count;
    script->slots[script->slot_count++] = slot;
    map_put(&script->texts, expr->text, (void *)(intptr_t)expr->slot);
}

/* The same text is the same function; how a shell uses its value may differ. */
static bool reuse(struct script *script, struct expr *expr)
{
    intptr_t slot = (intptr_t)map_get(&script->texts, expr->text);

    if (!slot)
        return false;
    script->slots = mem_grow(script->slots, script->slot_count, &script->slot_cap, sizeof(*script->slots));
    script->slots[script->slot_count] =
        (struct slot){.function = script->slots[slot].function, .may_loop = script->slots[slot].may_loop};
    expr->slot = (int)script->slot_count++;
    return true;
}

int compile_expr(struct script *script, struct expr *expr, struct pos *ret_pos, struct err *err)
{
    *ret_pos = expr->pos;
    script->memory_ceiling = 0;
    if (expr->text[strspn(expr->text, " \t\r\n")] == '\0')
        return err_set(err, ERR_EXPRESSION, "an expression is missing");
    if (reuse(script, expr))
        return 0;
    if (compile_load(script, "return (", expr->text, strstr(expr->text, "--") ? "\n)" : ")", "=expr", err) ==
        0) {
        keep(script, expr);
        return 0;
    }
    if (err->code == ERR_DENIED)
        return ERR_EXPRESSION;
    /* What Lua says of the text alone is clearer. */
    if (load(script->lua, "return ", expr->text, "", "=expr") == 0)
        err_set(err, ERR_EXPRESSION, "one expression is expected here");
    else
        err_set(err, ERR_EXPRESSION, "%s", lua_tostring(script->lua, -1));
    lua_pop(script->lua, 1);
    *ret_pos = clean(expr, err);
    return ERR_EXPRESSION;
}

int script_compile_one(struct script *script, struct expr *expr, struct err *err)
{
    struct pos pos;
    int code = compile_expr(script, expr, &pos, err);

    if (code)
        return err_wrap(err, "%" PRIu32 ":%" PRIu32, pos.line, pos.column);
    script->memory_compiled = script->memory_used;
    return 0;
}

/* --- books --- */

struct compiler {
    struct walker walker;
    struct script *script;
    struct diags *diags;
    struct references *references;
};

/* What people write who know other languages. */
static const struct {
    const char *near, *hint;
} habits[] = {
    {"near '='", "equality is written =="},
    {"near '!'", "\"not equal\" is written ~=, and \"not\" is a word"},
    {"near '&'", "\"and\" is a word"},
    {"near '|'", "\"or\" is a word"},
    {"near '?'", "a choice is written: condition and a or b"},
    {"near '$'", "an expression in an expression needs no ${{ }}"},
    {"near '{'", "an expression in an expression needs no ${{ }}"},
    {"<name> expected near",
        "a name that is a word of Lua, such as end, stands in brackets: params[\"end\"]"},
};

/* Behind the expression in its line stands a comment of YAML, which may have been meant as Lua's length. */
static bool is_cut_by_comment(const struct expr *expr)
{
    const char *line = expr->pos.source ? expr->pos.source->text : NULL, *at;

    for (uint32_t i = 1; line && i < expr->pos.line; i++) {
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
    at = line ? strstr(line, expr->text) : NULL;
    if (!at || (size_t)(at - line) > strcspn(line, "\n"))
        return false;
    at += strlen(expr->text);
    return *at == ' ' && at[strspn(at, " ")] == '#';
}

static void add_hint(struct diags *diags, struct diag *diag, const struct expr *expr, const char *message)
{
    if (is_cut_by_comment(expr)) {
        diag_hint(diags, diag, "in YAML \" #\" begins a comment: put quotes around the expression");
        return;
    }
    for (size_t i = 0; i < sizeof(habits) / sizeof(*habits); i++) {
        if (!strstr(message, habits[i].near))
            continue;
        diag_hint(diags, diag, "%s", habits[i].hint);
        return;
    }
}

static void on_expr(struct walker *walker, struct expr *expr, const struct place *place)
{
    struct compiler *compiler = (struct compiler *)walker;
    struct diag *diag;
    struct err err;
    struct pos pos;

    if (compiler->diags->len >= DIAGS_MAX) /* no more is shown, and to place a problem costs */
        return;
    if (compile_expr(compiler->script, expr, &pos, &err) == 0) {
        references_check(compiler->references, expr, place);
        return;
    }
    diag = diag_error(compiler->diags, pos, "expression", "%s", err.text);
    add_hint(compiler->diags, diag, expr, err.text);
}

static void on_shell(struct walker *walker, struct template *tmpl, const struct place *place)
{
    struct compiler *compiler = (struct compiler *)walker;

    shell_compile(compiler->script, tmpl, place, compiler->diags);
}

void script_compile(struct script *script, struct book *book, struct diags *diags)
{
    /* Nothing becomes garbage on the way. */
    lua_gc(script->lua, LUA_GCSTOP);
    for (size_t i = 0; i < book->document_count; i++) {
        struct compiler compiler = {
            .walker = {.on_expr = on_expr, .on_shell = on_shell},
            .script = script,
            .diags = diags,
            .references = references_new(book, book->documents[i], diags),
        };

        walk_document(&compiler.walker, book->documents[i]);
        references_free(compiler.references);
    }
    lua_gc(script->lua, LUA_GCRESTART);
    modules_add(script, book);
    actions_check(script, book, diags);
    script->memory_compiled = script->memory_used;
}
