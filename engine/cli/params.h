/* params: the parameters of a run, from the command line, from a file, from the keyboard. */
#ifndef CLI_PARAMS_H
#define CLI_PARAMS_H

#include "cli/options.h"
#include "model/diag.h"
#include "model/document.h"

/* NAME=VALUE texts over what the file (or NULL) says, as given: not checked. Mistakes go to `diags`. New
 * reference. */
json_t *params_gather(const struct texts *pairs, const char *file, struct diags *diags);
/* STEP=VALUE texts; a value that reads as JSON is that, any other is text. New reference. */
json_t *answers_gather(const struct texts *pairs, struct diags *diags);
/* NAME=VALUE texts of another option, as text. New reference. */
json_t *pairs_gather(const struct texts *pairs, const char *option, struct diags *diags);

#endif
