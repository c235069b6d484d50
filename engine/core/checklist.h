/* checklist: the points of a manual step, ticked off one by one: a boolean for each. */
#ifndef CORE_CHECKLIST_H
#define CORE_CHECKLIST_H

#include "base/err.h"
#include "model/value.h"

/* As many as there are points, none ticked. New reference. */
json_t *checklist_new(const json_t *points);
/* Does `data` have a "checklist" of numbers, from 1, of points that step `id` has? */
int checklist_check(const json_t *ticked, const char *id, const json_t *data, struct err *err);
/* Tick them off; true when all are now. */
bool checklist_tick(json_t *ticked, const json_t *data);
/* The same list, or NULL when nobody has ticked off anything. Borrowed. */
json_t *checklist_ticked(json_t *ticked);

#endif
