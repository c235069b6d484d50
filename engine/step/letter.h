/* letter: the header of a mail, from texts of unknown origin: addresses are checked, words that are not ASCII
 * are encoded (RFC 2047), and no text can add a line. Pure. */
#ifndef STEP_LETTER_H
#define STEP_LETTER_H

#include "base/err.h"
#include "base/mem.h"
#include "model/value.h"

/* Zero-initialise; letter_fini. */
struct letter {
    struct arena arena;
    const char *from; /* the bare address */
    const char **to;  /* bare, of `to` and `cc` together */
    size_t to_count, to_cap;
    const char **headers; /* whole lines, without their end */
    size_t header_count, header_cap;
    const char *id; /* <…> */
};

/* Which mail this is: the same again has the same name. */
struct letter_origin {
    const char *run_id, *path;
    int attempt;
    const char *host; /* of this machine, for a sender nobody has named */
};

/* args: {to, cc?, subject}, `to` and `cc` one text or a list of texts, each "ana@example.org" or
 * "Ana <ana@example.org>". `from` NULL or such a text. ERR_INVALID says which of them is wrong. */
int letter_make(struct letter *letter, const json_t *args, const char *from,
    const struct letter_origin *origin, struct err *err);
void letter_fini(struct letter *letter);

#endif
