/* words: what people say to a run from elsewhere: the verbs of the journal's inbox, and the inputs they are.
 */
#ifndef DRIVE_WORDS_H
#define DRIVE_WORDS_H

#include "core/core.h"

struct word {
    const char *verb;
    enum input_type type;
    const char *decision; /* an answer's, when its data names none */
};

/* NULL when there is none. */
const struct word *word_find(const char *verb);
/* The first that is such an input. NULL: nobody can say it. */
const struct word *word_of(enum input_type type);
/* The note that is left of what did not fit the run: who wanted what, and why it came to nothing. Owned. */
char *word_refusal(const char *verb, const char *path, const char *why);

#endif
