/* gantt: rows as bars over a scale of time. */
#ifndef REPORT_GANTT_H
#define REPORT_GANTT_H

#include "report/timeline.h"

void gantt_draw(const struct facts *facts, const struct timeline_options *options, struct text *text);

#endif
