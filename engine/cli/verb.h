/* verb: one thing `runbook` can do. A verb is one constant in one file: its options table is the source of
 * parsing, of -h and of shell completion. */
#ifndef CLI_VERB_H
#define CLI_VERB_H

#include "base/mem.h"
#include "cli/options.h"
#include "journal/journal.h"

#include <stdio.h>

enum exit_status {
    EXIT_OK = 0,
    EXIT_FAILED = 1,  /* the run failed; a check found something */
    EXIT_USAGE = 2,   /* wrong use, or an invalid runbook */
    EXIT_DENIED = 3,  /* denied or cancelled */
    EXIT_WAITING = 4, /* left waiting: detached or parked */
    EXIT_JOURNAL = 5, /* the journal could not be read, written or verified */
    EXIT_KILLED = 130,
};

enum color_choice { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* The options every verb may have; see verb_takes. */
struct common_options {
    const char *journal; /* NULL: the default place */
    int sync;            /* enum journal_sync */
    bool json;
    int color; /* enum color_choice */
    bool no_color;
};

/* One invocation of a verb. */
struct cli {
    const struct verb *verb;
    char **argv; /* as the program was started, program and verb included; NULL-terminated */
    struct common_options common;
    void *options;     /* the verb's own struct, filled from its table */
    const char **args; /* what is no option, in order */
    size_t arg_count;
    struct arena arena; /* for what lives until the verb has run */
};

/* Which of the common options apply; --color always does. */
enum verb_takes {
    TAKES_JOURNAL = 1, /* --journal */
    TAKES_SYNC = 2,    /* --sync */
    TAKES_JSON = 4,    /* --json */
};

/* What the arguments are, for completion. */
enum verb_argument { ARGUMENT_NONE, ARGUMENT_FILE, ARGUMENT_RUN, ARGUMENT_VERB };

struct verb {
    const char *name;
    const char *usage;            /* the arguments: "RUN STEP"; "" when there are none */
    const char *summary;          /* one line for the list of verbs, no full stop */
    const char *help;             /* a paragraph or more for -h; or NULL */
    const char *examples;         /* lines of "  runbook …", or NULL */
    const struct option *options; /* ends with a NULL name; or NULL */
    size_t options_size;          /* of the struct their offsets point into */
    size_t min_args, max_args;
    unsigned takes; /* enum verb_takes */
    enum verb_argument argument;
    int (*run)(struct cli *cli); /* returns an enum exit_status */
};

/* All verbs in the order of the help; ends with NULL. Defined in main.c. */
extern const struct verb *const verbs[];
const struct verb *verb_find(const char *name);
/* The options of main.c that every verb may have; ends with a NULL name. An entry applies when `takes` is 0
 * or the verb takes it. */
struct common_option {
    struct option option;
    unsigned takes;
};
extern const struct common_option common_options[];

/* --- what verbs share --- */

/* "runbook: text" on stderr. Returns the exit status that fits the code. */
int cli_fail(const struct err *err);
/* The same for a mistake in how the verb was used, with a pointer to -h. Returns EXIT_USAGE. */
int cli_usage(const struct cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool cli_color(const struct cli *cli, FILE *stream);
/* Open the journal as the common options say; on failure it has been reported and the status is returned,
 * else 0. */
int cli_open_journal(const struct cli *cli, bool read_only, struct journal **ret_journal);
/* The run that args[index] names. Reports like cli_open_journal. */
int cli_find_run(const struct cli *cli, struct journal *journal, size_t index, char ret_id[RUN_ID_SIZE]);
/* The same, and all that is known of it; facts_fini afterwards. */
struct facts;
int cli_read_run(
    const struct cli *cli, struct journal *journal, char ret_id[RUN_ID_SIZE], struct facts *ret_facts);
/* Is somebody there who can be asked? */
bool cli_may_ask(const struct cli *cli, bool no_input);
/* Who types: login name, host, "terminal". The strings live in the arena. */
struct principal cli_principal(struct cli *cli);
/* Columns of the terminal behind `stream`, or `fallback` when it is none. */
size_t cli_width(FILE *stream, size_t fallback);
/* Can the locale show ✓ and ●? */
bool cli_utf8(void);

#endif
