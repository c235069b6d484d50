/* id: an id for every step, and what is found through ids. */
#include "base/map.h"
#include "load/rules.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { SLUG_MAX = 48, ID_SIZE = 80 };

/* In expressions a dash is an underscore: ids that differ only in this would be the same name. */
static const char *fold(const char *id, char ret_folded[ID_SIZE])
{
    size_t len = 0;

    for (; *id && len < ID_SIZE - 1; id++)
        ret_folded[len++] = *id == '-' ? '_' : *id;
    ret_folded[len] = '\0';
    return ret_folded;
}

static void take_written(struct decoder *d, struct map *taken, struct step *step)
{
    char folded[ID_SIZE];
    struct step *before = map_get(taken, fold(step->id, folded));
    struct diag *diag;

    if (!before) {
        map_put(taken, folded, step);
        map_put(&d->document->ids, step->id, step);
        step->has_id = true;
        return;
    }
    if (strcmp(before->id, step->id) == 0)
        diag = diag_error(d->diags, step->pos, "duplicate-id", "two steps have the id \"%s\"", step->id);
    else
        diag = diag_error(d->diags, step->pos, "duplicate-id",
            "the ids \"%s\" and \"%s\" differ only in - and _, which are the same in expressions", before->id,
            step->id);
    diag_hint(d->diags, diag, "the first is in line %u", before->pos.line);
}

/* It is named after its moment, and nothing refers to it: it has been called more than once. */
static void take_hook(struct decoder *d, struct map *taken, struct step *step)
{
    map_put(taken, step->id, step);
    map_put(&d->document->derived_ids, step->id, step);
}

/* "Check pod status" -> "check-pod-status"; empty when nothing is left. */
static void slug(const char *title, char ret_slug[ID_SIZE])
{
    size_t len = 0;

    for (; *title && len < SLUG_MAX; title++) {
        if (isalpha((unsigned char)*title) || (len && isdigit((unsigned char)*title)))
            ret_slug[len++] = (char)tolower((unsigned char)*title);
        else if (len && ret_slug[len - 1] != '-')
            ret_slug[len++] = '-';
    }
    while (len && ret_slug[len - 1] == '-')
        len--;
    ret_slug[len] = '\0';
}

/* Writes an id that no other step has, ending in a number when `base` itself is taken. `wanted` counts how
 * often each base was asked for, so that a thousand equal titles are not looked through each time. */
static void make_unique(struct map *taken, struct map *wanted, const char *base, char ret_id[ID_SIZE])
{
    size_t count = (size_t)(uintptr_t)map_get(wanted, base) + 1;
    char folded[ID_SIZE];

    if (count == 1)
        memcpy(ret_id, base, strlen(base) + 1);
    else
        snprintf(ret_id, ID_SIZE, "%s-%zu", base, count);
    while (map_get(taken, fold(ret_id, folded)))
        snprintf(ret_id, ID_SIZE, "%s-%zu", base, ++count);
    map_put(wanted, base, (void *)(uintptr_t)count);
}

static void derive(
    struct decoder *d, struct map *taken, struct map *wanted, struct step *step, size_t position)
{
    char base[ID_SIZE] = "", id[ID_SIZE], folded[ID_SIZE];

    if (step->title)
        slug(step->title, base);
    if (!*base)
        snprintf(base, sizeof(base), "%.40s-%zu", step->kind ? step->kind->name : "step", position);
    make_unique(taken, wanted, base, id);
    map_put(taken, fold(id, folded), step);
    step->id = arena_strdup(d->arena, id);
    map_put(&d->document->derived_ids, step->id, step);
}

/* The nearest loop around each step. Steps come in the order written, so a parent's is known. */
static void find_loop(struct step *step)
{
    const struct step *parent = step->parent;

    if (parent)
        step->loop = parent->foreach ? step->parent : parent->loop;
}

void ids_assign(struct decoder *d)
{
    struct document *document = d->document;
    struct map taken = {0}, wanted = {0};
    size_t *positions autofree = mem_alloc((document->step_count + 1) * sizeof(*positions));

    for (size_t i = 0; i < document->step_count; i++)
        if (document->steps[i]->hook)
            take_hook(d, &taken, document->steps[i]);
    for (size_t i = 0; i < document->step_count; i++) {
        find_loop(document->steps[i]);
        if (document->steps[i]->id && !document->steps[i]->hook)
            take_written(d, &taken, document->steps[i]);
    }
    for (size_t i = 0; i < document->step_count; i++) {
        struct step *step = document->steps[i];
        size_t *position = &positions[step->parent ? step->parent->index + 1 : 0];

        *position += !step->hook;
        if (!step->id)
            derive(d, &taken, &wanted, step, *position);
    }
    map_fini(&taken);
    map_fini(&wanted);
}
