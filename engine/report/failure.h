/* failure: what is otherwise than a scenario expects, for people. */
#ifndef REPORT_FAILURE_H
#define REPORT_FAILURE_H

#include "model/source.h"
#include "report/facts.h"
#include "report/paint.h"

/* {at_us, at, text} of every event worth a line. New reference. */
json_t *failure_timeline(const struct facts *facts);
/* The failures of one result: each with the line it is about, what was expected and what there is; then the
 * events around them. The lines are looked for among the `sources`. */
struct sources {
    const struct source **items;
    size_t len;
};
void failures_tell(
    const json_t *result, const struct sources *sources, const struct paint *paint, struct text *text);

#endif
