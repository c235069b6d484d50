/* scan: what the two files that read shell scripts share: the place reached, and what may stand there. */
#ifndef SCRIPT_SCAN_H
#define SCRIPT_SCAN_H

#include "script/quote.h"

enum mode { MODE_COMMAND, MODE_DOUBLE, MODE_HERE };
enum form { FORM_WORD, FORM_INSIDE, FORM_SINGLE, FORM_DROPPED };

struct scanner {
    const char *at, *end;
    struct text *out;
    struct hole *holes;
    bool integers;                       /* what stands here is calculated with */
    const char *fault;                   /* no hole may stand here */
    const char *lost;                    /* nor anywhere after */
    const struct quote_warning *warning; /* of the command being read */
    bool is_argument;                    /* what stands here is handed to a program */
    int depth;                           /* of contexts inside contexts */
    size_t *work;                        /* bytes that may still be looked at ahead */
};

/* expand.c: quotes and what begins with $. Each function copies what it reads to `out`. */
bool scan_at_hole(const struct scanner *scanner);
char scan_peek(const struct scanner *scanner, size_t ahead); /* 0 at the end */
void scan_copy(struct scanner *scanner, size_t len);
void scan_hole(struct scanner *scanner, enum form form);
void scan_refused(struct scanner *scanner, const char *fault); /* a hole */
void scan_refusing(struct scanner *scanner, const char *end, const char *fault);
void scan_single(struct scanner *scanner);
void scan_double(struct scanner *scanner);
/* One character, or what begins with it, as double quotes and here-documents read it. */
void scan_quoted(struct scanner *scanner, enum mode mode);
/* `at` is after "((": does it end with "))", or is this a subshell in a command? */
bool scan_is_arithmetic(struct scanner *scanner, const char *at);
/* Looking ahead costs; a script that makes it cost too much is given up: no hole may stand in the rest. */
bool scan_afford(struct scanner *scanner, size_t bytes);
/* Go one context deeper; false, and all the rest is read, when it is too deep. */
bool scan_enter(struct scanner *scanner);
void scan_arithmetic(struct scanner *scanner, char closer);

/* quote.c: commands, up to the end or, with `closer` ')', the bracket that closes $( ). */
void scan_command(struct scanner *scanner, char closer);

#endif
