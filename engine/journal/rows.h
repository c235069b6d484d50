/* rows: how each kind of row is written. */
#ifndef JOURNAL_ROWS_H
#define JOURNAL_ROWS_H

#include "journal/batch.h"

int row_write_event(struct store *store, const struct row *row, struct err *err);
int row_write_output(struct store *store, const struct row *row, struct err *err);
int row_write_inbox_taken(struct store *store, const struct row *row, struct err *err);
int row_write_lease(struct store *store, const struct row *row, struct err *err);
int row_write_rest(struct store *store, const struct row *row, struct err *err);
int row_write_keep_on(struct store *store, const struct row *row, struct err *err);
int row_let_go(struct store *store, const struct row *row, struct err *err);

/* The stable name of an output's stream, and back (-1). */
const char *output_stream_name(enum output_stream stream);
int output_stream_parse(const char *name);

#endif
