/* uses: what the expressions of a book look at, step by step: which results and variables. Read from their
 * text; where that does not tell, everything counts as looked at. */
#ifndef SCRIPT_USES_H
#define SCRIPT_USES_H

#include "model/document.h"

#include <stdbool.h>
#include <stdint.h>

/* Parts of steps.<id>. */
enum use_part {
    USE_STATUS = 1, /* and ok */
    USE_EXIT_CODE = 2,
    USE_RESULT = 4, /* stdout, stderr, output, status_code, headers, body */
    USE_OUTPUTS = 8,
    USE_ANSWER = 16,
    USE_BY = 32,
    USE_ERROR = 64,
    USE_MESSAGE = 128,
    USE_ATTEMPTS = 256,
    USE_TIMES = 512, /* started_at, finished_at, seconds */
    USE_ITEMS = 1024,
    USE_ALL = 2047,
};

enum { USE_EVERY = UINT32_MAX }; /* in place of an index: it cannot be told which */

struct use {
    bool is_variable;
    uint32_t index; /* of a step of the document, or in `variables`; or USE_EVERY */
    unsigned parts; /* of a step */
};

struct use_list {
    struct use *items;
    size_t len, cap;
};

struct document_uses {
    const struct document *document;
    struct use_list *steps; /* by step->index: in the step's own keys */
    struct use_list own;    /* in what belongs to no step: outputs, policies, invariants */
    uint32_t *ends;         /* by step->index: behind the last step that stands inside it */
    struct map variables;   /* the names that are looked at; the value is the index + 1 */
};

struct uses {
    struct document_uses *documents; /* as in the book */
    size_t count;
    bool looks_at_time;   /* now(), when a step ran, or a time of day that is waited for */
    bool looks_at_failed; /* `failed` */
    bool counts_warnings; /* run.warnings, of invariants */
};

struct uses *uses_new(const struct book *book);
void uses_free(struct uses *uses);
const struct document_uses *uses_of(const struct uses *uses, const struct document *document);

#endif
