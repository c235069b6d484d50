/* turns: who of a rotation is on call, and until when. Instants are microseconds. */
#ifndef ONCALL_TURNS_H
#define ONCALL_TURNS_H

#include "oncall/week.h"

struct stand_in {
    struct span span; /* first: they are sorted as spans are */
    const char *member;
};

struct turns {
    const struct zone *zone;
    int64_t anchor_s;                 /* local time at which the first member's turn begins, once */
    int64_t every_s;                  /* 0: the first member, always */
    const struct week *hours;         /* NULL: all of them */
    const struct stand_in *stand_ins; /* in order of time */
    size_t stand_in_count;
};

struct duty {
    const char *member; /* NULL: nobody */
    int64_t until_us;   /* INT64_MAX: for good */
    bool is_stand_in;
};

/* Who is on call then, until something changes: to somebody else, to nobody, or to the same person again. */
void turns_at(const struct rotation *rotation, int64_t at_us, struct duty *ret_duty);
/* The next change to somebody else or to nobody; false when there is none within two years. */
bool turns_next(const struct rotation *rotation, int64_t at_us, int64_t *ret_us, struct duty *ret_duty);

#endif
