/* zone: what the clocks of a place show. The rules are the system's tz database; they are read once, when a
 * book is loaded, and are a table from then on. Instants and local times are seconds; a local time counts as
 * if the clocks of the place were those of UTC. */
#ifndef ONCALL_ZONE_H
#define ONCALL_ZONE_H

#include "model/diag.h"

enum { DAY_SECONDS = 86400, ZONE_VERSION_SIZE = 16 };

struct zone_change {
    int64_t at_s;  /* from this instant on */
    int64_t ahead; /* seconds that local time is ahead of UTC */
};

struct zone {
    const char *name;
    const struct zone_change *changes; /* at least one; the first holds for all time before, too */
    size_t len;
};

/* NULL: the system knows no such zone. In the arena. */
const struct zone *zone_read(struct arena *arena, const char *name);
/* "did you mean …?" */
void zone_suggest(struct diags *diags, struct diag *diag, const char *name);
/* "2025b", or "" where the system does not say. */
const char *zone_version(char ret[ZONE_VERSION_SIZE]);

int64_t zone_local(const struct zone *zone, int64_t at_s);
/* When the clocks show this: the first time where they do twice; where they never do, the instant at which
 * they jump over it. */
int64_t zone_instant(const struct zone *zone, int64_t local_s);

/* The local day of an instant, counted from 1970-01-01, and the weekday of such a day: 0 is Monday. */
int64_t day_of(int64_t local_s);
int weekday_of(int64_t day);
/* "2026-12-25"; false when there is no such day. */
bool day_parse(const char *text, int64_t *ret_day);

#endif
