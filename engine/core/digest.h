/* digest: writing down what decides the future of a run, as bytes that are equal for equal futures. */
#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H

#include "core/run.h"
#include "script/uses.h"

struct digest {
    const struct run *run;
    const struct uses *uses;
    void (*of_node)(void *context, uint32_t node, struct text *text);
    void *context;
    struct text *text;
};

void digest_number(struct text *text, int64_t number);
void digest_text(struct text *text, const char *string); /* NULL like "" */
void digest_value(struct text *text, const json_t *value);
/* Its timers, by the time that is left, and what the driver knows of it. */
void digest_node(struct digest *digest, const struct node *node);

/* escalation.c */
void escalation_digest(struct digest *digest);

/* live.c: what of a document's results and variables something that may still run looks at. */
struct live {
    const struct document_uses *uses;
    bool *may_run;   /* by step->index: its own keys may be evaluated again */
    unsigned *parts; /* by step->index: parts of its result, enum use_part */
    bool *variables; /* by number; the one behind the last: all of them */
};

/* `frame` is the document's. */
void live_init(struct live *live, const struct uses *uses, const struct frame *frame);
/* As if every step might still run. */
void live_init_all(struct live *live, const struct uses *uses, const struct document *document);
void live_fini(struct live *live);

#endif
