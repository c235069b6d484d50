#include "load/places.h"
#include "load/decode.h"

#include <string.h>

enum { PLACES_MAX = 50000 };

const struct document *places_callee(const struct book *book, const struct step *step)
{
    const struct field *field = step->kind ? section_find(&step->kind->section, "runbook") : NULL;
    const char *path;

    if (!field || strcmp(step->kind->name, "call") != 0 || !step->args)
        return NULL;
    path = *(const char *const *)((const char *)step->args + field->offset);
    return path ? book_find(book, path) : NULL;
}

static char *path_of(const char *before, const struct step *step)
{
    char *parent autofree = step->parent ? path_of(before, step->parent) : mem_strdup(before);

    return mem_printf("%s%s%s", parent, *parent ? "/" : "", step->id);
}

static void add_key(struct places *places, const char *key)
{
    if (!map_get(&places->by_path, key))
        map_put(&places->by_path, key, (void *)places->len);
}

/* Takes the path. */
static void add(struct places *places, const struct step *step, char *path)
{
    struct place *place;

    if (places->len == PLACES_MAX) {
        places->is_cut = true;
        free(path);
        return;
    }
    places->items = mem_grow(places->items, places->len, &places->cap, sizeof(*places->items));
    place = &places->items[places->len++];
    *place = (struct place){.path = path, .step = step};
    path_forms_set(&place->forms, path);
    add_key(places, path);
    add_key(places, step->id);
}

/* Hooks that are called for a step stand below it. */
static void add_hooks(struct places *places, const struct document *document, const char *path)
{
    static const enum hook_type types[] = {HOOK_BEFORE_STEP, HOOK_ON_FAILURE, HOOK_AFTER_STEP};

    for (size_t i = 0; document->hooks && i < sizeof(types) / sizeof(types[0]); i++) {
        const struct block *hook = document->hooks->of[types[i]];

        if (hook)
            add(places, hook->steps[0], mem_printf("%s/%s", path, hook->steps[0]->id));
    }
}

static bool is_called_for_step(const struct step *step)
{
    return step->hook && step->hook != HOOK_ON_FINISH && step->hook != HOOK_ON_ESCALATION;
}

static void add_document(struct places *places, const struct book *book, const struct document *document,
    const char *before, size_t depth)
{
    places->is_cut |= depth > LOAD_MAX_CALLS;
    for (size_t i = 0; i < document->step_count && !places->is_cut; i++) {
        const struct step *step = document->steps[i];
        const struct document *callee = places_callee(book, step);
        char *path autofree = path_of(before, step);

        if (is_called_for_step(step))
            continue;
        add(places, step, mem_strdup(path));
        if (!step->hook)
            add_hooks(places, document, path);
        if (callee)
            add_document(places, book, callee, path, depth + 1);
    }
}

void places_find(const struct book *book, struct places *ret_places)
{
    *ret_places = (struct places){0};
    add_document(ret_places, book, book->documents[0], "", 0);
}

void places_fini(struct places *places)
{
    for (size_t i = 0; i < places->len; i++) {
        path_forms_fini(&places->items[i].forms);
        free(places->items[i].path);
    }
    free(places->items);
    map_fini(&places->by_path);
    *places = (struct places){0};
}

const struct place *places_at(const struct places *places, const char *path)
{
    struct path_forms forms = {0};
    size_t number;

    path_forms_set(&forms, path);
    number = (size_t)map_get(&places->by_path, text_str(&forms.bare));
    path_forms_fini(&forms);
    return number ? &places->items[number - 1] : NULL;
}

const struct step *places_without_items(
    const struct places *places, const char *path, const char **ret_bracket)
{
    for (const char *at = strchr(path, '['); at; at = strchr(at + 1, '[')) {
        char *before autofree = mem_strndup(path, (size_t)(at - path));
        const struct place *place = places_at(places, before);
        const struct step *step = place ? place->step : NULL;

        if (!step || step->foreach || step->while_ || step->hook == HOOK_ON_ESCALATION)
            continue;
        *ret_bracket = at;
        return step;
    }
    return NULL;
}

const char **places_names(const struct places *places)
{
    const char **names = mem_alloc((2 * places->len + 1) * sizeof(*names));

    for (size_t i = 0; i < places->len; i++) {
        names[2 * i] = places->items[i].path;
        names[2 * i + 1] = places->items[i].step->id;
    }
    return names;
}
