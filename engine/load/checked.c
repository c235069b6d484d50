/* checked: fields of sections without a struct. The value is kept as a template, and held against the field's
 * type as far as it is constant. */
#include "load/decode.h"

static struct template *new_map(struct decoder *d, const struct node *node)
{
    struct template *template = arena_alloc(d->arena, sizeof(*template));

    template->type = TEMPLATE_MAP;
    template->pos = decode_pos(d, node);
    template->len = node->len;
    template->keys = arena_alloc(d->arena, node->len * sizeof(*template->keys));
    template->items = arena_alloc(d->arena, node->len * sizeof(struct template *));
    return template;
}

static struct template *new_list(struct decoder *d, const struct node *node, size_t len)
{
    struct template *template = arena_alloc(d->arena, sizeof(*template));

    template->type = TEMPLATE_LIST;
    template->pos = decode_pos(d, node);
    template->len = len;
    template->items = arena_alloc(d->arena, len * sizeof(struct template *));
    return template;
}

/* In place of a value that was refused; the document will not be run. */
static struct template *nothing(struct decoder *d, const struct node *node)
{
    return template_constant(d, node, json_null());
}

/* A section inside a section without a struct has none either. */
static struct template *checked_section(struct decoder *d, const struct spot *at)
{
    struct section open = *at->field->section;

    open.size = 0;
    return decode_section(d, &open, at);
}

static struct template *checked_list(struct decoder *d, const struct spot *at)
{
    struct template *list;

    if (at->node->type != NODE_LIST) {
        decode_wrong_type(d, at, "a list");
        return nothing(d, at->node);
    }
    list = new_list(d, at->node, at->node->len);
    for (size_t i = 0; i < list->len; i++)
        list->items[i] = checked_section(d, &(struct spot){at->field, at->name, at->node->items[i]});
    return list;
}

static struct template *checked_map(struct decoder *d, const struct spot *at)
{
    struct template *map;

    if (at->node->type != NODE_MAP) {
        decode_wrong_type(d, at, "a mapping");
        return nothing(d, at->node);
    }
    map = new_map(d, at->node);
    for (size_t i = 0; i < map->len; i++) {
        const struct pair *pair = &at->node->pairs[i];

        map->keys[i] = pair->key->text;
        map->items[i] = checked_section(d, &(struct spot){at->field, pair->key->text, pair->value});
    }
    return map;
}

static struct template *of_expr(struct decoder *d, struct pos pos, struct expr *expr)
{
    struct template *template = arena_alloc(d->arena, sizeof(*template));

    *template = (struct template){.type = TEMPLATE_EXPR, .pos = pos, .expr = expr};
    return template;
}

static struct template *checked_exprs(struct decoder *d, const struct spot *at)
{
    struct named_exprs exprs = {0};
    struct template *template;

    decode_field(d, at, &exprs);
    template = at->field->type == FIELD_OUTPUTS &&exprs.len ? new_map(d, at->node)
                                                            : new_list(d, at->node, exprs.len);
    template->len = exprs.len;
    for (size_t i = 0; i < exprs.len; i++) {
        if (template->keys)
            template->keys[i] = exprs.items[i].name;
        template->items[i] = of_expr(d, exprs.items[i].pos, exprs.items[i].expr);
    }
    if (at->field->type == FIELD_OUTPUTS)
        template->type = TEMPLATE_MAP;
    return template;
}

static struct template *checked_strings(struct decoder *d, const struct spot *at)
{
    struct strings strings = {0};
    json_t *list = json_array();

    decode_field(d, at, &strings);
    for (size_t i = 0; i < strings.len; i++)
        json_array_append_new(list, json_string_nocheck(strings.items[i]));
    return template_constant(d, at->node, list);
}

static struct template *checked_values(struct decoder *d, const struct spot *at)
{
    if (at->node->type == NODE_MAP)
        return template_value(d, at->node);
    decode_wrong_type(d, at, "a mapping of names to values");
    return nothing(d, at->node);
}

/* Bare, or with ${{ }}: what the types of text have in common is that decoding yields a template or
 * expression. */
static struct template *checked_text(struct decoder *d, const struct spot *at)
{
    struct template *template = NULL;

    decode_field(d, at, &template);
    return template ? template : nothing(d, at->node);
}

static struct template *checked_expr(struct decoder *d, const struct spot *at)
{
    struct expr *expr = NULL;

    decode_field(d, at, &expr);
    return expr ? of_expr(d, decode_pos(d, at->node), expr) : nothing(d, at->node);
}

/* A constant is decoded as for a struct, for the sake of the check, and kept as it is written. */
static struct template *checked_constant(struct decoder *d, const struct spot *at)
{
    union {
        const char *text;
        struct placed placed;
        bool boolean;
        struct amount amount;
        double number;
        int integer;
        json_t *value;
    } scratch = {0};

    if (is_one_expr(at->node) && at->field->type != FIELD_STRING && at->field->type != FIELD_PLACED &&
        at->field->type != FIELD_ID && at->field->type != FIELD_CONSTANT)
        return template_text(d, at->node);
    decode_field(d, at, &scratch);
    return template_constant(d, at->node, node_json(at->node));
}

struct template *decode_checked(struct decoder *d, const struct spot *at)
{
    switch (at->field->type) {
    case FIELD_STRING:
    case FIELD_PLACED:
    case FIELD_ID:
    case FIELD_BOOL:
    case FIELD_INTEGER:
    case FIELD_NUMBER:
    case FIELD_DURATION:
    case FIELD_ENUM:
    case FIELD_CONSTANT:
        return checked_constant(d, at);
    case FIELD_EXPR:
        return checked_expr(d, at);
    case FIELD_TEXT:
    case FIELD_VALUE:
    case FIELD_SCRIPT:
        return checked_text(d, at);
    case FIELD_STRINGS:
        return checked_strings(d, at);
    case FIELD_EXPRS:
    case FIELD_OUTPUTS:
        return checked_exprs(d, at);
    case FIELD_VALUES:
        return checked_values(d, at);
    case FIELD_SECTION:
        return checked_section(d, at);
    case FIELD_LIST:
        return checked_list(d, at);
    case FIELD_MAP:
        return at->field->section ? checked_map(d, at) : checked_values(d, at);
    case FIELD_STEPS:
        diag_error(d->diags, decode_pos(d, at->node), "wrong-type", "\"%s\" cannot hold steps", at->name);
        return nothing(d, at->node);
    }
    return nothing(d, at->node);
}
