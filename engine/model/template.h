/* template: an expression, and a value in which expressions stand. Loaded as text; script/ compiles them. */
#ifndef MODEL_TEMPLATE_H
#define MODEL_TEMPLATE_H

#include "model/source.h"
#include "model/value.h"

#include <stdbool.h>

/* A Lua expression. Part of a document's arena. */
struct expr {
    const char *text;
    struct pos pos;
    int slot; /* of the compiled function in its script; 0 = not compiled yet */
};

enum template_type {
    TEMPLATE_CONST,  /* constant */
    TEMPLATE_EXPR,   /* exactly one ${{ }}: keeps its type */
    TEMPLATE_CONCAT, /* text with ${{ }} in it: items are CONST strings and EXPRs, the result is a string */
    TEMPLATE_LIST,   /* items */
    TEMPLATE_MAP,    /* keys and items */
    TEMPLATE_SHELL,  /* items as CONCAT, for a POSIX shell. Compiling turns it into `shell`;
                        resolves to {"text": script, "env": {"RB_1": "…"}} */
};

struct template
{
    enum template_type type;
    struct pos pos;
    json_t *constant;        /* CONST, and a MAP in which all is; owned by the document (see document_own) */
    struct expr *expr;       /* EXPR */
    struct template **items; /* CONCAT, LIST, MAP, SHELL */
    const char **keys;       /* MAP; in the order written */
    size_t len;
    bool is_each;  /* EXPR in a LIST: the elements of its value stand there */
    json_t *shell; /* SHELL after compiling: the script text, a string, owned by the document */
};

struct named_template {
    const char *name;
    struct pos pos;
    struct template *value;
};

struct named_expr {
    const char *name;
    struct pos pos;
    struct expr *expr;
};

#endif
