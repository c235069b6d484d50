#include "load/decode.h"

#include <assert.h>
#include <string.h>

struct pos decode_pos(const struct decoder *d, const struct node *node)
{
    return node_pos(d->source, node);
}

bool decode_wrong_type(struct decoder *d, const struct spot *at, const char *wanted)
{
    const struct node *node = at->node;
    struct diag *diag;

    if (node->is_open)
        return false;
    if (node->type == NODE_NULL) {
        diag = diag_error(d->diags, decode_pos(d, node), "wrong-type", "\"%s\" has no value", at->name);
        diag_hint(d->diags, diag, "it must be %s", wanted);
        return false;
    }
    diag = diag_error(d->diags, decode_pos(d, node), "wrong-type", "\"%s\" must be %s, not %s", at->name,
        wanted, node_describe(&d->diags->arena, node));
    if (node->type != NODE_LIST && node->type != NODE_MAP && at->field &&
        (at->field->type == FIELD_STRING || at->field->type == FIELD_PLACED))
        diag_hint(d->diags, diag, "put it in quotes: \"%s\"", node->text);
    return false;
}

enum { KNOWN_MAX = 128 };

/* `{description: Who is affected, and how}`: what follows the comma is a key without a value. */
static bool is_split_text(const struct pair *pair)
{
    return pair->value->type == NODE_NULL && !pair->value->len && strchr(pair->key->text, ' ');
}

struct diag *decode_unknown_key(struct decoder *d, const struct pair *pair, const char *where,
    const char *const *known, size_t known_count)
{
    const char *name = pair->key->text, *habit = habit_hint(where, name);
    struct diag *diag = diag_error(
        d->diags, decode_pos(d, pair->key), "unknown-key", "unknown key \"%s\" in %s", name, where);

    if (is_split_text(pair))
        diag_hint(d->diags, diag, "inside { } a comma ends a text: put the whole text in quotes");
    else if (habit)
        diag_hint(d->diags, diag, "%s", habit);
    else
        diag_did_you_mean(d->diags, diag, name, known, known_count);
    if (!diag->hint && (habit = habit_near(where, name)))
        diag_hint(d->diags, diag, "%s", habit);
    return diag;
}

const struct field *section_find(const struct section *section, const char *name)
{
    for (const struct field *field = section->fields; field->name; field++)
        if (*field->name == *name && strcmp(field->name, name) == 0)
            return field;
    return NULL;
}

size_t section_count(const struct section *section)
{
    size_t count = 0;

    while (section->fields[count].name)
        count++;
    return count;
}

struct filling filling_start(
    struct decoder *d, const struct section *section, struct pos pos, size_t max_fields)
{
    struct filling filling = {.section = section};

    if (section->size) {
        filling.place = arena_alloc(d->arena, section->size);
        *(struct pos *)filling.place = pos;
        return filling;
    }
    filling.map = arena_alloc(d->arena, sizeof(*filling.map));
    filling.map->type = TEMPLATE_MAP;
    filling.map->pos = pos;
    filling.map->keys = arena_alloc(d->arena, max_fields * sizeof(*filling.map->keys));
    filling.map->items = arena_alloc(d->arena, max_fields * sizeof(*filling.map->items));
    return filling;
}

void filling_take(struct decoder *d, struct filling *filling, const struct spot *at)
{
    uint64_t bit = UINT64_C(1) << (at->field - filling->section->fields);

    if (filling->seen & bit) {
        diag_error(d->diags, decode_pos(d, at->node), "duplicate-key", "\"%s\" is given twice", at->name);
        return;
    }
    filling->seen |= bit;
    if (filling->place) {
        decode_field(d, at, (char *)filling->place + at->field->offset);
        return;
    }
    assert(filling->map);
    filling->map->keys[filling->map->len] = at->field->name;
    filling->map->items[filling->map->len++] = decode_checked(d, at);
}

/* A map in which nothing is worked out is made once, not for every attempt. */
static void fold(struct decoder *d, struct template *map)
{
    json_t *constant;

    for (size_t i = 0; i < map->len; i++)
        if (map->items[i]->type != TEMPLATE_CONST)
            return;
    constant = map->constant = document_own(d->document, json_object());
    for (size_t i = 0; i < map->len; i++)
        json_object_set(constant, map->keys[i], map->items[i]->constant);
}

void filling_end(struct decoder *d, struct filling *filling, const struct node *node)
{
    const struct field *fields = filling->section->fields;

    if (filling->map)
        fold(d, filling->map);
    if (node->is_open)
        return;
    for (size_t i = 0; fields[i].name; i++) {
        struct diag *diag;

        if (!(fields[i].flags & FIELD_REQUIRED) || filling->seen >> i & 1)
            continue;
        diag = diag_error(d->diags, decode_pos(d, node), "missing-key", "%s lacks \"%s\"",
            filling->section->name, fields[i].name);
        if (fields[i].help)
            diag_hint(d->diags, diag, "%s: %s", fields[i].name, fields[i].help);
    }
}

static bool has_required(const struct section *section)
{
    for (const struct field *field = section->fields; field->name; field++)
        if (field->flags & FIELD_REQUIRED)
            return true;
    return false;
}

static void unknown_key(struct decoder *d, const struct section *section, const struct pair *pair)
{
    const char *known[KNOWN_MAX] = {0};
    struct text all autotext = {0};
    struct diag *diag;
    size_t count = 0;

    for (const struct field *field = section->fields; field->name && count < KNOWN_MAX; field++)
        known[count++] = field->name;
    diag = decode_unknown_key(d, pair, section->name, known, count);
    if (diag->hint)
        return;
    for (size_t i = 0; i < count; i++)
        text_printf(&all, "%s%s", i ? ", " : "", known[i]);
    diag_hint(d->diags, diag, "known here: %s", text_str(&all));
}

/* Once for each field: a file with twenty calendars is told once. */
static void warn_later(struct decoder *d, const struct field *field, const struct node *key)
{
    if (!(field->flags & FIELD_LATER))
        return;
    for (size_t i = 0; i < d->later_count; i++)
        if (d->later[i] == field)
            return;
    if (d->later_count < LATER_MAX)
        d->later[d->later_count++] = field;
    diag_warning(d->diags, decode_pos(d, key), "later",
        "\"%s\" is checked but not carried out by this version", field->name);
}

static void walk_map(struct decoder *d, struct filling *filling, const struct node *node)
{
    for (size_t i = 0; i < node->len; i++) {
        const struct pair *pair = &node->pairs[i];
        const struct field *field = section_find(filling->section, pair->key->text);

        if (!field) {
            unknown_key(d, filling->section, pair);
            continue;
        }
        warn_later(d, field, pair->key);
        filling_take(d, filling, &(struct spot){field, field->name, pair->value});
    }
}

void filling_walk(struct decoder *d, struct filling *filling, const struct spot *at)
{
    const struct section *section = filling->section;
    const struct field *field = section->shorthand ? section_find(section, section->shorthand) : NULL;
    const struct node *node = at->node;
    bool is_map = node->type == NODE_MAP;

    if (is_map && !section->is_open)
        walk_map(d, filling, node);
    else if (node->type == NODE_NULL && !has_required(section))
        return;
    else if (field && node->type != NODE_NULL)
        filling_take(d, filling, &(struct spot){field, at->name, node});
    else
        decode_wrong_type(d, at, "a mapping");
}

void decode_into(struct decoder *d, const struct section *section, const struct spot *at, void *place)
{
    struct filling filling = {.section = section, .place = place};

    filling_walk(d, &filling, at);
    if (at->node->type == NODE_MAP || filling.seen)
        filling_end(d, &filling, at->node);
}

void *decode_section(struct decoder *d, const struct section *section, const struct spot *at)
{
    size_t max_fields = at->node->type == NODE_MAP ? at->node->len + 1 : 1;
    struct filling filling = filling_start(d, section, decode_pos(d, at->node), max_fields);

    filling_walk(d, &filling, at);
    if (at->node->type == NODE_MAP || filling.seen)
        filling_end(d, &filling, at->node);
    return filling.place ? filling.place : filling.map;
}
