/* regiven: the beginning of what resume, retry and rollback do with a run that the journal has the past of.
 * Its secret parameters have to be given again, which nobody has kept, and answers. */
#ifndef CLI_REGIVEN_H
#define CLI_REGIVEN_H

#include "cli/carry.h"
#include "cli/options.h"

struct regiven_options {
    struct texts params, answers;
    bool yes, no_input, detach;
};

#define REGIVEN_OPTIONS(type, member, yes_help)                                                              \
    {"param", 'p', OPTION_TEXTS, offsetof(type, member.params), "NAME=VALUE",                                \
        "Give a secret parameter again; may be repeated", NULL},                                             \
        {"answer", 0, OPTION_TEXTS, offsetof(type, member.answers), "STEP=VALUE",                            \
            "Answer a step's question beforehand; of a step that was under way: retry, skip or fail", NULL}, \
        {"yes", 'y', OPTION_FLAG, offsetof(type, member.yes), NULL, yes_help, NULL},                         \
        {"no-input", 0, OPTION_FLAG, offsetof(type, member.no_input), NULL,                                  \
            "Never ask; leave the run when an open question is all that is left to wait for", NULL},         \
    {                                                                                                        \
        "detach", 'd', OPTION_FLAG, offsetof(type, member.detach), NULL,                                     \
            "Go on in the background and print the run's id; people answer from anywhere", NULL              \
    }

/* How such a run is carried out; `past` is still to be opened. With --detach and without a parent that waits
 * (carry.ready_fd), detach_start is what comes next. */
struct carry regiven_carry(
    struct cli *cli, const struct regiven_options *options, struct past *past, struct fork *fork);
/* Opens the journal and the past of the run that is named. Exit status. */
int regiven_open(struct carry *carry, bool read_only);

/* Fills the params and answers of the carry, whose past is open; asks for secret parameters where somebody is
 * there. Exit status; all mistakes are reported at once. */
int regiven_check(struct carry *carry, const struct regiven_options *options);
/* Which of the run's files read otherwise by now. */
void regiven_tell_changed(const struct past *past);

#endif
