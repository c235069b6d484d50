/* quote: reads a script for a POSIX shell and puts a reference to an environment variable in the place of
 * every hole, quoted for where it stands, so that the shell sees the value as data whatever it contains. */
#ifndef SCRIPT_QUOTE_H
#define SCRIPT_QUOTE_H

#include "base/text.h"

/* A hole stands in the text as HOLE_OPEN, its number from 1 in decimal, HOLE_CLOSE; neither byte is ever
 * UTF-8. */
#define HOLE_OPEN '\xFF'
#define HOLE_CLOSE '\xFE'

/* How a hole's value may be used. UNUSED: it stands in a comment. */
enum hole_use { HOLE_TEXT, HOLE_INTEGER, HOLE_UNUSED };

/* What the author may not have thought of. */
struct quote_warning {
    const char *text, *hint;
};

struct hole {
    enum hole_use use;
    const char *fault;                   /* why no value can stand there safely, or NULL */
    const struct quote_warning *warning; /* or NULL */
    bool is_argument;                    /* the value is handed to a program as an argument */
};

/* `holes` has an element per hole, zeroed; hole n is holes[n - 1] and becomes $RB_n. */
void quote_script(const char *text, size_t len, struct hole *holes, struct text *out);

#endif
