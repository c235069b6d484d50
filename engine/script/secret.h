/* secret: the core never sees a secret's value. `secrets.x` evaluates to a token that only this run's driver
 * can read (it carries the run's nonce); the driver puts the value in when it performs the effect, and shows
 * "${{ secrets.x }}" in everything it writes or prints. */
#ifndef SCRIPT_SECRET_H
#define SCRIPT_SECRET_H

#include "base/text.h"

#include <stddef.h>

/* Append the token for a secret's name. */
void secret_token(struct text *text, const char *nonce, const char *name);
/* Copy `in` with every token replaced by what `value` returns (NULL: the token stays). Returns the number
 * replaced. */
typedef const char *(*secret_value)(void *context, const char *name);
size_t secret_expand(struct text *out, const char *in, const char *nonce, secret_value value, void *context);

#endif
