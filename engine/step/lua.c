/* lua: a chunk in the sandbox; what it returns is `output`. */
#include "step/kinds.h"

static const struct field fields[] = {
    {"code", FIELD_STRING, 0, .help = "The body of a function; what it returns is `output`."},
    {"file", FIELD_STRING, 0, FIELD_LATER, .help = "A Lua file instead of `code`."},
    {"function", FIELD_STRING, 0, FIELD_LATER, .help = "The function of `file` to call."},
    {"with", FIELD_VALUES, 0, FIELD_LATER, .help = "What the function is given."},
    {NULL},
};

const struct kind step_lua = {
    .name = "lua",
    .class_ = KIND_EFFECT,
    .help = "Runs Lua code in the sandbox.",
    .section = {.name = "lua", .help = "Lua code.", .fields = fields, .shorthand = "code"},
    .is_read = true,
};
