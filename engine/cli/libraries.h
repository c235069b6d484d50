/* libraries: the shared libraries this program works with, asked for their versions by name: their headers
 * belong to other rooms. */
#ifndef CLI_LIBRARIES_H
#define CLI_LIBRARIES_H

#include "model/value.h"

/* {"libuv": "1.44.2", …}; null when it cannot be told. New reference. */
json_t *libraries(void);
/* libcurl's version as it calls itself, or NULL with why it cannot be loaded. Opens the library. */
const char *library_curl(const char **ret_why);
/* Can libical, which calendars with an .ics file need, be loaded? Else why not. */
bool library_ical(const char **ret_why);

#endif
