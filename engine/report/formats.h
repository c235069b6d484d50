/* formats: runs and facts as JSON. */
#ifndef REPORT_FORMATS_H
#define REPORT_FORMATS_H

#include "report/facts.h"

/* All return a new reference. */
json_t *principal_json(const struct principal *who);
json_t *run_json(const struct run_row *run);
/* {run, outcome, seconds, steps, escalations, deadlines, people} */
json_t *facts_json(const struct facts *facts);

#endif
