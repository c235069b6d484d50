/* field: one decoder for each type of field. */
#include "base/duration.h"
#include "load/decode.h"
#include "load/rules.h"

#include <string.h>

static bool is_scalar(const struct node *node)
{
    return node->type != NODE_LIST && node->type != NODE_MAP && node->type != NODE_NULL;
}

/* Text as it is written, for places where it can only be text. */
static bool decode_plain(struct decoder *d, const struct spot *at, void *place)
{
    struct diag *diag;

    if (at->node->type != NODE_STRING)
        return decode_wrong_type(d, at, "a text");
    if (at->node->has_expr) {
        diag = diag_error(d->diags, decode_pos(d, at->node), "wrong-type",
            "\"%s\" is plain text: ${{ }} is not replaced here", at->name);
        diag_hint(d->diags, diag, "write it out");
        return false;
    }
    *(const char **)place = at->node->text;
    return true;
}

static bool decode_placed(struct decoder *d, const struct spot *at, void *place)
{
    struct placed *placed = place;

    placed->pos = decode_pos(d, at->node);
    return decode_plain(d, at, &placed->text);
}

static bool decode_id(struct decoder *d, const struct spot *at, void *place)
{
    return decode_plain(d, at, place) && decode_check_id(d, at->node->text, decode_pos(d, at->node));
}

static bool decode_bool(struct decoder *d, const struct spot *at, void *place)
{
    if (at->node->type != NODE_BOOL)
        return decode_wrong_type(d, at, "true or false");
    *(bool *)place = at->node->boolean;
    return true;
}

static bool too_small(struct decoder *d, const struct spot *at)
{
    diag_error(d->diags, decode_pos(d, at->node), "range", "\"%s\" must be more than zero", at->name);
    return false;
}

static bool decode_integer(struct decoder *d, const struct spot *at, void *place)
{
    struct amount *amount = place;

    if (is_one_expr(at->node)) {
        *amount = (struct amount){.given = true, .expr = decode_expr(d, at->node)};
        return true;
    }
    if (at->node->type != NODE_INTEGER)
        return decode_wrong_type(d, at, "an integer");
    if (at->node->integer <= 0 && at->field->flags & FIELD_POSITIVE)
        return too_small(d, at);
    *amount = (struct amount){.given = true, .value = at->node->integer};
    return true;
}

static bool decode_number(struct decoder *d, const struct spot *at, void *place)
{
    const struct node *node = at->node;
    double number = node->type == NODE_INTEGER ? (double)node->integer : node->number;

    if (node->type != NODE_INTEGER && node->type != NODE_NUMBER)
        return decode_wrong_type(d, at, "a number");
    if (number != number || number > 1e300 || number < -1e300)
        return decode_wrong_type(d, at, "a finite number");
    if (number <= 0 && at->field->flags & FIELD_POSITIVE)
        return too_small(d, at);
    *(double *)place = number;
    return true;
}

/* "+15m"; the sign may be left out, before the start nothing can happen. */
static bool decode_offset(struct decoder *d, const struct spot *at, void *place)
{
    struct amount *amount = place;
    const char *text = at->node->text;
    struct diag *diag;
    struct err err;

    if (!is_scalar(at->node) || at->node->type == NODE_BOOL)
        return decode_wrong_type(d, at, "a time after the start such as +15m");
    if (*text == '-') {
        diag =
            diag_error(d->diags, decode_pos(d, at->node), "range", "\"%s\" lies before the start", at->name);
        diag_hint(d->diags, diag, "times are counted from the start of the run: +%s", text + 1);
        return false;
    }
    if (duration_parse(text + (*text == '+'), &amount->value, &err) != 0) {
        diag_error(d->diags, decode_pos(d, at->node), "duration", "\"%s\": %s", at->name, err.text);
        return false;
    }
    amount->given = true;
    return true;
}

static bool decode_duration(struct decoder *d, const struct spot *at, void *place)
{
    struct amount *amount = place;
    struct err err;

    if (at->field->flags & FIELD_AFTER)
        return decode_offset(d, at, place);
    if (is_one_expr(at->node)) {
        *amount = (struct amount){.given = true, .expr = decode_expr(d, at->node)};
        return true;
    }
    if (!is_scalar(at->node) || at->node->type == NODE_BOOL)
        return decode_wrong_type(d, at, "a duration such as 90s or 5m");
    if (duration_parse(at->node->text, &amount->value, &err) != 0) {
        diag_error(d->diags, decode_pos(d, at->node), "duration", "\"%s\": %s", at->name, err.text);
        return false;
    }
    amount->given = true;
    return amount->value > 0 || !(at->field->flags & FIELD_POSITIVE) || too_small(d, at);
}

static bool decode_enum(struct decoder *d, const struct spot *at, void *place)
{
    const char *const *names = at->field->names;
    struct text all autotext = {0};
    struct diag *diag;
    size_t count = 0;

    for (; names[count]; count++) {
        if (is_scalar(at->node) && strcmp(names[count], at->node->text) == 0) {
            *(int *)place = (int)count;
            return true;
        }
        text_printf(&all, "%s%s", count ? ", " : "", names[count]);
    }
    if (at->node->is_open)
        return false;
    diag = diag_error(d->diags, decode_pos(d, at->node), "wrong-value", "\"%s\" must be one of %s, not %s",
        at->name, text_str(&all), node_describe(&d->diags->arena, at->node));
    if (is_scalar(at->node))
        diag_did_you_mean(d->diags, diag, at->node->text, names, count);
    return false;
}

static bool decode_bare(struct decoder *d, const struct spot *at, void *place)
{
    if (!is_scalar(at->node))
        return decode_wrong_type(d, at, "an expression");
    *(struct expr **)place = decode_expr(d, at->node);
    return true;
}

static bool decode_text(struct decoder *d, const struct spot *at, void *place)
{
    if (!is_scalar(at->node))
        return decode_wrong_type(d, at, "a text");
    *(struct template **)place = template_text(d, at->node);
    return true;
}

static bool decode_value(struct decoder *d, const struct spot *at, void *place)
{
    bool has_each = (at->field->flags & FIELD_EACH) && at->node->type == NODE_LIST;

    *(struct template **)place = has_each ? template_arguments(d, at->node) : template_value(d, at->node);
    return true;
}

static bool decode_script(struct decoder *d, const struct spot *at, void *place)
{
    if (!is_scalar(at->node))
        return decode_wrong_type(d, at, "a script");
    *(struct template **)place = template_script(d, at->node);
    return true;
}

/* With a section, the shape is checked too: for what a later version carries out. */
static bool decode_constant(struct decoder *d, const struct spot *at, void *place)
{
    struct spot item = *at;

    if (at->field->section && at->node->type == NODE_LIST) {
        for (size_t i = 0; i < at->node->len; i++) {
            item.node = at->node->items[i];
            decode_section(d, at->field->section, &item);
        }
    } else if (at->field->section) {
        decode_section(d, at->field->section, at);
    }
    *(json_t **)place = document_own(d->document, node_json(at->node));
    return true;
}

/* The items of a list; a value that is none counts as a list of one. */
static struct node *const *items_of(const struct node *const *node, size_t *ret_len)
{
    *ret_len = (*node)->type == NODE_LIST ? (*node)->len : 1;
    return (*node)->type == NODE_LIST ? (*node)->items : (struct node *const *)node;
}

static bool decode_strings(struct decoder *d, const struct spot *at, void *place)
{
    struct strings *strings = place;
    struct node *const *nodes;
    size_t len;

    if (at->node->type == NODE_MAP || at->node->type == NODE_NULL)
        return decode_wrong_type(d, at, "a text or a list of texts");
    nodes = items_of(&at->node, &len);
    strings->items = arena_alloc(d->arena, len * sizeof(*strings->items));
    strings->pos = arena_alloc(d->arena, len * sizeof(*strings->pos));
    for (size_t i = 0; i < len; i++) {
        struct spot item = {at->field, at->name, nodes[i]};

        if (!is_scalar(nodes[i])) {
            decode_wrong_type(d, &item, "a list of texts");
        } else if (nodes[i]->has_expr) {
            decode_plain(d, &item, &strings->items[strings->len]);
        } else {
            strings->items[strings->len] = nodes[i]->text;
            strings->pos[strings->len++] = decode_pos(d, nodes[i]);
        }
    }
    return true;
}

static bool decode_exprs(struct decoder *d, const struct spot *at, void *place)
{
    struct named_exprs *exprs = place;
    struct node *const *nodes;
    size_t len;

    if (at->node->type == NODE_MAP || at->node->type == NODE_NULL)
        return decode_wrong_type(d, at, "an expression or a list of expressions");
    nodes = items_of(&at->node, &len);
    exprs->items = arena_alloc(d->arena, len * sizeof(*exprs->items));
    for (size_t i = 0; i < len; i++) {
        struct named_expr *item = &exprs->items[exprs->len];

        item->pos = decode_pos(d, nodes[i]);
        exprs->len += decode_bare(d, &(struct spot){at->field, at->name, nodes[i]}, &item->expr);
    }
    return true;
}

static bool decode_values(struct decoder *d, const struct spot *at, void *place)
{
    struct named_templates *values = place;
    const struct node *node = at->node;

    if (node->type != NODE_MAP)
        return decode_wrong_type(d, at, "a mapping of names to values");
    values->len = node->len;
    values->items = arena_alloc(d->arena, node->len * sizeof(*values->items));
    for (size_t i = 0; i < node->len; i++)
        values->items[i] = (struct named_template){node->pairs[i].key->text,
            decode_pos(d, node->pairs[i].key), template_value(d, node->pairs[i].value)};
    return true;
}

static bool decode_outputs(struct decoder *d, const struct spot *at, void *place)
{
    struct named_exprs *exprs = place;
    const struct node *node = at->node;

    if (node->type != NODE_MAP)
        return decode_wrong_type(d, at, "a mapping of names to expressions");
    exprs->items = arena_alloc(d->arena, node->len * sizeof(*exprs->items));
    for (size_t i = 0; i < node->len; i++) {
        const struct pair *pair = &node->pairs[i];
        struct named_expr *item = &exprs->items[exprs->len];

        *item = (struct named_expr){.name = pair->key->text, .pos = decode_pos(d, pair->key)};
        decode_check_id(d, item->name, item->pos);
        exprs->len += decode_bare(d, &(struct spot){at->field, item->name, pair->value}, &item->expr);
    }
    return true;
}

static bool decode_section_field(struct decoder *d, const struct spot *at, void *place)
{
    *(void **)place = decode_section(d, at->field->section, at);
    return true;
}

static void items_alloc(struct decoder *d, struct items *items, size_t len)
{
    items->len = len;
    items->items = arena_alloc(d->arena, len * sizeof(*items->items));
    items->pos = arena_alloc(d->arena, len * sizeof(*items->pos));
}

/* A section that may be written short may also stand alone for a list of one. */
static bool decode_list(struct decoder *d, const struct spot *at, void *place)
{
    struct items *items = place;
    struct node *const *nodes;
    size_t len;

    bool may_stand_alone = at->field->flags & FIELD_ALONE
                               ? at->node->type != NODE_NULL
                               : is_scalar(at->node) && at->field->section->shorthand;

    if (at->node->type != NODE_LIST && !may_stand_alone)
        return decode_wrong_type(d, at, "a list");
    nodes = items_of(&at->node, &len);
    items_alloc(d, items, len);
    for (size_t i = 0; i < items->len; i++) {
        struct spot item = {at->field, at->name, nodes[i]};

        items->pos[i] = decode_pos(d, item.node);
        items->items[i] = decode_section(d, at->field->section, &item);
    }
    return true;
}

/* Without a section the values are lists of texts. */
static bool decode_map(struct decoder *d, const struct spot *at, void *place)
{
    struct items *items = place;

    if (at->node->type != NODE_MAP)
        return decode_wrong_type(d, at, "a mapping");
    items_alloc(d, items, at->node->len);
    items->names = arena_alloc(d->arena, items->len * sizeof(*items->names));
    for (size_t i = 0; i < items->len; i++) {
        const struct pair *pair = &at->node->pairs[i];
        struct spot item = {at->field, pair->key->text, pair->value};

        items->names[i] = pair->key->text;
        items->pos[i] = decode_pos(d, pair->key);
        if (at->field->section) {
            items->items[i] = decode_section(d, at->field->section, &item);
        } else {
            items->items[i] = arena_alloc(d->arena, sizeof(struct strings));
            decode_strings(d, &item, items->items[i]);
        }
    }
    return true;
}

static bool decode_steps(struct decoder *d, const struct spot *at, void *place)
{
    *(struct block **)place = at->field->flags & FIELD_HOOK ? decode_hook(d, at) : decode_block(d, at);
    return true;
}

static const struct field_ops {
    bool (*decode)(struct decoder *d, const struct spot *at, void *place);
    size_t size;
} ops[] = {
    [FIELD_STRING] = {decode_plain, sizeof(const char *)},
    [FIELD_PLACED] = {decode_placed, sizeof(struct placed)},
    [FIELD_ID] = {decode_id, sizeof(const char *)},
    [FIELD_BOOL] = {decode_bool, sizeof(bool)},
    [FIELD_INTEGER] = {decode_integer, sizeof(struct amount)},
    [FIELD_NUMBER] = {decode_number, sizeof(double)},
    [FIELD_DURATION] = {decode_duration, sizeof(struct amount)},
    [FIELD_ENUM] = {decode_enum, sizeof(int)},
    [FIELD_EXPR] = {decode_bare, sizeof(struct expr *)},
    [FIELD_TEXT] = {decode_text, sizeof(struct template *)},
    [FIELD_VALUE] = {decode_value, sizeof(struct template *)},
    [FIELD_SCRIPT] = {decode_script, sizeof(struct template *)},
    [FIELD_CONSTANT] = {decode_constant, sizeof(json_t *)},
    [FIELD_STRINGS] = {decode_strings, sizeof(struct strings)},
    [FIELD_EXPRS] = {decode_exprs, sizeof(struct named_exprs)},
    [FIELD_VALUES] = {decode_values, sizeof(struct named_templates)},
    [FIELD_OUTPUTS] = {decode_outputs, sizeof(struct named_exprs)},
    [FIELD_SECTION] = {decode_section_field, sizeof(void *)},
    [FIELD_LIST] = {decode_list, sizeof(struct items)},
    [FIELD_MAP] = {decode_map, sizeof(struct items)},
    [FIELD_STEPS] = {decode_steps, sizeof(struct block *)},
};

size_t field_size(enum field_type type)
{
    return ops[type].size;
}

void decode_field(struct decoder *d, const struct spot *at, void *place)
{
    /* A value that the file broke off in, or that was refused already, is no second error. */
    if (at->node->is_open && at->node->type != NODE_LIST && at->node->type != NODE_MAP)
        return;
    ops[at->field->type].decode(d, at, place);
}
