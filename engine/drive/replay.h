/* replay: the causes of a past run are fed to a fresh core, and what it concludes is compared with what the
 * journal has. */
#ifndef DRIVE_REPLAY_H
#define DRIVE_REPLAY_H

#include "drive/past.h"

struct replay;

/* Where the two part. Good until the replay is freed. */
struct parting {
    const struct event *then, *now; /* what the journal has, what comes out now; NULL: nothing there */
    const char *refusal;            /* the core would not take what the journal has; or NULL */
};

/* `program` is the past's own, or another version of it. Both must outlive the replay. */
struct replay *replay_new(const struct past *past, const struct program *program);
void replay_free(struct replay *replay);
/* Go on until `seq` events agree, or all (0). Returns 0, or -1 when they part. */
int replay_until(struct replay *replay, uint64_t seq, struct parting *ret_parting);
/* Events that agree so far. */
size_t replay_agreed(const struct replay *replay);
/* How many were redacted, and agree but for what they told. */
size_t replay_blank(const struct replay *replay);
/* The number of the first redacted event that something may follow from: where the two part behind it, that
 * may be for what is gone. 0: there is none. */
uint64_t replay_blind(const struct replay *replay);
/* How many were compared by their kind and step alone, as they were taken over from a run of other files. */
size_t replay_loose(const struct replay *replay);
/* Events among them with a text that a secret parameter went into, of which only the mask is known: all else
 * of them agrees. */
size_t replay_hidden(const struct replay *replay);
const struct run *replay_run(const struct replay *replay);

#endif
