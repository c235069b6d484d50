/* scenario: files of scenarios, read by the same tables of fields as runbooks. */
#ifndef LOAD_SCENARIO_H
#define LOAD_SCENARIO_H

#include "model/diag.h"
#include "model/field.h"
#include "model/scenario.h"

/* Read a file of scenarios. Problems, an unreadable file among them, go to `diags`. Returns it even when
 * there are problems (NULL only when it cannot be read). */
struct scenario_file *load_scenarios(const char *path, struct diags *diags);
void scenario_file_free(struct scenario_file *file);
/* Hold the scenarios against their runbook: steps that do not exist, people nobody declared, what cannot be.
 * Finds out which mocks answer calls. */
void scenarios_check(const struct scenario_file *file, const struct book *book, struct diags *diags);
/* The same of what is no step: parameters, signals, outputs, people. */
void scenario_check_names(const struct scenario *scenario, const struct book *book, struct diags *diags);

/* A JSON Schema (2020-12) of a scenario file. New reference. */
json_t *load_scenario_schema(void);

extern const struct section scenario_section, step_expected_section, answer_section;

#endif
