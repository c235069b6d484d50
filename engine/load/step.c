/* step: lists of steps. A step is a mapping with one kind and any of the keys of step_section. */
#include "base/map.h"
#include "load/decode.h"
#include "load/rules.h"

#include <string.h>

static const struct kind *find_kind(const struct decoder *d, const char *name)
{
    for (kind_list kind = d->kinds; *kind; kind++)
        if (*(*kind)->name == *name && strcmp((*kind)->name, name) == 0)
            return *kind;
    return NULL;
}

enum { NAMES_MAX = 192 };

static void list_kinds(const struct decoder *d, struct text *text)
{
    for (kind_list kind = d->kinds; *kind; kind++)
        text_printf(text, "%s%s", kind == d->kinds ? "" : ", ", (*kind)->name);
}

static void unknown_key(struct decoder *d, const struct pair *pair)
{
    const char *known[NAMES_MAX];
    struct text kinds autotext = {0}, keys autotext = {0};
    struct diag *diag;
    size_t count = 0;

    for (const struct field *field = step_section.fields; field->name && count < NAMES_MAX; field++) {
        text_printf(&keys, "%s%s", count ? ", " : "", field->name);
        known[count++] = field->name;
    }
    for (kind_list kind = d->kinds; *kind && count < NAMES_MAX; kind++)
        known[count++] = (*kind)->name;
    diag = decode_unknown_key(d, pair, "a step", known, count);
    if (diag->hint)
        return;
    list_kinds(d, &kinds);
    diag_hint(d->diags, diag, "kinds are %s; other keys are %s", text_str(&kinds), text_str(&keys));
}

/* The one key that says what the step does. */
static const struct pair *find_kind_key(struct decoder *d, const struct node *node, size_t *ret_count)
{
    const struct pair *found = NULL;
    struct diag *diag;

    *ret_count = 0;
    for (size_t i = 0; i < node->len; i++) {
        const struct node *key = node->pairs[i].key;

        if (!find_kind(d, key->text))
            continue;
        ++*ret_count;
        if (!found) {
            found = &node->pairs[i];
            continue;
        }
        diag = diag_error(d->diags, decode_pos(d, key), "kind",
            "a step has one kind: \"%s\" or \"%s\", not both", found->key->text, key->text);
        diag_hint(d->diags, diag, "make two steps of it");
    }
    return found;
}

static bool has_unknown_key(struct decoder *d, const struct node *node)
{
    for (size_t i = 0; i < node->len; i++) {
        const char *name = node->pairs[i].key->text;

        if (!section_find(&step_section, name) && !find_kind(d, name))
            return true;
    }
    return false;
}

static void no_kind(struct decoder *d, const struct node *node)
{
    const char *hint = node_get(node, "shell") ? habit_hint("a step", "script") : NULL;
    struct text all autotext = {0};
    struct diag *diag;

    /* A misspelt kind has its own diagnostic, with the better hint. */
    if (node->is_open || has_unknown_key(d, node))
        return;
    list_kinds(d, &all);
    diag = diag_error(d->diags, decode_pos(d, node), "kind", "the step does not say what to do");
    diag_hint(d->diags, diag, "%s%s", hint ? hint : "give it one of: ", hint ? "" : text_str(&all));
}

/* `with` beside a kind that takes it, as in GitHub Actions, is part of the kind's own keys. */
static const struct field *sibling_field(const struct kind *kind, const char *name)
{
    return kind && strcmp(name, "with") == 0 ? section_find(&kind->section, name) : NULL;
}

static void decode_args(
    struct decoder *d, struct step *step, const struct node *node, const struct pair *pair)
{
    const struct section *section = &step->kind->section;
    size_t max_fields = (pair->value->type == NODE_MAP ? pair->value->len : 1) + 1;
    struct filling filling = filling_start(d, section, decode_pos(d, pair->value), max_fields);
    struct spot at = {NULL, step->kind->name, pair->value};

    filling_walk(d, &filling, &at);
    for (size_t i = 0; i < node->len; i++) {
        const struct field *field = sibling_field(step->kind, node->pairs[i].key->text);

        if (field)
            filling_take(d, &filling, &(struct spot){field, field->name, node->pairs[i].value});
    }
    if (pair->value->type == NODE_MAP || filling.seen)
        filling_end(d, &filling, pair->value);
    step->args = filling.place;
    step->with = filling.map;
    if (!pair->value->is_open) {
        choice_check(d, step, filling.seen);
        cases_check(d, step);
    }
}

/* A list, or a text that is an expression without ${{ }}. */
static void decode_foreach(struct decoder *d, struct step *step, const struct node *node)
{
    step->foreach = node->type == NODE_STRING ? template_expr(d, node) : template_value(d, node);
}

static void take_pair(struct decoder *d, struct step *step, const struct pair *pair)
{
    const struct field *field = section_find(&step_section, pair->key->text);

    if (!field) {
        if (!find_kind(d, pair->key->text) && !sibling_field(step->kind, pair->key->text))
            unknown_key(d, pair);
        return;
    }
    step->given |= UINT64_C(1) << (field - step_section.fields);
    if (step->kind)
        rules_check_key(d, step, field, pair);
    if (field->offset == offsetof(struct step, foreach))
        decode_foreach(d, step, pair->value);
    else
        decode_field(d, &(struct spot){field, field->name, pair->value}, (char *)step + field->offset);
}

static struct step *new_step(struct decoder *d, const struct node *node)
{
    struct document *document = d->document;
    struct step *step = arena_alloc(d->arena, sizeof(*step));

    document->steps = mem_grow(document->steps, document->step_count, &d->step_cap, sizeof(struct step *));
    step->pos = decode_pos(d, node);
    step->document = document;
    step->index = (uint32_t)document->step_count;
    step->parent = d->parent;
    step->fail_fast = true;
    document->steps[document->step_count++] = step;
    return step;
}

static struct step *decode_step(struct decoder *d, const struct node *node)
{
    struct step *step = new_step(d, node), *outer = d->parent;
    size_t kinds;
    const struct pair *kind = find_kind_key(d, node, &kinds);

    if (kind) {
        step->kind = find_kind(d, kind->key->text);
        step->kind_pos = decode_pos(d, kind->key);
    } else {
        no_kind(d, node);
    }
    d->parent = step;
    for (size_t i = 0; i < node->len; i++) {
        if (&node->pairs[i] == kind) {
            d->is_graph = strcmp(step->kind->name, "parallel") == 0;
            decode_args(d, step, node, kind);
            d->is_graph = false;
        } else {
            take_pair(d, step, &node->pairs[i]);
        }
    }
    d->parent = outer;
    return step;
}

static bool too_many_steps(struct decoder *d, const struct node *node)
{
    if (d->document->step_count < LOAD_MAX_STEPS)
        return false;
    if (d->document->step_count == LOAD_MAX_STEPS && !d->is_broken) {
        diag_error(
            d->diags, decode_pos(d, node), "limit", "too many steps: at most %d are allowed", LOAD_MAX_STEPS);
        d->is_broken = true;
    }
    return true;
}

static void fill_block(struct decoder *d, struct block *block, const struct node *node)
{
    block->steps = arena_alloc(d->arena, node->len * sizeof(struct step *));
    for (size_t i = 0; i < node->len; i++) {
        const struct node *item = node->items[i];

        if (item->type != NODE_MAP)
            decode_wrong_type(d, &(struct spot){NULL, "a step", item}, "a mapping such as {run: …}");
        else if (!too_many_steps(d, item))
            block->steps[block->len++] = decode_step(d, item);
    }
}

/* Does this mapping stand for a list of one step? */
static bool is_step(const struct decoder *d, const struct node *node)
{
    for (size_t i = 0; node->type == NODE_MAP && i < node->len; i++)
        if (find_kind(d, node->pairs[i].key->text))
            return true;
    return false;
}

struct block *decode_block(struct decoder *d, const struct spot *at)
{
    struct block *block = arena_alloc(d->arena, sizeof(*block));
    bool is_graph = d->is_graph;
    struct diag *diag;

    d->is_graph = false;
    block->pos = decode_pos(d, at->node);
    if (at->node->type == NODE_LIST) {
        fill_block(d, block, at->node);
    } else if (is_step(d, at->node) && !too_many_steps(d, at->node)) {
        block->steps = arena_alloc(d->arena, sizeof(struct step *));
        block->steps[block->len++] = decode_step(d, at->node);
    } else if (!at->node->is_open) {
        decode_wrong_type(d, at, "a list of steps");
    }
    if (at->node->type == NODE_LIST && !at->node->len && !at->node->is_open) {
        diag = diag_error(d->diags, block->pos, "wrong-value", "\"%s\" has no steps", at->name);
        diag_hint(d->diags, diag, "give it one, such as \"- run: date\"");
    }
    graph_resolve(d, block, is_graph);
    return block;
}
