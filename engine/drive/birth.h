/* birth: how a run begins: its row in the journal, and the facts its core is given. */
#ifndef DRIVE_BIRTH_H
#define DRIVE_BIRTH_H

#include "drive/inside.h"

/* Durable when it returns. */
int birth_create(struct live *live, struct err *err);
/* The same for a run whose engine is gone: it is ours now. */
int birth_take_over(struct live *live, struct err *err);
/* This process as an engine, with a lease that begins now. */
struct run_row birth_engine(const char *host);
/* Who we are, as the run's row will say. */
void birth_introduce(struct live *live);
/* The hash over what is pinned, as the run's events have it. New reference. */
json_t *birth_pinned(const struct book *book);
/* What expressions see as `run`. New reference. */
json_t *birth_run(const struct document *document, const char *id, int64_t wall_us, const char *initiator);
/* The data of INPUT_START. New reference. */
json_t *birth_data(const struct live *live);

#endif
