/* coverage_points: what the scenarios of a book ought to reach, found in the book itself.
 *
 * A step counts once, under `ran`. Everything else is a branch: a way a run can go that its author wrote
 * down. How a step fails is one only where that makes a difference: where the failure is repaired, tolerated
 * or tried again; elsewhere it ends the run, whichever step it was. `always` is none: it runs in every case.
 */
#ifndef REPORT_COVERAGE_POINTS_H
#define REPORT_COVERAGE_POINTS_H

#include "model/document.h"

/* The name is for programs, the text says what it means that it was missed. */
/* clang-format off */
#define POINTS(X)                                                                                           \
    X(RAN, "ran", "never ran")                                                                              \
    X(WHEN_TRUE, "when-true", "`when` was never true")                                                      \
    X(WHEN_FALSE, "when-false", "`when` was never false")                                                   \
    X(CASE, "case", "was never taken")                                                                      \
    X(NO_CASE, "no-case", "there was always a case that was taken")                                         \
    X(RESCUE, "rescue", "`rescue` was never entered")                                                       \
    X(UNDO, "undo", "`undo` was never carried out")                                                         \
    X(TIMEOUT, "timeout", "never timed out")                                                                \
    X(DEADLINE, "deadline", "`deadline` was never missed")                                                  \
    X(FAILED, "failed", "never failed")                                                                     \
    X(RETRIED, "retried", "was never tried again")                                                          \
    X(POLLED, "polled", "`until` was never false")                                                          \
    X(NO_ELEMENT, "no-element", "`foreach` always had an element")                                          \
    X(NO_PASS, "no-pass", "`while` was never false from the beginning")                                     \
    X(DONE, "done", "was never said to be done")                                                            \
    X(NOT_DONE, "not-done", "could always be done")                                                         \
    X(APPROVED, "approved", "was never approved")                                                           \
    X(DENIED, "denied", "was never denied")                                                                 \
    X(ANSWERED, "answered", "was never answered")                                                           \
    X(UNANSWERED, "unanswered", "was always answered in time")                                              \
    X(SIGNAL_CAME, "signal-came", "never came")                                                             \
    X(SIGNAL_MISSED, "signal-missed", "always came in time")                                                \
    X(PAGED, "paged", "was never paged")                                                                    \
    X(NOT_PAGED, "not-paged", "`when` was never false")                                                     \
    X(ACKNOWLEDGED, "acknowledged", "was never acknowledged")                                               \
    X(ACK_EXPIRED, "ack-expired", "no acknowledgement ever expired")                                        \
    X(EXHAUSTED, "exhausted", "there was always somebody who acknowledged")
/* clang-format on */

#define X(name, id, text) POINT_##name,
enum point_type { POINTS(X) POINT_COUNT };
#undef X

const char *point_name(enum point_type type);
const char *point_text(enum point_type type);

/* One thing to be reached. Strings are the arena's that points_find was given. */
struct point {
    enum point_type type;
    uint32_t number; /* of a case or a level, from 1 */
    uint32_t file;   /* index in files */
    uint32_t line, column;
    const char *owner;   /* a step's id, a policy's name, or "" for the runbook itself */
    const char *subject; /* what the text speaks of where that is not the owner: "case 2"; or "" */
};

struct points_file {
    const struct source *source; /* the book's */
    const char *path, *text;
    size_t len;
};

/* The points of a document's step i are from starts[i] up to starts[i + 1]; after the last step come those of
 * the document. Something happens to step i: then the point at arrivals[i] - 1 is reached. */
struct points_index {
    size_t *starts, *arrivals;
};

struct points {
    struct point *items;
    size_t len, cap;
    struct points_file *files;
    size_t file_count, file_cap;
    struct points_index *documents; /* one for each of the book */
    size_t document_count;
    size_t policies; /* from here on, those of policies */
};

void points_find(const struct book *book, struct arena *arena, struct points *ret_points);
void points_fini(struct points *points);

/* What an author wrote under the step's kind, by the kind's own table; NULL when the kind has no such field.
 */
const void *step_argument(const struct step *step, const char *name);

#endif
