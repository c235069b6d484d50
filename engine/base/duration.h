/* duration: "500ms", "90s", "1h30m", "2d", "1w" and back. Milliseconds throughout. */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* Parse; units from large to small, each at most once. The error text says what would be right
 * ("90 has no unit; write 90s or 90m"). At most 100 years. */
int duration_parse(const char *text, int64_t *ret_ms, struct err *err);

enum { DURATION_TEXT_SIZE = 32 };

/* Exact, in the language's own form: 5400000 -> "1h30m". */
const char *duration_exact(int64_t ms, char ret[DURATION_TEXT_SIZE]);
/* For people: two units at most, "1.2s" below ten seconds, "412ms" below one. */
const char *duration_short(int64_t ms, char ret[DURATION_TEXT_SIZE]);

#endif
