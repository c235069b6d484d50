/* promises: what the engine promises for every runbook, whoever wrote it, watched over one run:
 *
 *     - what registered an undo is undone when the run fails
 *     - while nobody has acknowledged an escalation, its next level is paged when it is due */
#ifndef DRIVE_PROMISES_H
#define DRIVE_PROMISES_H

#include "core/core.h"

struct promises;

struct promises *promises_new(void);
struct promises *promises_copy(const struct promises *promises);
void promises_free(struct promises *promises);
/* After each turn. */
void promises_turn(struct promises *promises, const struct turn *turn);
/* The first promise that was not kept, in words; NULL when there is none. Borrowed. */
const char *promises_broken(const struct promises *promises);
/* What of it decides what will still be found, as bytes. Appends. */
void promises_digest(const struct promises *promises, int64_t now_us, struct text *text);

#endif
