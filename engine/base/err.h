/* err: a failure as a value. Set where the cause is, wrapped with context on the way up. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>

enum err_code {
    ERR_NONE = 0,
    ERR_USAGE = -1,      /* the caller asked for something impossible */
    ERR_NOT_FOUND = -2,  /* no such thing */
    ERR_IO = -3,         /* the operating system refused */
    ERR_FULL = -4,       /* no space left */
    ERR_LIMIT = -5,      /* a cap was reached */
    ERR_BUSY = -6,       /* held by another process */
    ERR_CONFLICT = -7,   /* exists already, or is ambiguous */
    ERR_CORRUPT = -8,    /* stored data does not hold together */
    ERR_EXPRESSION = -9, /* an expression failed */
    ERR_INVALID = -10,   /* input does not have the required form */
    ERR_TIMEOUT = -11,
    ERR_DENIED = -12,
    ERR_INTERNAL = -13,
};

/* Owned by the caller, usually on its stack. `text` is one sentence without a full stop. */
struct err {
    int code;
    char text[1000];
};

/* Fill `err` (may be NULL) and return `code`. */
int err_set(struct err *err, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* As err_set with ": strerror(errno_value)" appended; ENOSPC and EDQUOT become ERR_FULL. Returns the code. */
int err_errno(struct err *err, int errno_value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Descriptors or memory are used up: tried again in a while, it may go well. */
bool err_is_shortage(int errno_value);
/* Put "format: " before the text that is there. Returns the code that is there. */
int err_wrap(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
