/* virtual_inside: one run in virtual time, as virtual.c and virtual_copy.c share it. */
#ifndef DRIVE_VIRTUAL_INSIDE_H
#define DRIVE_VIRTUAL_INSIDE_H

#include "drive/virtual.h"

enum coming_type { COMING_RESULT, COMING_TIMER, COMING_INPUT };

#define VIRTUAL_NEVER_US INT64_MAX /* when what does not end is due */

/* Something that will be told to the core when its time has come. */
struct coming {
    enum coming_type type;
    int64_t due_us;
    uint64_t serial; /* of two that are due at once, the older comes first */
    uint32_t frame, timer;
    const struct step *step; /* of a result; NULL: a notification's */
    struct outcome outcome;  /* of a result */
    struct input input;      /* owns its texts and its data */
};

struct virtual
{
    struct virtual_options options;
    struct run *run;
    struct turn turns[2]; /* by turns: the one before is still there */
    struct turn *turn;
    int64_t now_us;
    struct coming *coming; /* in no order: there are few */
    size_t coming_count, coming_cap;
    uint64_t serial;
    char **open; /* paths that have begun and not ended */
    size_t open_count, open_cap;
    struct virtual_tally tally;
    bool is_finished;
};

/* Does `a` come before `b`? */
bool coming_is_before(const struct coming *a, const struct coming *b);

#endif
