/* natives: the actions that deliver messages without a library: what may be written under `with`. */
#ifndef SCRIPT_NATIVES_H
#define SCRIPT_NATIVES_H

#include "model/diag.h"
#include "model/people.h"

#include <stdbool.h>

/* Check the channel's `with`; false when its action is another one. */
bool natives_check(const struct channel *channel, struct diags *diags);

/* Of an action that there is none of: where its work is done instead; NULL. */
const char *natives_instead(const char *uses);

#endif
