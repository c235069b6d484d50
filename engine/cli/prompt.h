/* prompt: asking the person at the keyboard. */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include "cli/verb.h"
#include "model/document.h"

/* Before a run: ask for every parameter that must be given and is not in `given`; put the answers there.
 * Gives up silently at the end of input: the check that follows says what is missing. */
void prompt_params(const struct cli *cli, const struct document *document, json_t *given);

#endif
