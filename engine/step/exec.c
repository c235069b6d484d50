/* exec: one process, without a shell in between. */
#include "step/kinds.h"

static const struct field fields[] = {
    {"argv", FIELD_VALUE, 0, FIELD_REQUIRED,
        .help = "The command and its arguments; each element is exactly one argument."},
    {"stdin", FIELD_TEXT, 0, FIELD_SECRET_OK,
        .help = "What the process reads from its standard input; without it, nothing."},
    {NULL},
};

const struct kind step_exec = {
    .name = "exec",
    .class_ = KIND_EFFECT,
    .help = "Runs one process, without a shell.",
    .section = {.name = "exec",
        .help = "A command and its arguments.",
        .fields = fields,
        .shorthand = "argv"},
};
