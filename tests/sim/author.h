/* author: writes random runbooks that load. */
#ifndef TESTS_SIM_AUTHOR_H
#define TESTS_SIM_AUTHOR_H

#include "base/text.h"
#include "dice.h"

/* A whole runbook; `callee` is the file another runbook stands in, or NULL. Steps that have an `always` are
 * named w…, and its first step after them with a z at the end, so that a test can see that it ran. */
void author_write(struct dice *dice, const char *id, const char *callee, struct text *text);

#endif
