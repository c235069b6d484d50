/* results: the names that what a step brings can have, as far as they are known before it runs. */
#ifndef SCRIPT_RESULTS_H
#define SCRIPT_RESULTS_H

#include "model/document.h"

/* Names to check against and to hint at. The array is the caller's to free. */
struct known_names {
    const char **items; /* NULL: nobody can know */
    size_t len;
};

/* Can steps.<id> have this? Can `result`? */
bool results_step_has(const struct step *step, const char *name);
bool results_own_has(const struct step *step, const char *name);
/* What `result` can have while the step, of a known kind, is judged. */
struct known_names results_own(const struct step *step);
/* What steps.<id>, its `outputs` and its `answer` can have. */
struct known_names results_of_step(const struct step *step);
struct known_names results_outputs(const struct book *book, const struct step *step);
struct known_names results_answer(const struct step *step);

#endif
