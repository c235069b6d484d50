#include "script/compile.h"

struct references {
    struct document *document;
    struct diags *diags;
};

struct references *references_new(struct document *document, struct diags *diags)
{
    struct references *references = mem_alloc(sizeof(*references));

    references->document = document;
    references->diags = diags;
    return references;
}

void references_free(struct references *references)
{
    free(references);
}

void references_check(struct references *references, const struct expr *expr, const struct place *place)
{
    (void)references;
    (void)expr;
    (void)place;
}
