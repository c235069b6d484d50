/* bundle_inside: what writing and reading a bundle share. */
#ifndef CLI_BUNDLE_INSIDE_H
#define CLI_BUNDLE_INSIDE_H

#include "cli/bundle.h"

#define BUNDLE_FORMAT "runbook-export-1"

enum { BUNDLE_STREAMS = 3 };
/* By enum output_stream. */
extern const char *const bundle_streams[BUNDLE_STREAMS];

#endif
