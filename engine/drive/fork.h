/* fork: a run that goes on from the past of another one, which has ended. What came before is taken over: its
 * events are copied, and nothing of it is done again. */
#ifndef DRIVE_FORK_H
#define DRIVE_FORK_H

#include "drive/past.h"
#include "drive/refold.h"

struct fork {
    const struct past *past;       /* has ended */
    const struct program *program; /* the past's own, or the files as they are now */
    const char *how;               /* "retry", "rollback" */
    const char *from;     /* of a retry: path of the frame that is begun again; lives as long as the past */
    const char *instead;  /* after ERR_CONFLICT: the path of a frame that may do; NULL: none */
    struct refold refold; /* the past up to there */
};

/* The path of the step that is meant: by its path, by its id alone where that is clear; NULL: the step that
 * failed the run. ERR_USAGE with what can be done instead. The text lives as long as the past. */
int fork_find(struct past *past, const char *name, const char **ret_path, struct err *err);
/* Has it ended, and is what it did still there? ERR_USAGE. */
int fork_check(const struct past *past, bool is_rollback, struct err *err);
/* Fold the past up to where it is taken over. ERR_CONFLICT: what came before has been undone since, or
 * something else was under way there, of which nobody could say what became of it; `instead` is where it may
 * be begun. Fini in all cases. */
int fork_prepare(struct fork *fork, json_t *secret_params, struct err *err);
void fork_fini(struct fork *fork);

#endif
