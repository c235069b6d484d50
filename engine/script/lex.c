#include "script/lex.h"
#include "base/mem.h"

#include <ctype.h>
#include <string.h>

static const char *const keywords[] = {"and", "break", "do", "else", "elseif", "end", "false", "for",
    "function", "goto", "if", "in", "local", "nil", "not", "or", "repeat", "return", "then", "true", "until",
    "while"};
/* Longest first. */
static const char *const operators[] = {"...", "..", "==", "~=", "<=", ">=", "//", "::", "<<", ">>"};

/* "[[" or "[==[": how many signs there are between, or -1. */
static int long_bracket(const char *at)
{
    int level = 0;

    if (*at != '[')
        return -1;
    while (at[1 + level] == '=')
        level++;
    return at[1 + level] == '[' ? level : -1;
}

static const char *skip_long(const char *at, int level)
{
    for (at += level + 2; *at; at++) {
        int signs = 0;

        if (*at != ']')
            continue;
        while (at[1 + signs] == '=' && signs < level)
            signs++;
        if (signs == level && at[1 + signs] == ']')
            return at + level + 2;
    }
    return at;
}

static const char *skip_blank(const char *at)
{
    for (;;) {
        int level;

        while (isspace((unsigned char)*at))
            at++;
        if (at[0] != '-' || at[1] != '-')
            return at;
        level = long_bracket(at + 2);
        at = level >= 0 ? skip_long(at + 2, level) : at + strcspn(at, "\n");
    }
}

static const char *skip_string(const char *at)
{
    char quote = *at++;

    while (*at && *at != quote && *at != '\n') {
        if (at[0] == '\\' && at[1] == 'z') {
            at += 2;
            while (isspace((unsigned char)*at))
                at++;
        } else {
            at += at[0] == '\\' && at[1] ? 2 : 1;
        }
    }
    return *at == quote ? at + 1 : at;
}

static const char *skip_number(const char *at)
{
    const char *exponents = at[0] == '0' && (at[1] == 'x' || at[1] == 'X') ? "pP" : "eE";

    while (isalnum((unsigned char)*at) || *at == '.') {
        bool exponent = strchr(exponents, *at) != NULL;

        at++;
        if (exponent && (*at == '+' || *at == '-'))
            at++;
    }
    return at;
}

static bool is_keyword(const char *start, size_t len)
{
    for (size_t i = 0; i < sizeof(keywords) / sizeof(*keywords); i++)
        if (strlen(keywords[i]) == len && memcmp(keywords[i], start, len) == 0)
            return true;
    return false;
}

static size_t operator_length(const char *at)
{
    for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++)
        if (strncmp(at, operators[i], strlen(operators[i])) == 0)
            return strlen(operators[i]);
    return 1;
}

bool lex_next(struct lexer *lexer, struct token *ret_token)
{
    const char *start = skip_blank(lexer->at), *at = start;
    enum token_type type;

    if (!*at) {
        type = TOKEN_END;
    } else if (isalpha((unsigned char)*at) || *at == '_') {
        while (isalnum((unsigned char)*at) || *at == '_')
            at++;
        type = is_keyword(start, (size_t)(at - start)) ? TOKEN_KEYWORD : TOKEN_NAME;
    } else if (isdigit((unsigned char)*at) || (*at == '.' && isdigit((unsigned char)at[1]))) {
        at = skip_number(at);
        type = TOKEN_NUMBER;
    } else if (*at == '"' || *at == '\'') {
        at = skip_string(at);
        type = TOKEN_STRING;
    } else if (long_bracket(at) >= 0) {
        at = skip_long(at, long_bracket(at));
        type = TOKEN_STRING;
    } else {
        at += operator_length(at);
        type = TOKEN_OPERATOR;
    }
    *ret_token = (struct token){type, start, (size_t)(at - start)};
    lexer->at = at;
    return type != TOKEN_END;
}

bool token_is(const struct token *token, const char *text)
{
    return token->type != TOKEN_STRING && strlen(text) == token->len &&
           memcmp(token->start, text, token->len) == 0;
}

struct token *lex_all(const char *text, size_t *ret_count)
{
    struct lexer lexer = {text};
    struct token *tokens = NULL;
    size_t count = 0, cap = 0;

    do
        tokens = mem_grow(tokens, count, &cap, sizeof(*tokens));
    while (lex_next(&lexer, &tokens[count++]));
    *ret_count = count;
    return tokens;
}
