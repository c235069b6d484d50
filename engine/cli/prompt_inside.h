/* prompt_inside: the state of the questions, as the file that takes keys and the one that draws share it. */
#ifndef CLI_PROMPT_INSIDE_H
#define CLI_PROMPT_INSIDE_H

#include "cli/editor.h"
#include "cli/prompt.h"
#include "core/kinds.h"

enum stage { STAGE_MENU, STAGE_NOTE, STAGE_FIELD };

struct question {
    struct question *next;
    char *path, *kind;
    json_t *args;
    const struct ask_args *ask; /* what the author wrote; or NULL */
    json_t *ticks;              /* of the checklist: a boolean per point; or NULL */
};

struct prompt {
    struct prompt_options options;
    struct question *first;
    /* the state of the first */
    enum stage stage;
    const char *decision;
    bool note_required;
    size_t field;
    json_t *fields;
    struct editor editor;
    char *problem;
};

bool question_is(const struct question *question, const char *kind);

#endif
