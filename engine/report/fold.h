/* fold: what one event changes in the rows. */
#ifndef REPORT_FOLD_H
#define REPORT_FOLD_H

#include "report/facts.h"

/* Returns the row of a step that has ended by this event, else NULL. */
const struct row *fold_event(struct facts *facts, const struct event *event);
/* The same for the rows of people and deadlines; after fold_event. */
void fold_people(struct facts *facts, const struct event *event);
/* A row to which nothing has happened. `path` lives as long as the facts. */
void row_init(struct row *row, enum row_type type, const char *path);
void row_mark(struct row *row, enum mark_type type, const struct event *event);
/* `to_us` -1: it goes on. */
void row_span(struct row *row, enum span_type type, int64_t from_us, int64_t to_us);
/* A copy in the facts' arena; "" for NULL. */
const char *facts_keep(struct facts *facts, const char *text);
/* "deploy/rollout[2]/verify#3" is attempt 3 of the row "deploy/rollout[2]/verify": the length of that. */
size_t facts_path_len(const char *path);
/* The row of this name, as its index + 1; 0 when there is none. */
size_t facts_index(const struct facts *facts, const char *name);
void facts_set_index(struct facts *facts, const char *name, size_t index);

#endif
