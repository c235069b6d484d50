/* show: one run as it stands, or stood, for people. */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "cli/verb.h"
#include "report/facts.h"

/* `all`: every step, however many. Written to stdout. */
void show_text(const struct facts *facts, const struct cli *cli, bool all, const char *short_id);

#endif
