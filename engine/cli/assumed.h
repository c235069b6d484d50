/* assumed: what a simulation is to assume, as it is typed and as it is told. */
#ifndef CLI_ASSUMED_H
#define CLI_ASSUMED_H

#include "base/text.h"
#include "cli/options.h"
#include "drive/assume.h"

/* "ok", "fail:NAME", "timeout:NAME" as a map from the name to its fate. New reference. */
json_t *assumed_fates(const struct texts *texts, struct diags *diags);
/* "NAME@+5m" and "NAME=JSON@+5m" as [{name, at_ms, data?}]. New reference. */
json_t *assumed_signals(const struct texts *texts, struct diags *diags);
/* "; verify fails; the signal go comes after 5m" */
void assumed_say(const struct assumptions *assumptions, struct text *text);

#endif
