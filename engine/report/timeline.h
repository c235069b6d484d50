/* timeline: what happened in a run, as people look at it. */
#ifndef REPORT_TIMELINE_H
#define REPORT_TIMELINE_H

#include "base/text.h"
#include "journal/journal.h"
#include "report/facts.h"
#include "report/paint.h"

struct timeline_options {
    struct paint paint;
    size_t width; /* columns; 40 at least */
    bool all;     /* every row and every event, however many */
};

/* A Gantt of steps, timers, people and pages, `width` columns wide, then the events with relative and wall
 * times. */
void timeline_draw(const struct facts *facts, const struct timeline_options *options, struct text *text);
/* The same facts for machines. New reference. */
json_t *timeline_facts(const struct facts *facts);
/* One line per event: "seq,wall,seconds,type,path,by,text", with a header. */
void timeline_csv(const struct facts *facts, struct text *text);
/* One page that needs nothing else: the lanes, which can be zoomed, and the events under them. */
void timeline_html(const struct facts *facts, struct text *text);
/* How an event is coloured. */
enum ink timeline_ink(const struct fact_event *event);
struct prose;
/* The events worth a line as a table, corrections beside what they correct. */
void timeline_table(const struct facts *facts, const struct prose *prose);
/* A section with that table, for a ticket. */
void timeline_markdown(const struct facts *facts, struct text *text);

/* Both straight from the journal; a run that goes on is drawn up to its last event. */
int timeline_text(struct journal *journal, const char *run_id, size_t width, bool colour, struct text *text,
    struct err *err);
json_t *timeline_json(struct journal *journal, const char *run_id, struct err *err);

#endif
