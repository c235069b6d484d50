/* timeline: what happened in a run, as people look at it. */
#ifndef REPORT_TIMELINE_H
#define REPORT_TIMELINE_H

#include "base/text.h"
#include "journal/journal.h"

/* A Gantt of steps, timers, people and pages, `width` columns wide, then the events with relative and wall times. */
int timeline_text(struct journal *journal, const char *run_id, size_t width, bool colour, struct text *text,
    struct err *err);
/* The same facts for machines. New reference. */
json_t *timeline_json(struct journal *journal, const char *run_id, struct err *err);

#endif
