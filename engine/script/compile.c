/* compile: from the text of expressions to functions, once, and from there to places in the runbook again. */
#include "script/compile.h"
#include "script/lex.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- places --- */

static const char *line_of(const struct source *source, uint32_t line)
{
    const char *at = source ? source->text : NULL;

    for (; at && line > 1; line--) {
        at = strchr(at, '\n');
        at = at ? at + 1 : NULL;
    }
    return at;
}

static uint32_t characters(const char *from, size_t len)
{
    uint32_t count = 0;

    for (size_t i = 0; i < len; i++)
        count += ((unsigned char)from[i] & 0xC0) != 0x80;
    return count;
}

const char *expr_message(const char *message, int *ret_line)
{
    char *end;
    long line;

    *ret_line = 1;
    if (strncmp(message, "expr:", 5) != 0)
        return message;
    line = strtol(message + 5, &end, 10);
    if (end[0] != ':' || end[1] != ' ')
        return message;
    *ret_line = (int)line;
    return end + 2;
}

struct pos expr_line(const struct expr *expr, int line)
{
    struct pos pos = expr->pos;
    const char *text, *at = expr->text;
    int last = 1; /* Lua may name the line after the last one: we put a bracket there */

    while (*at && last < line)
        last += *at++ == '\n';
    line = last;
    if (line <= 1)
        return pos;
    pos.line += (uint32_t)line - 1;
    pos.column = 1;
    text = line_of(pos.source, pos.line);
    if (text)
        pos.column += (uint32_t)strspn(text, " ");
    return pos;
}

/* Does the source have these bytes at this place? */
static bool stands_at(const struct pos *pos, const char *bytes, size_t len)
{
    const char *at = line_of(pos->source, pos->line);

    if (!at)
        return true;
    for (uint32_t column = 1; column < pos->column && *at && *at != '\n'; column++)
        for (at++; ((unsigned char)*at & 0xC0) == 0x80; at++)
            ;
    return strncmp(at, bytes, len) == 0;
}

/* A text that YAML folded or unescaped is not in the source as it is: then the expression's own place has to
 * do. */
struct pos expr_pos(const struct expr *expr, const char *token, size_t len)
{
    const char *start = expr->text;
    int line = 1;
    struct pos pos;

    for (const char *at = expr->text; at < token; at++) {
        if (*at == '\n') {
            start = at + 1;
            line++;
        }
    }
    pos = expr_line(expr, line);
    if (line > 1)
        start += strspn(start, " ");
    pos.column += token > start ? characters(start, (size_t)(token - start)) : 0;
    pos.length = characters(token, len);
    return stands_at(&pos, token, len) ? pos : expr->pos;
}

/* --- functions --- */

static bool has_token(const char *text, const char *word)
{
    struct lexer lexer = {text};
    struct token token;

    while (lex_next(&lexer, &token))
        if (token_is(&token, word))
            return true;
    return false;
}

/* Leaves the function, or a message, on the stack. */
static int load(
    struct script *script, const char *before, const char *text, const char *after, const char *name)
{
    struct text code autotext = {0};

    text_puts(&code, before);
    text_puts(&code, text);
    text_puts(&code, after);
    return luaL_loadbufferx(script->lua, text_str(&code), code.len, name, "t");
}

int compile_load(struct script *script, const char *before, const char *text, const char *after,
    const char *name, struct err *err)
{
    /* It could be replaced there for all evaluations to come. */
    if (has_token(text, "_ENV"))
        return err_set(err, ERR_DENIED, "_ENV cannot be used");
    if (load(script, before, text, after, name)) {
        err_set(err, ERR_EXPRESSION, "%s", lua_tostring(script->lua, -1));
        lua_pop(script->lua, 1);
        return ERR_EXPRESSION;
    }
    lua_rawgeti(script->lua, LUA_REGISTRYINDEX, script->environment);
    lua_setupvalue(script->lua, -2, 1);
    return 0;
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

static void keep(struct script *script, struct expr *expr)
{
    int slot = luaL_ref(script->lua, LUA_REGISTRYINDEX);

    while (script->slot_count <= (size_t)slot) {
        script->slots =
            mem_grow(script->slots, script->slot_count, &script->slot_cap, sizeof(*script->slots));
        script->slots[script->slot_count++] = (struct slot){0};
    }
    script->slots[slot] = (struct slot){.may_loop = has_token(expr->text, "function")};
    expr->slot = slot;
}

int compile_expr(struct script *script, struct expr *expr, struct pos *ret_pos, struct err *err)
{
    *ret_pos = expr->pos;
    script->memory_ceiling = 0;
    if (expr->text[strspn(expr->text, " \t\r\n")] == '\0')
        return err_set(err, ERR_EXPRESSION, "an expression is missing");
    if (compile_load(script, "return (", expr->text, strstr(expr->text, "--") ? "\n)" : ")", "=expr", err) ==
        0) {
        keep(script, expr);
        return 0;
    }
    if (err->code == ERR_DENIED)
        return ERR_EXPRESSION;
    /* What Lua says of the text alone is clearer. */
    if (load(script, "return ", expr->text, "", "=expr") == 0)
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
};

static void add_hint(struct diags *diags, struct diag *diag, const char *message)
{
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

    if (compile_expr(compiler->script, expr, &pos, &err) == 0) {
        references_check(compiler->references, expr, place);
        return;
    }
    diag = diag_error(compiler->diags, pos, "expression", "%s", err.text);
    add_hint(compiler->diags, diag, err.text);
}

static void on_shell(struct walker *walker, struct template *tmpl, const struct place *place)
{
    struct compiler *compiler = (struct compiler *)walker;

    shell_compile(compiler->script, tmpl, place, compiler->diags);
}

void script_compile(struct script *script, struct book *book, struct diags *diags)
{
    for (size_t i = 0; i < book->document_count; i++) {
        struct compiler compiler = {
            .walker = {.on_expr = on_expr, .on_shell = on_shell},
            .script = script,
            .diags = diags,
            .references = references_new(book->documents[i], diags),
        };

        walk_document(&compiler.walker, book->documents[i]);
        references_free(compiler.references);
    }
    lua_gc(script->lua, LUA_GCCOLLECT);
    script->memory_compiled = script->memory_used;
}
