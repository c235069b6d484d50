/* regiven: what has to be given again to a run that the journal has the past of: its secret parameters, which
 * nobody has kept, and answers. */
#ifndef CLI_REGIVEN_H
#define CLI_REGIVEN_H

#include "cli/carry.h"
#include "cli/options.h"

struct regiven_options {
    struct texts params, answers;
};

#define REGIVEN_OPTIONS(type, member)                                                                        \
    {"param", 'p', OPTION_TEXTS, offsetof(type, member.params), "NAME=VALUE",                                \
        "Give a secret parameter again; may be repeated", NULL},                                             \
    {                                                                                                        \
        "answer", 0, OPTION_TEXTS, offsetof(type, member.answers), "STEP=VALUE",                             \
            "Answer a step's question beforehand; of a step that was under way: retry, skip or fail", NULL   \
    }

/* Fills the params and answers of the carry, whose past is open; asks for secret parameters where somebody is
 * there. Exit status; all mistakes are reported at once. */
int regiven_check(struct carry *carry, const struct regiven_options *options);
/* Which of the run's files read otherwise by now. */
void regiven_tell_changed(const struct past *past);

#endif
