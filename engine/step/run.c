/* run: a script, carried out by a shell. Its values travel in the environment (RB_1, RB_2, …), never in the
 * text. */
#include "step/kinds.h"

static const struct field fields[] = {
    {"script", FIELD_SCRIPT, 0, FIELD_REQUIRED,
        .help = "The script. Each ${{ }} reaches it as one value, never as program text."},
    {"stdin", FIELD_TEXT, 0, FIELD_SECRET_OK,
        .help = "What the script reads from its standard input; without it, nothing."},
    {NULL},
};

const struct kind step_run = {
    .name = "run",
    .class_ = KIND_EFFECT,
    .help = "Runs a script with `shell`.",
    .section = {.name = "run", .help = "A script.", .fields = fields, .shorthand = "script"},
};
