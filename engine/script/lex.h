/* lex: the tokens of Lua text, as far as checking references needs them. */
#ifndef SCRIPT_LEX_H
#define SCRIPT_LEX_H

#include <stdbool.h>
#include <stddef.h>

enum token_type { TOKEN_END, TOKEN_NAME, TOKEN_KEYWORD, TOKEN_STRING, TOKEN_NUMBER, TOKEN_OPERATOR };

struct token {
    enum token_type type;
    const char *start; /* in the text */
    size_t len;        /* of a string: with its quotes */
};

struct lexer {
    const char *at;
};

/* False at the end. What is not Lua comes out as operators of one character: Lua itself complains of it. */
bool lex_next(struct lexer *lexer, struct token *ret_token);
bool token_is(const struct token *token, const char *text);
/* All tokens of a text, the last of type END; the caller frees. */
struct token *lex_all(const char *text, size_t *ret_count);

#endif
