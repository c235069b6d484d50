/* oncall: rotations and calendars, as they are written and as they are looked up. */
#ifndef ONCALL_ONCALL_H
#define ONCALL_ONCALL_H

#include "oncall/opening.h"
#include "oncall/turns.h"

/* The pinned text of a calendar's .ics file; NULL when there is none, and that has been said. */
struct ics_reader {
    const struct source *(*read)(void *context, const struct placed *ics);
    void *context;
};

/* Work out what rotations and calendars come to, once; what is wrong with them goes to `diags`. Everything is
 * in the arena. */
void oncall_prepare(
    struct people *people, const struct ics_reader *reader, struct arena *arena, struct diags *diags);

#endif
