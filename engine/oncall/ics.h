/* ics: the times that an iCalendar file takes out of a calendar. */
#ifndef ONCALL_ICS_H
#define ONCALL_ICS_H

#include "oncall/week.h"

struct spans {
    struct span *items;
    size_t len, cap;
};

void spans_add(struct spans *spans, struct span span);

/* Append what its events cover, repetitions between 2020 and 2050 included. Whole days and times without a
 * zone are those of `zone`. Problems go to `diags`, at `pos` where they are not the file's. */
void ics_read(const struct source *source, const struct zone *zone, struct pos pos, struct spans *spans,
    struct diags *diags);

#endif
