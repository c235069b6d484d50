/* leaks: secrets in places from which they get out: what other users of the machine see, what people read,
 * what is handed on under another name. */
#ifndef SCRIPT_LEAKS_H
#define SCRIPT_LEAKS_H

#include "model/diag.h"
#include "model/document.h"

/* Warns of every `secrets.x` of a compiled book that stands in such a place, with a name that says which:
 * secret-in-argv, secret-in-url, secret-in-text, secret-in-value. */
void leaks_find(struct book *book, struct diags *diags);

#endif
