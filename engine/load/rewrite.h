/* rewrite: other expectations in a file of scenarios. Only the lines concerned change; comments, order and
 * layout of all others stay. */
#ifndef LOAD_REWRITE_H
#define LOAD_REWRITE_H

#include "base/err.h"
#include "model/scenario.h"

/* What is to stand in the `expect` of one scenario. */
struct rewriting {
    const struct scenario *scenario;
    const json_t *values; /* key -> value, of the keys to be written */
};

/* The new text of the file, and the difference: lines that begin with " ", "-" and "+", each change under its
 * "file:line". The rewritings are in the order of the file. One that cannot be written is told in `diags` and
 * left out. */
void scenarios_rewrite(const struct scenario_file *file, const struct rewriting *rewritings, size_t count,
    struct text *ret_text, struct text *ret_difference, struct diags *diags);

#endif
