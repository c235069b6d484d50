/* chart: the lanes of a run as HTML, and the events under them. A page of its own, or a part of a report. */
#ifndef REPORT_CHART_H
#define REPORT_CHART_H

#include "report/review.h"

/* Steps, deadlines, pages and people as bars over one scale of time. It can be read without the script, which
 * zooms. */
void chart_html(const struct facts *facts, struct text *text);
/* Every event worth a line, with its number, and what corrects it. */
void chart_events(const struct facts *facts, struct text *text);
/* The title, what the run came to, and the figures that everybody asks for first. */
void chart_header(const struct review *review, struct text *text);
/* The frame around all that. */
void chart_begin(const struct facts *facts, struct text *text);
void chart_end(const struct facts *facts, struct text *text);

/* Is the event told on a page? Which it is not, is not worth a link either. */
bool chart_tells(const struct facts *facts, const struct fact_event *event);

#endif
