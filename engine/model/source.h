/* source: one pinned file, and a place in it. */
#ifndef MODEL_SOURCE_H
#define MODEL_SOURCE_H

#include "base/hash.h"

#include <stdint.h>

struct source {
    const char *path; /* as the user named it */
    const char *text; /* NUL-terminated */
    size_t len;
    char sha256[SHA256_HEX_SIZE]; /* "" until book_pin */
};

/* Line and column count from 1, columns in characters; line 0 means "the file as a whole". */
struct pos {
    const struct source *source; /* may be NULL */
    uint32_t line, column;
    uint32_t length; /* columns to underline, 0 = one */
};

#endif
