/* after: events of a run that are known as a whole: the first of a copy, and what is said of a run that has
 * ended. */
#ifndef JOURNAL_AFTER_H
#define JOURNAL_AFTER_H

#include "journal/store.h"

struct after_rows {
    const char *run_id;
    const struct event *events;
    size_t count;
};

struct postscript {
    const char *run_id;
    const struct event *last; /* that was known of the run */
    struct after_rows rows;
};

/* Both within a transaction. */
int after_write(struct store *store, const struct after_rows *rows, struct err *err);
/* ERR_USAGE when the run has not ended, ERR_CONFLICT when `last` is not its last. */
int after_add(struct store *store, const struct postscript *postscript, struct err *err);

#endif
