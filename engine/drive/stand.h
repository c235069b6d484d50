/* stand: a run in virtual time on its way through all that can happen: what has been decided so far has
 * happened, what has not is open. */
#ifndef DRIVE_STAND_H
#define DRIVE_STAND_H

#include "base/hash.h"
#include "drive/decision.h"
#include "drive/invariant.h"
#include "drive/promises.h"
#include "script/uses.h"

/* What is the same for every stand of an exploration. */
struct stage {
    const struct program *program;
    struct deciders *deciders;
    struct uses *uses;
    json_t *start; /* the data of INPUT_START */
    struct principal initiator;
    int64_t wall_us;
    struct stand *current; /* whose world answers */
    struct turn turns[2];  /* for the one that is going on */
    struct text *heard;    /* lines of what people would notice, added to as it happens; or NULL */
    bool hears_all;        /* every event, for tests */
    struct map *unknown;   /* paths -> message: expressions that failed; or NULL */
    struct text *taken;    /* lines that name the inputs that were not refused; or NULL */
    uint64_t events;       /* of all stands */
};

enum stand_state {
    STAND_OPEN,     /* a decision is due */
    STAND_FINISHED, /* the run has ended */
    STAND_WAITS,    /* nothing will happen any more, and it has not */
    STAND_ENDLESS,  /* it goes on and on without a decision */
};

struct stand;

/* An expression that failed as it looked at what a step never brought. */
struct wanting {
    const char *path, *message; /* of the step that failed; kept by the deciders */
    const struct step *step;    /* that was not done, or that nobody answered */
};

/* From the start of the run to the first decision. */
struct stand *stand_new(struct stage *stage, enum stand_state *ret_state);
struct stand *stand_copy(const struct stand *stand);
void stand_free(struct stand *stand);

/* The line of `taken` for an input at that time. Appends. */
void stand_input_key(const struct input *input, int64_t at_us, struct text *text);

/* What is to be decided next, in STAND_OPEN. */
const struct decision *stand_decision(const struct stand *stand);
/* Decide it, and go on to the next. */
enum stand_state stand_take(struct stand *stand, size_t option);

struct hash128 stand_digest(const struct stand *stand, struct text *scratch);
struct virtual *stand_virtual(const struct stand *stand);
const struct watch *stand_watch(const struct stand *stand);
const struct promises *stand_promises(const struct stand *stand);
/* The path of a question that nobody may answer, and that has no timeout; NULL. */
const char *stand_unanswerable(const struct stand *stand);
/* The last one; NULL. */
const struct wanting *stand_wanting(const struct stand *stand);

#endif
