/* fold: what one event changes in the rows. */
#ifndef REPORT_FOLD_H
#define REPORT_FOLD_H

#include "report/facts.h"

/* Returns the row of a step that has ended by this event, else NULL. */
const struct row *fold_event(struct facts *facts, const struct event *event);
/* A copy in the facts' arena; "" for NULL. */
const char *facts_keep(struct facts *facts, const char *text);
/* "deploy/rollout[2]/verify#3" is attempt 3 of the row "deploy/rollout[2]/verify": the length of that. */
size_t facts_path_len(const char *path);
/* The row of this name, as its index + 1; 0 when there is none. */
size_t facts_index(const struct facts *facts, const char *name);
void facts_set_index(struct facts *facts, const char *name, size_t index);

#endif
