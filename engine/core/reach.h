/* reach: who is meant by the names that stand in notify, by and to. */
#ifndef CORE_REACH_H
#define CORE_REACH_H

#include "model/document.h"

#include <stdbool.h>

/* One person, or one channel named directly. */
struct target {
    const char *name;
    const struct contact *contact; /* NULL: `name` is a channel */
};

struct targets {
    struct target *items;
    size_t len, cap;
};

/* Groups become their members, a rotation whoever is on call at that time, a policy its first level. Each
 * target once; names that mean nothing are left out. Append; free(items) afterwards. */
void reach_expand(
    const struct people *people, const struct strings *names, int64_t wall_us, struct targets *targets);
/* Is this user one of those who are named, of a rotation whoever is on call at that time? An empty list means
 * anybody. */
bool reach_includes(
    const struct people *people, const struct strings *names, int64_t wall_us, const char *user);
const struct policy *reach_policy(const struct people *people, const char *name);
const struct channel *reach_channel(const struct people *people, const char *name);

#endif
