/* needs: what a value that is not known yet waits for, read from the text of its expression. */
#ifndef DRIVE_NEEDS_H
#define DRIVE_NEEDS_H

#include "drive/known.h"

/* The words of needs.when. */
extern const char need_start[];     /* the run's id and times */
extern const char need_evaluated[]; /* the present */
extern const char need_event[];     /* what started the run */
extern const char need_failed[];
extern const char need_item[];
extern const char need_result[]; /* of the attempt */
extern const char need_steps[];  /* steps that cannot be told from the text */

void needs_fini(struct needs *needs);
bool needs_any(const struct needs *needs);
void needs_merge(struct needs *needs, const struct needs *more);
void needs_add(json_t **list, const char *text); /* once */
/* {known_after, known_when?, secrets?} into `map`, and back (borrowed). */
void needs_put(const struct needs *needs, json_t *map);
struct needs needs_get(const json_t *map);
/* "(known after steps a and b)". */
void needs_phrase(const struct needs *needs, struct text *text);
/* Everything the expression names that is not known. `ret_is_certain`: it cannot get by without it, or only
 * seems to; there is no use in evaluating it. */
void needs_of(const struct known *known, const struct expr *expr, const struct step *at,
    struct needs *ret_needs, bool *ret_is_certain);

#endif
