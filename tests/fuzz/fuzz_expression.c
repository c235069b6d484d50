/* Any bytes are an expression with a value, or an error that says where; nothing takes long, and nothing
 * stays behind. */
#include "base/mem.h"
#include "script/lex.h"
#include "script/script.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* The tokens lie in the text, one behind the other, and the last is the end. */
static void check_tokens(const char *text)
{
    size_t count;
    struct token *tokens = lex_all(text, &count);
    const char *at = text;

    if (!count || tokens[count - 1].type != TOKEN_END)
        __builtin_trap();
    for (size_t i = 0; i + 1 < count; i++) {
        if (tokens[i].start < at || !tokens[i].len)
            __builtin_trap();
        at = tokens[i].start + tokens[i].len;
    }
    if (at > text + strlen(text))
        __builtin_trap();
    free(tokens);
}

static void check_value(const char *text)
{
    const struct script_limits limits = {.instructions = 20000, .memory = 4 * 1024 * 1024};
    struct script *script = script_new(&limits);
    json_t *vars autovalue = json_pack("{s:i, s:[s, s], s:s}", "n", 3, "list", "a", "b", "text", "x=1");
    struct expr expr = {.text = text, .pos = {.line = 1, .column = 1}};
    struct scope scope = {.vars = vars, .secret_nonce = "n0nce"};
    json_t *value = NULL;
    struct err err = {0};

    if (script_compile_one(script, &expr, &err) == 0) {
        if (script_eval(script, &expr, &scope, &value, &err) == 0)
            json_decref(value);
        else if (!*err.text)
            __builtin_trap();
    }
    script_free(script);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct text text autotext = {0};

    text_add_utf8(&text, (const char *)bytes, len); /* as the loader hands it on */
    check_tokens(text_str(&text));
    check_value(text_str(&text));
    return 0;
}
