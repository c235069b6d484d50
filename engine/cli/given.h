/* given: the options with which a run is started, as every verb takes them that starts one, or looks ahead.
 */
#ifndef CLI_GIVEN_H
#define CLI_GIVEN_H

#include "cli/options.h"
#include "model/diag.h"
#include "model/document.h"

struct given_options {
    struct texts params;
    const char *params_file;
    const char *tags, *skip_tags, *from;
};

/* Rows of a verb's table; `member` is the struct given_options in its struct. */
#define GIVEN_PARAMS(type, member)                                                                           \
    {"param", 'p', OPTION_TEXTS, offsetof(type, member.params), "NAME=VALUE",                                \
        "Set a parameter; may be repeated", NULL},                                                           \
    {                                                                                                        \
        "params-file", 0, OPTION_FILE, offsetof(type, member.params_file), "FILE",                           \
            "Take parameters from a YAML or JSON file", NULL                                                 \
    }
#define GIVEN_SELECTION(type, member)                                                                        \
    {"tags", 0, OPTION_TEXT, offsetof(type, member.tags), "TAG,…",                                           \
        "Carry out only steps with one of these tags", NULL},                                                \
        {"skip-tags", 0, OPTION_TEXT, offsetof(type, member.skip_tags), "TAG,…",                             \
            "Leave out steps with one of these tags", NULL},                                                 \
    {                                                                                                        \
        "from", 0, OPTION_TEXT, offsetof(type, member.from), "STEP",                                         \
            "Begin with this step; those before it are skipped", NULL                                        \
    }

/* What to leave out, as INPUT_START has it: {tags?, skip_tags?, from?}. Mistakes go to `diags`. New
 * reference. */
json_t *given_selection(const struct given_options *options, const struct book *book, struct diags *diags);

#endif
