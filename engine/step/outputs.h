/* outputs: the file behind RUNBOOK_OUTPUT, to which a script writes what it wants to pass on, as in GitHub
 * Actions:
 *
 *     name=value
 *     name<<END
 *     several lines
 *     END
 */
#ifndef STEP_OUTPUTS_H
#define STEP_OUTPUTS_H

#include "base/err.h"
#include "model/value.h"

enum { OUTPUTS_MAX = 1024 * 1024 };

/* A map of strings (new reference) from the text; NULL with ERR_INVALID or ERR_LIMIT. */
json_t *outputs_parse(const char *text, size_t len, struct err *err);
/* The same from a descriptor; NULL without an error when nothing was written. */
json_t *outputs_read(int fd, struct err *err);

#endif
