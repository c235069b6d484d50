/* file: the text of a file somebody wrote. */
#ifndef LOAD_FILE_H
#define LOAD_FILE_H

#include "base/err.h"

#include <stddef.h>

/* As load_read wants it; the context is not looked at. Malloc'd; at most LOAD_MAX_BYTES and what was read
 * with the last of them: enough to see that it is too much. NULL when it cannot be read. */
char *file_read(void *context, const char *path, size_t *ret_len, struct err *err);

#endif
