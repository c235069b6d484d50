/* tap: the results of scenarios for programs and for people. A result is what trial makes of a scenario:
 * {file, scenario, line, status, run, seconds, failures, timeline}. */
#ifndef REPORT_TAP_H
#define REPORT_TAP_H

#include "base/text.h"
#include "model/value.h"

/* TAP version 14: the head, one test point with its diagnostics as YAML. */
void tap_head(struct text *text, size_t count);
void tap_point(struct text *text, size_t number, const json_t *result);
/* One JUnit document of all results, a suite for each file. */
void junit_document(struct text *text, const json_t *results);

#endif
