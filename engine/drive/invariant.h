/* invariant: watches one run for what its author says must hold (`invariants` of the runbook), turn by turn.
 * Those of runbooks that are called are watched where these are run by themselves. */
#ifndef DRIVE_INVARIANT_H
#define DRIVE_INVARIANT_H

#include "base/text.h"
#include "core/core.h"
#include "model/invariant.h"

/* Since the run's start; `why` in words, for after "the invariant was broken: ". */
struct breach {
    const struct invariant *invariant;
    int64_t at_us;
    char *why;
};

struct watch;

/* NULL when the book's runbook has no invariants: everything below takes that, and does nothing. */
struct watch *watch_new(const struct book *book, struct script *script);
struct watch *watch_copy(const struct watch *watch);
void watch_free(struct watch *watch);

/* After each turn of the run. Each invariant is broken at most once. */
void watch_turn(struct watch *watch, struct run *run, const struct turn *turn);
/* Nothing more will happen, whether the run has ended or waits for ever. */
void watch_end(struct watch *watch, struct run *run);

size_t watch_count(const struct watch *watch);
const struct breach *watch_breach(const struct watch *watch, size_t i); /* in the order of their breaking */
/* "backup-is-resumed", or what the invariant says: "always: not steps.a.ok". Appends. */
void invariant_put_name(const struct invariant *invariant, struct text *text);

/* What of the watch decides what it will still find, as bytes, for telling states apart; which invariants are
 * broken already is left out, as each is told of once. Appends. */
void watch_digest(const struct watch *watch, int64_t now_us, struct text *text);

#endif
