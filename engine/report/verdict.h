/* verdict: a run's events held against what a scenario expects of it. */
#ifndef REPORT_VERDICT_H
#define REPORT_VERDICT_H

#include "model/diag.h"
#include "model/event.h"
#include "model/scenario.h"

struct verdict;

/* Reused from run to run. */
struct verdict *verdict_new(void);
void verdict_free(struct verdict *verdict);
/* Forget the run before; `expect` (NULL: nothing is expected) says what must be kept of this one. */
void verdict_begin(struct verdict *verdict, const struct expectation *expect);
void verdict_note(struct verdict *verdict, const struct event *event);
/* What is otherwise than expected, appended to the list `failures`: {file, line, column, length, name,
 * message, hint?, expectation, expected?, actual?, diff?, at_us?}; `diff` is a list of lines that begin with
 * "-" (expected and not there), "+" (there and not expected) or " ". */
void verdict_judge(struct verdict *verdict, json_t *failures);
/* What came of it, in the form of `expect`: of the keys that `failures` are about (each names its own under
 * "expectation"), or the usual ones where nothing was expected. New reference. */
json_t *verdict_actual(struct verdict *verdict, bool has_expectations, const json_t *failures);
/* A run's end, as far as it was told: "succeeded", or NULL when it has not ended. */
const char *verdict_status(const struct verdict *verdict);
/* A diagnostic as a failure. New reference. */
json_t *failure_of(const struct diag *diag);

#endif
