/* advice: what can be done about curl's trouble with TLS, in words for people. */
#ifndef IO_ADVICE_H
#define IO_ADVICE_H

#include "io/curl.h"

/* The next step for an error whose text is `words`, or NULL. */
const char *tls_advice(CURLcode code, const char *words);

#endif
