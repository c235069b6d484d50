/* template: finding ${{ }} in texts, and where exactly each one stands in the file. */
#include "load/decode.h"

#include <ctype.h>
#include <string.h>

/* The next ${{ before `end`, or NULL. */
static const char *find_open(const char *at, const char *end)
{
    for (; at < end && (at = memchr(at, '$', (size_t)(end - at))); at++)
        if (at[1] == '{' && at[2] == '{')
            return at;
    return NULL;
}

/* Past a Lua string that begins at `at`; NULL when it is not closed. */
static const char *skip_quoted(const char *at)
{
    char quote = *at++;

    for (; *at && *at != quote; at++)
        if (*at == '\\' && at[1])
            at++;
    return *at ? at + 1 : NULL;
}

/* Past a long bracket ([[…]], [==[…]==]) that begins at `at`; `at` itself when none does; NULL when not
 * closed. */
static const char *skip_long_bracket(const char *at)
{
    size_t level = strspn(at + 1, "=");
    char closing[24];

    if (at[1 + level] != '[' || level > sizeof(closing) - 3)
        return at;
    closing[0] = ']';
    memset(closing + 1, '=', level);
    memcpy(closing + 1 + level, "]", 2);
    at = strstr(at + level + 2, closing);
    return at ? at + level + 2 : NULL;
}

/* The }} that closes an expression which begins at `at`; braces of tables and texts in it are respected. */
static const char *find_close(const char *at)
{
    size_t braces = 0;

    while (at && *at) {
        const char *next = at + 1;

        if (*at == '"' || *at == '\'')
            next = skip_quoted(at);
        else if (*at == '[' && skip_long_bracket(at) != at)
            next = skip_long_bracket(at);
        else if (*at == '{')
            braces++;
        else if (*at == '}' && braces)
            braces--;
        else if (*at == '}' && at[1] == '}')
            return at;
        at = next;
    }
    return NULL;
}

bool is_one_expr(const struct node *node)
{
    const char *close;

    if (node->type != NODE_STRING || !node->has_expr || strncmp(node->text, "${{", 3) != 0)
        return false;
    close = find_close(node->text + 3);
    return close && !close[2];
}

/* Length of the line break at `at` as libyaml counts lines, or 0. */
static size_t break_len(const char *at)
{
    const unsigned char *c = (const unsigned char *)at;

    if (c[0] == '\r')
        return c[1] == '\n' ? 2 : 1;
    if (c[0] == '\n')
        return 1;
    if (c[0] == 0xC2 && c[1] == 0x85)
        return 2;
    return c[0] == 0xE2 && c[1] == 0x80 && (c[2] == 0xA8 || c[2] == 0xA9) ? 3 : 0;
}

static uint32_t count_chars(const char *from, const char *to)
{
    uint32_t count = 0;

    for (; from < to; from++)
        count += ((unsigned char)*from & 0xC0) != 0x80;
    return count;
}

/* Finds one ${{ after the other in the source text of a scalar, counting lines and columns on the way. */
struct finder {
    const char *at, *end;
    uint32_t line, column;
};

static struct finder finder_start(const struct decoder *d, const struct node *node)
{
    return (struct finder){
        d->source->text + node->begin, d->source->text + node->end, node->line, node->column};
}

static void finder_go(struct finder *finder, const char *to)
{
    while (finder->at < to) {
        unsigned char c = (unsigned char)*finder->at;
        size_t len = c >= ' ' && c < 0x80 ? 0 : break_len(finder->at);

        finder->line += len > 0;
        finder->column = len ? 1 : finder->column + ((c & 0xC0) != 0x80);
        finder->at += len ? len : 1;
    }
}

/* Where the next expression stands; the scalar itself when escapes hide it. */
static struct pos next_pos(
    struct decoder *d, const struct node *node, struct finder *finder, const char *expr, size_t len)
{
    struct pos pos = decode_pos(d, node);
    const char *found = find_open(finder->at, finder->end);

    if (!found)
        return pos;
    finder_go(finder, found + 3 + strspn(found + 3, " \t"));
    pos.line = finder->line;
    pos.column = finder->column;
    pos.length = memchr(expr, '\n', len) ? 1 : count_chars(expr, expr + len);
    return pos;
}

static struct template *new_template(struct decoder *d, enum template_type type, struct pos pos, size_t len)
{
    struct template *template = arena_alloc(d->arena, sizeof(*template));

    template->type = type;
    template->pos = pos;
    template->len = len;
    if (len)
        template->items = arena_alloc(d->arena, len * sizeof(struct template *));
    return template;
}

struct template *template_constant(struct decoder *d, const struct node *node, json_t *value)
{
    struct template *template = new_template(d, TEMPLATE_CONST, decode_pos(d, node), 0);

    template->constant = document_own(d->document, value);
    return template;
}

static struct expr *new_expr(struct decoder *d, const char *text, size_t len, struct pos pos)
{
    struct expr *expr = arena_alloc(d->arena, sizeof(*expr));

    while (len && isspace((unsigned char)text[len - 1]))
        len--;
    expr->text = arena_strndup(d->arena, text, len);
    expr->pos = pos;
    if (!len) {
        diag_error(d->diags, pos, "expression", "the expression is empty");
        expr->text = "nil"; /* which no more is said of */
    }
    return expr;
}

static struct template *literal(struct decoder *d, const struct node *node, const char *text, size_t len)
{
    return template_constant(d, node, json_stringn_nocheck(text, len));
}

/* One ${{ }} whose inside begins at `at`; sets `*ret_next` behind it, or to NULL when it is not closed. */
static struct template *part(
    struct decoder *d, const struct node *node, struct finder *finder, const char *at, const char **ret_next)
{
    const char *close = find_close(at), *begin = at;
    size_t len = close ? (size_t)(close - at) : strlen(at);
    struct template *template;
    struct pos pos;

    while (len && isspace((unsigned char)*begin)) {
        begin++;
        len--;
    }
    while (len && isspace((unsigned char)begin[len - 1]))
        len--;
    pos = next_pos(d, node, finder, begin, len);
    template = new_template(d, TEMPLATE_EXPR, pos, 0);
    if (close) {
        template->expr = new_expr(d, begin, len, pos);
    } else {
        struct diag *diag = diag_error(d->diags, pos, "expression", "\"${{\" is not closed");

        diag_hint(d->diags, diag, "close it with \"}}\"; a quote in it that is not closed hides the end");
        template->expr = arena_alloc(d->arena, sizeof(*template->expr));
        *template->expr = (struct expr){.text = "nil", .pos = pos};
    }
    *ret_next = close ? close + 2 : NULL;
    return template;
}

static size_t count_parts(const char *at, const char *end)
{
    size_t count = 1;

    for (; (at = find_open(at, end)); at += 3)
        count += 2;
    return count;
}

/* Literal texts and expressions in turn. */
static struct template *split(struct decoder *d, const struct node *node, enum template_type type)
{
    const char *at = node->text, *end = at + node->len, *open, *inner;
    struct template *template = new_template(d, type, decode_pos(d, node), count_parts(at, end));
    struct finder finder = finder_start(d, node);

    template->len = 0;
    while (at && (open = find_open(at, end))) {
        if (open > at)
            template->items[template->len++] = literal(d, node, at, (size_t)(open - at));
        template->items[template->len++] = part(d, node, &finder, open + 3, &at);
        /* What looks like the next one inside a Lua text was none. */
        for (inner = open + 3; at && (inner = find_open(inner, at)); inner += 3)
            next_pos(d, node, &finder, "", 0);
    }
    if (at && at < end)
        template->items[template->len++] = literal(d, node, at, (size_t)(end - at));
    return template;
}

struct template *template_text(struct decoder *d, const struct node *node)
{
    struct template *template;

    if (!node->has_expr)
        return literal(d, node, node->text, node->len);
    template = split(d, node, TEMPLATE_CONCAT);
    /* Exactly one expression keeps the type of its value. */
    return template->len == 1 ? template->items[0] : template;
}

struct template *template_script(struct decoder *d, const struct node *node)
{
    return node->has_expr ? split(d, node, TEMPLATE_SHELL) : literal(d, node, node->text, node->len);
}

/* A bare expression; one ${{ }} around it does no harm. */
struct expr *decode_expr(struct decoder *d, const struct node *node)
{
    struct pos pos = decode_pos(d, node);
    const char *next;

    if (is_one_expr(node)) {
        struct finder finder = finder_start(d, node);

        return part(d, node, &finder, node->text + 3, &next)->expr;
    }
    if (node->has_expr) {
        struct diag *diag = diag_error(
            d->diags, pos, "expression", "this is an expression already: \"${{\" cannot stand in it");

        diag_hint(d->diags, diag, "write the names bare and join texts with \"..\"");
        return new_expr(d, "nil", strlen("nil"), pos); /* which no more is said of */
    }
    /* The quote is not part of what the expression's own errors count from. */
    if (node->is_quoted && node->is_single_line && pos.length > 2) {
        pos.column++;
        pos.length -= 2;
    }
    return new_expr(d, node->text, node->len, pos);
}

struct template *template_expr(struct decoder *d, const struct node *node)
{
    struct template *template = new_template(d, TEMPLATE_EXPR, decode_pos(d, node), 0);

    template->expr = decode_expr(d, node);
    return template;
}

static struct template *template_list(struct decoder *d, const struct node *node)
{
    struct template *template = new_template(d, TEMPLATE_LIST, decode_pos(d, node), node->len);

    for (size_t i = 0; i < node->len; i++)
        template->items[i] = template_value(d, node->items[i]);
    return template;
}

static struct template *template_map(struct decoder *d, const struct node *node)
{
    struct template *template = new_template(d, TEMPLATE_MAP, decode_pos(d, node), node->len);

    template->keys = arena_alloc(d->arena, node->len * sizeof(*template->keys));
    for (size_t i = 0; i < node->len; i++) {
        template->keys[i] = node->pairs[i].key->text;
        template->items[i] = template_value(d, node->pairs[i].value);
    }
    return template;
}

struct template *template_value(struct decoder *d, const struct node *node)
{
    if (!node->has_expr)
        return template_constant(d, node, node_json(node));
    if (node->type == NODE_LIST)
        return template_list(d, node);
    return node->type == NODE_MAP ? template_map(d, node) : template_text(d, node);
}

/* --- arguments --- */

static bool is_each(const struct node *node)
{
    return node->type == NODE_MAP && node->len == 1 && strcmp(node->pairs[0].key->text, "each") == 0;
}

static struct template *each(struct decoder *d, const struct node *node)
{
    struct template *template;

    if (node->type == NODE_MAP || node->type == NODE_LIST) {
        diag_hint(d->diags,
            diag_error(d->diags, decode_pos(d, node), "wrong-type", "\"each\" must be an expression"),
            "write {each: params.hosts}; what is known beforehand stands in the list itself");
        return template_constant(d, node, json_array());
    }
    template = template_expr(d, node);
    template->is_each = true;
    return template;
}

static struct template *argument(struct decoder *d, const struct node *node)
{
    if (is_each(node))
        return each(d, node->pairs[0].value);
    if (node->type == NODE_LIST || node->type == NODE_MAP)
        diag_hint(d->diags,
            diag_error(d->diags, decode_pos(d, node), "wrong-type",
                "an argument is a text or a number, not a %s", node->type == NODE_LIST ? "list" : "map"),
            "write its elements one by one, or {each: expression} for those of a list that is known later");
    return template_value(d, node);
}

/* Nothing but texts and numbers: most commands. */
static bool is_plain(const struct node *node)
{
    bool is_plain = !node->has_expr;

    for (size_t i = 0; i < node->len && is_plain; i++)
        is_plain = node->items[i]->type != NODE_LIST && node->items[i]->type != NODE_MAP;
    return is_plain;
}

struct template *template_arguments(struct decoder *d, const struct node *node)
{
    struct template *template;

    if (is_plain(node))
        return template_constant(d, node, node_json(node));
    template = new_template(d, TEMPLATE_LIST, decode_pos(d, node), node->len);
    for (size_t i = 0; i < node->len; i++)
        template->items[i] = argument(d, node->items[i]);
    return template;
}
