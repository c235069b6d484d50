/* story: what a run came to, why, and what somebody could do about it now: the lines a tired person reads
 * first. */
#ifndef REPORT_STORY_H
#define REPORT_STORY_H

#include "report/facts.h"
#include "report/paint.h"

/* "failed after 3m12s: step `healthy` timed out (class timeout): no answer from …". One line without colour.
 */
void story_outcome(const struct facts *facts, struct text *text);
/* What else matters: "1 page unanswered · 2 retries · 1 warning". One line, may be empty. */
void story_counts(const struct facts *facts, struct text *text);
/* Two lines: runbook and id; who started it and when. */
void story_heading(const struct facts *facts, const struct paint *paint, size_t width, struct text *text);
/* Lines "  waiting for: approve rollback  ->  runbook approve abc123 rollback". `short_id` is how to call the
 * run. */
void story_next(
    const struct facts *facts, const struct paint *paint, const char *short_id, struct text *text);
/* Outcome and counts with colour, wrapped, each ended by a line end. */
void story_tell(const struct facts *facts, const struct paint *paint, size_t width, struct text *text);
/* The verb that answers this row's question: "approve", "done" or "answer". */
const char *story_verb(const struct row *row);
/* What was asked, in the author's words; "" when nothing. */
const char *story_question(const struct row *row);

#endif
