/* bundle: whole runs as lines of JSON, which leave a journal and come into another. With each event comes the
 * proof that it was part of the journal's tree, so that a bundle shows by itself that it is whole.
 *
 *     {"format": "runbook-export-1", "run": ID, "head": the signed root, "row": what `runs` shows}
 *     {"source": {path, sha256, text}}
 *     {"event": {…}, "data": {…}, "proof": […]}
 *     {"output": {path, stream, offset, …, bytes}}
 *     {"end": ID, "sha256": of the lines above, from the first of this run}
 */
#ifndef CLI_BUNDLE_H
#define CLI_BUNDLE_H

#include "cli/audit_inside.h"

/* One run that has ended. `ret_is_signed`: a checkpoint covers it. */
int bundle_write(struct journal *journal, const char *run_id, FILE *to, bool *ret_is_signed, struct err *err);

struct bundle;

/* Does the text begin as one? */
bool bundle_is_one(const char *text);
/* All runs of the file's text, each checked. `key` (or NULL) is who must have signed their roots;
 * `is_unchecked`: nobody need have. `name` is the file's, for errors, which say which part is wrong. */
struct bundle_trust {
    const struct note_key *key;
    bool is_named, is_unchecked;
};
int bundle_read(const char *name, const char *text, const struct bundle_trust *trust,
    struct bundle **ret_bundle, struct err *err);
void bundle_free(struct bundle *bundle); /* NULL is fine */
size_t bundle_count(const struct bundle *bundle);
/* Into another journal: all, or none. */
int bundle_import(struct bundle *bundle, struct journal *journal, struct principal by, struct err *err);
const char *bundle_run_id(const struct bundle *bundle, size_t index);

#endif
