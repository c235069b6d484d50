/* disguise: the forms in which a secret turns up where it has been written by somebody else: JSON-escaped,
 * URL-encoded, in hexadecimal, in base64. */
#ifndef DRIVE_DISGUISE_H
#define DRIVE_DISGUISE_H

#include <stddef.h>

/* Tell each form, the plain one first; some come more than once. The bytes are wiped afterwards. */
void disguise_each(const char *secret, size_t len, void (*tell)(void *context, const char *bytes, size_t len),
    void *context);

#endif
