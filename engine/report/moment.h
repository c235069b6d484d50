/* moment: points in time of one run, in the form that suits its length. */
#ifndef REPORT_MOMENT_H
#define REPORT_MOMENT_H

#include "report/facts.h"

enum { MOMENT_TEXT_SIZE = 48 };

/* Since the run's start: "+3.2s" in a run of seconds, "+03:12", "+1:03:12", "+2d 03:12". */
const char *moment_relative(const struct facts *facts, int64_t mono_us, char ret[MOMENT_TEXT_SIZE]);
/* By the local clock: "09:34:15", with the date when the run crosses midnight. */
const char *moment_wall(const struct facts *facts, int64_t mono_us, char ret[MOMENT_TEXT_SIZE]);
/* The zone of the local clock when the run began: "UTC+01:00". */
const char *moment_zone(const struct facts *facts, char ret[MOMENT_TEXT_SIZE]);
/* How long after `from_us`, for people: "42s". */
const char *moment_took(int64_t from_us, int64_t to_us, char ret[MOMENT_TEXT_SIZE]);
/* The smallest round step of a scale, in microseconds, that is at least this long. */
int64_t moment_step(double least_us);
bool moment_crosses_midnight(const struct facts *facts);

#endif
