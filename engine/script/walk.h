/* walk: one way through a book that meets every expression, template and list of steps in it, and knows at
 * each what may be used there. */
#ifndef SCRIPT_WALK_H
#define SCRIPT_WALK_H

#include "model/document.h"

enum allowed {
    ALLOW_RESULT = 1,
    ALLOW_FAILED = 2,
    ALLOW_OWN_ITEM = 4,
    ALLOW_SELF = 8,
    IN_UNDO = 16,
    BEFORE_START = 32
};

struct place {
    struct document *document;
    const struct step *step; /* NULL: of the document */
    unsigned allowed;        /* enum allowed */
};

/* Any may be NULL. */
struct walker {
    void (*on_expr)(struct walker *walker, struct expr *expr, const struct place *place);
    void (*on_shell)(
        struct walker *walker, struct template *tmpl, const struct place *place); /* after its items */
    void (*on_block)(struct walker *walker, struct block *block, const struct place *place);
    void (*on_step)(struct walker *walker, struct step *step, const struct place *place);
    const struct template *shared; /* stands in many places and is met once */
};

void walk_document(struct walker *walker, struct document *document);

#endif
