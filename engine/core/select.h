/* select: which steps are left out. */
#ifndef CORE_SELECT_H
#define CORE_SELECT_H

#include "core/frame.h"

/* What the person who starts a run asks for. */
struct selection {
    const struct step *from;        /* of the first document, or NULL */
    const json_t *tags, *skip_tags; /* lists of texts, or NULL */
};

/* Why a step is not carried out whatever its `when` says ("from", "tags", "skip-tags"), or NULL. */
const char *select_leaves_out(const struct selection *selection, const struct step *step);

/* Why the frame's step is skipped, or NULL. A `when` that cannot be evaluated becomes the frame's failure. */
const char *skip_reason(struct run *run, struct frame *frame);

#endif
