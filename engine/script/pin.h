/* pin: the Lua files of the standard library that a book uses become sources of the book, so that a run keeps
 * the code it was begun with, whatever program takes it up. */
#ifndef SCRIPT_PIN_H
#define SCRIPT_PIN_H

#include "script/script.h"

/* For a book that is compiled and begins anew: one of a journal has its sources already. What an action, a
 * channel, a secret or a step's code names is pinned, and what these files name in turn. */
void pin_standard(struct script *script, struct book *book);
/* The text that this program has of a file of the standard library; NULL: it has none of that name. */
const char *pin_standard_text(const char *name);

#endif
