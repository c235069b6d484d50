/* options: what may follow a verb, as a table. The same table gives parsing, the text of -h and shell
 * completion. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "base/err.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stands in the struct at `offset` is given in brackets. */
enum option_type {
    OPTION_FLAG,     /*                             [bool] */
    OPTION_TEXT,     /*                             [const char *] */
    OPTION_FILE,     /* the same, a path            [const char *] */
    OPTION_TEXTS,    /* may be given several times  [struct texts] */
    OPTION_CHOICE,   /* one of `choices`            [int], the index */
    OPTION_INTEGER,  /* not negative                [int64_t] */
    OPTION_DURATION, /* milliseconds                [int64_t] */
};

/* The strings are argv's. */
struct texts {
    const char **items;
    size_t len, cap;
};

struct option {
    const char *name; /* long, without the dashes */
    char letter;      /* or 0 */
    enum option_type type;
    size_t offset;
    const char *value;          /* what -h calls it: "NAME=VALUE"; NULL for a flag */
    const char *help;           /* one sentence without a full stop */
    const char *const *choices; /* NULL-terminated */
};

/* One table and the struct it fills. */
struct option_set {
    const struct option *options; /* ends with a NULL name; NULL is empty */
    void *target;
};

/* Sort `argv` (without program and verb) into the sets and the arguments, which are put into `args` (room for
 * argc) and counted. Options may stand anywhere; "--" ends them. -h and --help set `ret_help`. ERR_USAGE with
 * a text and a hint. */
int options_parse(char **argv, size_t argc, const struct option_set *sets, size_t set_count,
    const char **args, size_t *ret_arg_count, bool *ret_help, struct err *err);
/* Frees what options_parse took for a table. */
void options_fini(const struct option_set *set);
/* The lines of -h for one option. */
void option_help(const struct option *option, struct text *text);

#endif
