/* events_schema: what the lines of `exec --json` look like, as a JSON Schema. */
#ifndef CLI_EVENTS_SCHEMA_H
#define CLI_EVENTS_SCHEMA_H

#include "model/value.h"

/* New reference. */
json_t *events_schema(void);

#endif
