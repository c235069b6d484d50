/* clock: instants as microseconds since 1970-01-01T00:00:00Z, their RFC 3339 text, and the two system clocks.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

enum { INSTANT_TEXT_SIZE = 40 };

/* "2026-11-21T09:31:00.123456Z"; the fraction has 0, 3 or 6 digits as needed. */
const char *instant_utc(int64_t wall_us, char ret[INSTANT_TEXT_SIZE]);
/* Local time for people: "09:31:00", with the date in front when `with_date`. */
const char *instant_local(int64_t wall_us, bool with_date, char ret[INSTANT_TEXT_SIZE]);
/* Seconds that local time is east of UTC then. */
int instant_offset_s(int64_t wall_us);
/* RFC 3339 with an offset; anything else is an error that says so. */
int instant_parse(const char *text, int64_t *ret_us, struct err *err);

/* Only drive/, io/ and cli/ may ask for the time. */
int64_t clock_wall_us(void);
int64_t clock_mono_us(void); /* CLOCK_BOOTTIME: goes on while the machine sleeps */

#endif
