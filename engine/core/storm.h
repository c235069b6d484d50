/* storm: how many messages of the run a target gets through a channel in which time. A time begins with the
 * first message that goes out after the one before is over. */
#ifndef CORE_STORM_H
#define CORE_STORM_H

#include "core/run.h"
#include "model/people.h"

struct gate {
    const char *target, *channel; /* names; the book's */
    int64_t opened_us;            /* of the run */
    int64_t count;                /* messages since then */
    bool has_paged;               /* a page of an escalation was among them */
};

/* May one more go out now? Then it is counted. Otherwise *ret_opens_us is when. Of each time the first page
 * goes out in any case. */
bool storm_pass(struct run *run, const struct channel *channel, const struct gate *gate, bool is_page,
    int64_t *ret_opens_us);
void storm_copy(const struct run *from, struct run *to);

#endif
