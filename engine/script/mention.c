#include "script/mention.h"
#include "base/mem.h"

#include <string.h>

const struct token *mentions_token(const struct mentions *mentions, size_t index)
{
    return &mentions->tokens[index < mentions->count ? index : mentions->count - 1];
}

static bool copy_name(const struct token *token, char *name)
{
    const char *start = token->start;
    size_t len = token->len;

    if (token->type == TOKEN_STRING) {
        if (*start == '[' || len < 2 || memchr(start, '\\', len))
            return false;
        start++;
        len -= 2;
    } else if (token->type != TOKEN_NAME) {
        return false;
    }
    if (len >= MENTION_NAME_SIZE)
        return false;
    memcpy(name, start, len);
    name[len] = '\0';
    return true;
}

size_t mentions_next(
    const struct mentions *mentions, size_t index, size_t *ret_after, char ret_name[MENTION_NAME_SIZE])
{
    const struct token *sign = mentions_token(mentions, index + 1),
                       *name = mentions_token(mentions, index + 2);

    if (token_is(sign, ".") && copy_name(name, ret_name)) {
        *ret_after = index + 2;
        return index + 2;
    }
    if (token_is(sign, "[") && token_is(mentions_token(mentions, index + 3), "]") &&
        copy_name(name, ret_name)) {
        *ret_after = index + 3;
        return index + 2;
    }
    return 0;
}

/* --- local variables --- */

static void add_local(struct mentions *mentions, const struct token *token)
{
    char name[MENTION_NAME_SIZE];

    if (token->type == TOKEN_NAME && copy_name(token, name))
        map_put(&mentions->locals, name, mentions);
}

/* Names and commas from `index` on. */
static void add_locals(struct mentions *mentions, size_t index)
{
    while (mentions_token(mentions, index)->type == TOKEN_NAME) {
        add_local(mentions, mentions_token(mentions, index));
        index++;
        if (token_is(mentions_token(mentions, index), "<"))
            index += 3;
        if (!token_is(mentions_token(mentions, index), ","))
            return;
        index++;
    }
}

static void find_locals(struct mentions *mentions)
{
    for (size_t i = 0; i < mentions->count; i++) {
        if (token_is(&mentions->tokens[i], "local") || token_is(&mentions->tokens[i], "for"))
            add_locals(mentions, i + 1);
        if (!token_is(&mentions->tokens[i], "function"))
            continue;
        if (mentions_token(mentions, i + 1)->type == TOKEN_NAME)
            add_local(mentions, mentions_token(mentions, ++i));
        add_locals(mentions, i + 2);
    }
}

/* --- names of the scope --- */

/* A name that stands for itself: no field, no key of a table, no label. */
static bool stands_alone(const struct mentions *mentions, size_t index)
{
    const struct token *before = index ? &mentions->tokens[index - 1] : NULL,
                       *after = mentions_token(mentions, index + 1);

    if (mentions->tokens[index].type != TOKEN_NAME)
        return false;
    if (!before)
        return true;
    if (token_is(before, ".") || token_is(before, ":") || token_is(before, "::") || token_is(before, "goto"))
        return false;
    return !(
        token_is(after, "=") && (token_is(before, "{") || token_is(before, ",") || token_is(before, ";")));
}

bool mentions_alone(const struct mentions *mentions, size_t index, char ret_name[MENTION_NAME_SIZE])
{
    return stands_alone(mentions, index) && copy_name(&mentions->tokens[index], ret_name);
}

bool mentions_root(const struct mentions *mentions, size_t index, char ret_name[MENTION_NAME_SIZE])
{
    return mentions_alone(mentions, index, ret_name) && !map_get(&mentions->locals, ret_name);
}

void mentions_init(struct mentions *mentions, const char *text)
{
    *mentions = (struct mentions){0};
    mentions->tokens = lex_all(text, &mentions->count);
    find_locals(mentions);
}

void mentions_fini(struct mentions *mentions)
{
    map_fini(&mentions->locals);
    free(mentions->tokens);
}
