/* source: one pinned file, and a place in it. */
#ifndef MODEL_SOURCE_H
#define MODEL_SOURCE_H

#include "base/hash.h"

#include <stdint.h>
#include <string.h>

/* How the names of texts begin that the program brings itself; no file of a runbook may be named so. */
#define SOURCE_STANDARD "stdlib:"

struct source {
    const char *path; /* as the user named it, or SOURCE_STANDARD and the name of a Lua file of stdlib/ */
    const char *text; /* NUL-terminated */
    size_t len;
    char sha256[SHA256_HEX_SIZE]; /* "" until book_pin */
};

/* "slack" of stdlib:slack; NULL: it is a file. */
static inline const char *source_standard(const char *path)
{
    size_t len = sizeof(SOURCE_STANDARD) - 1;

    return strncmp(path, SOURCE_STANDARD, len) == 0 ? path + len : NULL;
}

/* Line and column count from 1, columns in characters; line 0 means "the file as a whole". */
struct pos {
    const struct source *source; /* may be NULL */
    uint32_t line, column;
    uint32_t length; /* columns to underline, 0 = one */
};

#endif
