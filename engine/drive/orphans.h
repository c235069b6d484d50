/* orphans: processes of a step that have outlived the engine that started them. Every process of a step
 * carries its run, step and attempt in its environment, and so do its children: that is how they are found
 * again. */
#ifndef DRIVE_ORPHANS_H
#define DRIVE_ORPHANS_H

#include "core/core.h"
#include "io/loop.h"

struct orphans;

/* What was left of the attempt or the notification of `order` has been ended; `pid` is the first of the
 * processes. */
typedef void (*orphans_gone)(void *context, const struct effect *order, long pid);

/* Look for what is left of the order, and end it: TERM, after the order's kill_after KILL. NULL when there is
 * nothing, else `gone` is called once, later. The order is copied. */
struct orphans *orphans_end(
    struct loop *loop, const char *run_id, const struct effect *order, orphans_gone gone, void *context);
/* No matter what comes of it. NULL is fine. */
void orphans_free(struct orphans *orphans);

#endif
