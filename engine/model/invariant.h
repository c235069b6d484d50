/* invariant: what an author says must hold of every run. */
#ifndef MODEL_INVARIANT_H
#define MODEL_INVARIANT_H

#include "model/class.h"
#include "model/field.h"

/* Exactly one of `always`, `finally` and `within`. */
struct invariant {
    struct pos pos;
    const char *name;        /* or NULL */
    struct expr *always;     /* true after everything that happens */
    struct expr *finally;    /* true when the run has ended */
    struct amount within;    /* after each event that `of` means … */
    const char *of, *expect; /* … one comes that `expect` means; event patterns */
};

/* An event pattern: a glob for the type of an event, and, each where given, one for the path of what it is
 * about and one for how that ended: "step.finished backup failed". A path without a slash is a step's id
 * wherever the step stands; attempts are left out of paths. */
enum { PATTERN_WORDS = 3, PATTERN_WORD_SIZE = 256 };

struct event_pattern {
    char words[PATTERN_WORDS][PATTERN_WORD_SIZE]; /* type, path, status; "*" where not given */
};

/* False when there are no words, too many, or too long ones. */
bool pattern_parse(const char *text, struct event_pattern *ret_pattern);
struct event;
bool pattern_matches(const struct event_pattern *pattern, const struct event *event);

#endif
