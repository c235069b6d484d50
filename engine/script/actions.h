/* actions: what the actions of Lua files say of themselves, and whether what a runbook gives them fits. */
#ifndef SCRIPT_ACTIONS_H
#define SCRIPT_ACTIONS_H

#include "script/script.h"

struct declared; /* of one file */

struct action {
    const char *name;           /* with that of its file: "slack.post" */
    const char *about, *output; /* output may be NULL */
    enum step_effect effect;    /* READ or WRITE */
    bool is_secret;             /* what it brings is one: it is only for `secrets` */
    struct items params;        /* struct param, by name */
};

/* All that there are: of the standard library, and of what the book imports. The array is the caller's to
 * free; what it points to lives as long as the script. NULL with `err` set when a file cannot be read. */
const struct action **actions_all(struct script *script, size_t *ret_count, struct err *err);
/* NULL with `err` set, which names the nearest. */
const struct action *actions_find(struct script *script, const char *uses, struct err *err);
/* The parameters as the action is given them, with the defaults. New reference, or NULL with `err` set. */
json_t *actions_fill(const struct action *action, const json_t *with, struct err *err);

/* Why a file cannot be used; 0: it can. */
int actions_problem(struct script *script, const char *file, struct err *err);
/* Does an imported file return a function of this name? With `err` set when it does not. */
bool actions_has_function(struct script *script, const char *file, const char *name, struct err *err);

/* Check every use in the book; a step whose action only looks at the world says so from here on. */
void actions_check(struct script *script, struct book *book, struct diags *diags);
void actions_forget(struct declared *declared);

#endif
