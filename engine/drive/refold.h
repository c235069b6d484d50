/* refold: a run as its journal left it. The causes are fed to a fresh core; what the core concludes from them
 * is held against what the journal has, event by event. */
#ifndef DRIVE_REFOLD_H
#define DRIVE_REFOLD_H

#include "core/core.h"
#include "drive/past.h"

struct refold {
    struct run *run;
    struct effect
        *open; /* ordered, and perhaps not come about: look with core_awaits. Strings and values are owned */
    size_t open_count, open_cap;
    size_t swept;             /* entries that were left when it was last tidied */
    char *nonce;              /* of the run's secret tokens; NULL: it never started */
    int64_t wall_us, mono_us; /* of the last event */
    size_t agreed;            /* events that were read */
};

/* As much of a past as another run takes over. */
struct refold_part {
    size_t count;     /* events at most */
    const char *hold; /* the frame before which it ends (core_hold), or NULL */
    bool is_rollback; /* it ends where its root does */
};

/* `secret_params` are those that the journal does not have; or NULL. Returns 0, or ERR_CORRUPT when the
 * journal and the core do not say the same, with the event. Fini in both cases; the run is the caller's when
 * he takes it out. */
int refold_past(const struct past *past, json_t *secret_params, struct refold *ret_refold, struct err *err);
/* The same of a part, by this program. ERR_CORRUPT also when its end is not come to. */
int refold_part(const struct past *past, const struct program *program, const struct refold_part *part,
    json_t *secret_params, struct refold *ret_refold, struct err *err);
void refold_fini(struct refold *refold);

#endif
