/* shell: what `shell:` stands for: how a script becomes a command. */
#ifndef STEP_SHELL_H
#define STEP_SHELL_H

#include "step/command.h"

/* Set argv so that `shell` (empty: sh) carries out `script`. Returns 0, ERR_USAGE for a shell that is none,
 * or ERR_IO. */
int shell_command(struct command *command, const struct strings *shell, const char *script, struct err *err);

#endif
