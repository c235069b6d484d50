/* command: the part that run, exec and notify have in common: a process, what it wrote, and what that amounts
 * to. */
#ifndef STEP_COMMAND_H
#define STEP_COMMAND_H

#include "base/mem.h"
#include "step/kinds.h"

/* What to start. Strings live in the arena, which goes over to the work. */
struct command {
    struct arena arena;
    const char *program; /* NULL: argv[0], looked up in PATH */
    const char **argv;   /* NULL-terminated */
    size_t argc, argv_cap;
    const char **env; /* NAME=value, over and above (and before) what is inherited */
    size_t env_len, env_cap;
    const char *input; /* or NULL */
    size_t input_len;
    int output_fd; /* memfd behind RUNBOOK_OUTPUT, -1: none */
    int script_fd; /* memfd of a long script, -1: none */
};

void command_init(struct command *command);
void command_fini(struct command *command);
void command_arg(struct command *command, const char *arg); /* copies */
/* Set NAME=value; the last one wins. */
void command_setenv(struct command *command, const char *name, const char *value);
/* The variables every process of a step gets: RUNBOOK_RUN_ID, RUNBOOK_STEP, RUNBOOK_ATTEMPT and the step's
 * `env`. Returns 0, or ERR_INVALID for a name or value that cannot be one. */
int command_env_of_step(struct command *command, const struct work_options *options, struct err *err);
/* The text of a memfd under /proc, which a child can open like a file. */
const char *command_fd_path(struct command *command, int fd);

/* Takes the command over, whatever happens. */
struct work *command_start(const struct work_options *options, struct command *command);
void command_stop(struct work *work, bool at_once);

/* stdin of `args`, when it has one. */
void command_stdin(struct command *command, const json_t *args);
/* argv from a list of scalars; each element one argument. */
int command_argv(struct command *command, const json_t *list, struct err *err);

#endif
