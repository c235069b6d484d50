/* diag: one problem in a runbook, located; and the list of all of them. */
#ifndef MODEL_DIAG_H
#define MODEL_DIAG_H

#include "base/mem.h"
#include "base/text.h"
#include "model/source.h"
#include "model/value.h"

#include <stdbool.h>

enum diag_level { DIAG_ERROR, DIAG_WARNING, DIAG_ADVICE };

struct diag {
    enum diag_level level;
    const char *name; /* stable, e.g. "unknown-key", "undefined-name" */
    struct pos pos;
    const char *text;
    const char *hint; /* may be NULL */
};

/* Owns the texts. Zero-initialise. At most DIAGS_MAX are kept; the rest is counted. */
struct diags {
    struct arena arena;
    struct diag *items;
    size_t len, cap;
    size_t errors; /* how many are errors, kept or not */
    size_t dropped;
};

enum { DIAGS_MAX = 200 };

void diags_fini(struct diags *diags);
/* Returns the diagnostic so that diag_hint can follow; never NULL. */
struct diag *diag_error(struct diags *diags, struct pos pos, const char *name, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
struct diag *diag_warning(struct diags *diags, struct pos pos, const char *name, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void diag_hint(struct diags *diags, struct diag *diag, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "did you mean …?" from the nearest candidate, or nothing. */
void diag_did_you_mean(
    struct diags *diags, struct diag *diag, const char *word, const char *const *candidates, size_t count);

/* Sorted by file, line, column: "file:line:column: error: text", the source line, a caret, the hint. */
void diags_render(struct diags *diags, struct text *text, bool colour);
/* [{"file":…,"line":…,"column":…,"level":…,"name":…,"message":…,"hint":…}]. New reference. */
json_t *diags_json(struct diags *diags);

#endif
