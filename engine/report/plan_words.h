/* plan_words: the parts of a plan in words, each one line that is not harmless yet. */
#ifndef REPORT_PLAN_WORDS_H
#define REPORT_PLAN_WORDS_H

#include "model/value.h"

/* What a resolved argument is, or when it will be known; NULL when there is none. Borrowed. */
const json_t *resolved_said(const json_t *map, const char *name);
/* "steps.x.ok (known after step x)" */
void words_condition(const json_t *when, struct text *text);
/* "ana now, team-lead after 15m" */
void words_pages(const json_t *escalation, struct text *text);
/* "for each host of web-1, web-2 (2 in all)" */
void words_foreach(const json_t *foreach, struct text *text);
/* Everything about how the step is carried out, joined by " · ". */
void words_settings(const json_t *node, struct text *text);
/* Why it is left out. */
void words_skipped(const json_t *node, struct text *text);
/* "4 writes (2 of them perhaps), 1 question" */
void words_totals(const json_t *totals, struct text *text);
/* The first problem in what was resolved, or NULL. Borrowed. */
const char *words_problem(const json_t *value);

#endif
