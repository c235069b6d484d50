/* ical: libical, opened by the first calendar that has an .ics file: with the library come thirty megabytes
 * that no other runbook needs. */
#ifndef ONCALL_ICAL_H
#define ONCALL_ICAL_H

#include "base/err.h"

#include <libical/ical.h>

#define ICAL_FUNCTIONS(X)                                                                                    \
    X(icalerror_set_errors_are_fatal)                                                                        \
    X(icalparser_new)                                                                                        \
    X(icalparser_free)                                                                                       \
    X(icalparser_clean)                                                                                      \
    X(icalparser_set_gen_data)                                                                               \
    X(icalparser_get_line)                                                                                   \
    X(icalparser_add_line)                                                                                   \
    X(icalparser_get_state)                                                                                  \
    X(icalmemory_free_buffer)                                                                                \
    X(icalcomponent_free)                                                                                    \
    X(icalcomponent_isa)                                                                                     \
    X(icalcomponent_get_first_component)                                                                     \
    X(icalcomponent_get_next_component)                                                                      \
    X(icalcomponent_get_first_property)                                                                      \
    X(icalcomponent_count_errors)                                                                            \
    X(icalcomponent_get_status)                                                                              \
    X(icalcomponent_get_dtstart)                                                                             \
    X(icalcomponent_get_dtend)                                                                               \
    X(icalcomponent_foreach_recurrence)                                                                      \
    X(icalproperty_get_rrule)                                                                                \
    X(icaltime_from_timet_with_zone)                                                                         \
    X(icaltime_as_timet)

#define X(function) __typeof__(&function) function;
struct ical {
    ICAL_FUNCTIONS(X)
};
#undef X

int ical_open(struct ical *ret_ical, struct err *err);

#endif
