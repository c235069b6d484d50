/* mention: the names that stand in an expression, read from its text without evaluating it. What is hidden
 * behind a local variable or a computed key cannot be told. */
#ifndef SCRIPT_MENTION_H
#define SCRIPT_MENTION_H

#include "base/map.h"
#include "script/lex.h"

enum { MENTION_NAME_SIZE = 200 };

/* The tokens of one expression. */
struct mentions {
    struct token *tokens; /* the last is END */
    size_t count;
    struct map locals; /* a name that is a local variable anywhere is let be everywhere */
};

void mentions_init(struct mentions *mentions, const char *text);
void mentions_fini(struct mentions *mentions);
const struct token *mentions_token(const struct mentions *mentions, size_t index); /* END behind the end */
/* Does a name of the scope begin here: no field, no key of a table, no label, no local variable? */
bool mentions_root(const struct mentions *mentions, size_t index, char ret_name[MENTION_NAME_SIZE]);
/* The same, and a name that is a local variable somewhere counts too. */
bool mentions_alone(const struct mentions *mentions, size_t index, char ret_name[MENTION_NAME_SIZE]);
/* The name after the one at `index`: .name or ["name"]. The index of its token, or 0 when it cannot be told;
 * `ret_after` is where a further one would begin. */
size_t mentions_next(
    const struct mentions *mentions, size_t index, size_t *ret_after, char ret_name[MENTION_NAME_SIZE]);

#endif
