#include "base/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *err, int code, const char *format, ...)
{
    va_list args;

    if (!err)
        return code;
    va_start(args, format);
    vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    err->code = code;
    return code;
}

int err_errno(struct err *err, int errno_value, const char *format, ...)
{
    int code = errno_value == ENOSPC || errno_value == EDQUOT ? ERR_FULL : ERR_IO;
    char what[sizeof(err->text) / 2];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    return err_set(err, code, "%s: %s", what, strerror(errno_value));
}

bool err_is_shortage(int errno_value)
{
    return errno_value == EMFILE || errno_value == ENFILE || errno_value == ENOMEM;
}

int err_wrap(struct err *err, const char *format, ...)
{
    char cause[sizeof(err->text)];
    va_list args;
    int n;

    if (!err)
        return ERR_INTERNAL;
    memcpy(cause, err->text, sizeof(cause));
    va_start(args, format);
    n = vsnprintf(err->text, sizeof(err->text), format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof(err->text))
        snprintf(err->text + n, sizeof(err->text) - (size_t)n, ": %s", cause);
    return err->code;
}
