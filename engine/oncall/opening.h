/* opening: the working time of a calendar. Instants are microseconds. */
#ifndef ONCALL_OPENING_H
#define ONCALL_OPENING_H

#include "oncall/week.h"

struct opening {
    const struct zone *zone;
    const struct week *week;
    const struct span *closed; /* holidays; in order, none touches the next */
    size_t closed_count;
};

/* Is it open then? Until when is it what it is; INT64_MAX where it does not change within ten years. */
bool opening_is_open(const struct opening *opening, int64_t at_us, int64_t *ret_until_us);
/* When that much working time has passed. Where there is none within ten years, all time counts, so that
 * nothing waits for ever. */
int64_t opening_after(const struct opening *opening, int64_t at_us, int64_t duration_us);

#endif
