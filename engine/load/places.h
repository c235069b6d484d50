/* places: everywhere the steps of a book can stand in a run, the steps of runbooks that it calls below the
 * calls. */
#ifndef LOAD_PLACES_H
#define LOAD_PLACES_H

#include "base/map.h"
#include "model/document.h"
#include "model/path.h"

struct place {
    struct path_forms forms;
    char *path; /* without items and attempts */
    const struct step *step;
};

struct places {
    struct place *items;
    size_t len, cap;
    struct map by_path; /* path, and id, -> number + 1 of the first */
    bool is_cut;        /* there are more places than were looked at: calls that call multiply */
};

/* What a step of kind call carries out; NULL of any other. */
const struct document *places_callee(const struct book *book, const struct step *step);
void places_find(const struct book *book, struct places *ret_places);
void places_fini(struct places *places);
/* The first place of a path, whose items and attempts are ignored, or of an id; NULL: there is none. */
const struct place *places_at(const struct places *places, const char *path);
/* The step in "a[2]/b" that is carried out once and so has no items, with where its "[" stands; NULL when all
 * have them. */
const struct step *places_without_items(
    const struct places *places, const char *path, const char **ret_bracket);
/* All paths and ids, twice `len`, for hints. The array is the caller's to free. */
const char **places_names(const struct places *places);

#endif
