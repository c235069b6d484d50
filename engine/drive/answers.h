/* answers: what was answered beforehand, with --answer and --yes. An answer is for a path, of one item or of
 * all, or for an id wherever it stands; the one that says more of the place counts. */
#ifndef DRIVE_ANSWERS_H
#define DRIVE_ANSWERS_H

#include "core/core.h"
#include "model/diag.h"
#include "model/document.h"

/* Where nobody can be asked: every step that would have to ask and is not covered is a problem. */
void answers_check(const struct book *book, const json_t *answers, bool yes, struct diags *diags);
/* Answers that can never be one: of steps that are not there or ask nothing (with `lost_too`, each may ask
 * what became of it), and what the question does not take. */
void answers_check_given(const struct book *book, const json_t *answers, bool lost_too, struct diags *diags);
/* What "yes" means to a question of this kind: "done", "fail", "approve" or "deny"; NULL when nothing. */
const char *answer_decision(const char *kind, const char *word);
/* The data of the answer to a question that --answer or --yes covers; NULL when they do not. New reference.
 */
json_t *answer_for(const struct effect *ask, const json_t *answers, bool yes);

#endif
