/* week: hours that come back every week, as the clocks of a zone show them: "Mon-Fri 08:00-18:00". */
#ifndef ONCALL_WEEK_H
#define ONCALL_WEEK_H

#include "oncall/zone.h"

#include "base/err.h"
#include "model/people.h"

/* One stretch on each of its days; one that ends before it begins ends on the next day. */
struct stretch {
    unsigned days;         /* 1 << weekday */
    int64_t from_s, end_s; /* since midnight; end_s <= 2 days */
};

struct week {
    struct stretch *items;
    size_t len;
};

struct span {
    int64_t from_s, until_s; /* instants; until_s is outside */
};

/* "Mon-Fri", "Sat,Sun", "Mon"; days from Sat to Mon are three. */
int week_parse_days(const char *text, size_t len, unsigned *ret_days, struct err *err);
/* "09:00-17:00". Fills from_s and end_s. */
int week_parse_hours(const char *text, struct stretch *ret_stretch, struct err *err);
/* "09:00"; false when it is none. */
bool week_parse_time(const char *text, size_t len, int64_t *ret_s);
/* Days, hours or both; what is not said is all of them. */
int week_parse(const char *text, struct stretch *ret_stretch, struct err *err);

/* The first time that ends after `after_s`; times that touch are one, but for those of more than a week. */
bool week_next(const struct week *week, const struct zone *zone, int64_t after_s, struct span *ret_span);

#endif
