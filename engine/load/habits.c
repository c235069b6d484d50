/* habits: what people write who know other tools, and how it is written here. */
#include "base/nearest.h"
#include "load/decode.h"

#include <string.h>

#define A_COMMAND "a line for the shell is `run: TEXT`, a program and its arguments `exec: [PROGRAM, …]`"
#define A_LOOP "a loop over a list is `foreach`, and its element is `item`"
#define A_FOLDER "the folder of a process is `cwd`"
#define TOLERATED "a failure is tolerated with `continue_on_error: true`"
#define A_RESCUE "what is done after a failure is `rescue`, beside `steps`"
#define A_LINE "a line for people is `note: TEXT`"
#define A_CALL "another runbook is carried out with `call: PATH`"
#define REPEATED "it is repeated with `retry: {max_attempts: 3, delay: 1s}`"
#define A_PAUSE "`wait: 5s` waits for time, `manual: TEXT` for a person"

static const struct {
    const char *where, *name, *hint;
} habits[] = {
    {"a step", "on_timeout", "it belongs inside `approve`, `manual` or `input`, beside their own `timeout`"},
    {"a step", "remind", "it belongs inside `approve`, `manual` or `input`"},
    {"a step", "command", A_COMMAND},
    {"a step", "cmd", A_COMMAND},
    {"a step", "script", A_COMMAND},
    {"a step", "if", "a condition is `when: EXPRESSION`"},
    {"a step", "name", "what people read is `title`, and what expressions use is `id`"},
    {"a step", "loop", A_LOOP},
    {"a step", "with_items", A_LOOP},
    {"a step", "register", "what a step brings is steps.ID, without further ado"},
    {"a step", "ignore_errors", TOLERATED},
    {"a step", "allow_failure", TOLERATED},
    {"a step", "depends_on", "steps of a list run in order; in `parallel`, `needs: [ID]` waits for others"},
    {"a step", "environment", "the environment of a process is `env`"},
    {"a step", "vars", "`set` sets variables; what a process sees is `env`"},
    {"a step", "working_directory", A_FOLDER},
    {"a step", "workdir", A_FOLDER},
    {"a step", "chdir", A_FOLDER},
    {"a step", "finally", "what is done in every case is `always`, beside `steps`"},
    {"a step", "catch", A_RESCUE},
    {"a step", "on_failure", A_RESCUE},
    {"a step", "on_error", A_RESCUE},
    {"a step", "retries", REPEATED},
    {"a step", "attempts", REPEATED},
    {"a step", "sleep", A_PAUSE},
    {"a step", "delay", A_PAUSE},
    {"a step", "pause", A_PAUSE},
    {"a step", "confirm", "what a person decides is `approve: TEXT`"},
    {"a step", "prompt", "what a person is asked for is `input: {message: …, fields: …}`"},
    {"a step", "include", A_CALL},
    {"a step", "echo", A_LINE},
    {"a step", "print", A_LINE},
    {"a step", "debug", A_LINE},
    {"a parameter", "required", "a parameter without `default` is required"},
    {"retry", "attempts", "it is `max_attempts`"},
    {"the runbook", "name", "its name is `runbook`, and what people read is `title`"},
    {"the runbook", "id", "its name is `runbook`"},
    {"the runbook", "tasks", "what is done is `steps`"},
    {"the runbook", "jobs", "what is done is `steps`"},
    {"the runbook", "inputs", "what is given to a run is `params`"},
    {"the runbook", "parameters", "what is given to a run is `params`"},
    {"the runbook", "vars", "what is given to a run is `params`; steps with `set` set variables"},
};

enum { HABITS = sizeof(habits) / sizeof(*habits) };

const char *habit_hint(const char *where, const char *name)
{
    for (size_t i = 0; i < HABITS; i++)
        if (strcmp(habits[i].where, where) == 0 && strcmp(habits[i].name, name) == 0)
            return habits[i].hint;
    return NULL;
}

const char *habit_near(const char *where, const char *name)
{
    for (size_t i = 0; i < HABITS; i++)
        if (strcmp(habits[i].where, where) == 0 && nearest(name, &habits[i].name, 1))
            return habits[i].hint;
    return NULL;
}
