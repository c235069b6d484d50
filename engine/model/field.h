/* field: the tables that say what may be written in a section of a runbook. They are the one source for
 * loading, for hints, for `runbook schema` and for the reference page. */
#ifndef MODEL_FIELD_H
#define MODEL_FIELD_H

#include "model/template.h"

#include <stdbool.h>

/* What stands in the struct at `offset` is given in brackets. */
enum field_type {
    FIELD_STRING,   /* plain text, no ${{ }}                         [const char *] */
    FIELD_PLACED,   /* the same, and where it stands                 [struct placed] */
    FIELD_ID,       /* an identifier                                 [const char *] */
    FIELD_BOOL,     /*                                               [bool] */
    FIELD_INTEGER,  /* or one ${{ }}                                 [struct amount] */
    FIELD_NUMBER,   /*                                               [double] */
    FIELD_DURATION, /* or one ${{ }}                                 [struct amount], milliseconds */
    FIELD_ENUM,     /* one of `names`                                [int], the index */
    FIELD_EXPR,     /* a bare expression                             [struct expr *] */
    FIELD_TEXT,     /* a string with ${{ }}                          [struct template *] */
    FIELD_VALUE,    /* anything with ${{ }}                          [struct template *] */
    FIELD_SCRIPT,   /* a shell script with ${{ }}                    [struct template *], SHELL or CONST */
    FIELD_CONSTANT, /* anything, ${{ }} is not looked for            [json_t *] */
    FIELD_STRINGS,  /* a list of plain strings; one string is a list of one   [struct strings] */
    FIELD_EXPRS,    /* a list of expressions; one is a list of one   [struct named_exprs], names NULL */
    FIELD_VALUES,   /* name -> value with ${{ }}                     [struct named_templates] */
    FIELD_OUTPUTS,  /* name -> bare expression                       [struct named_exprs] */
    FIELD_SECTION,  /* a section                                     [void *] to the section's struct */
    FIELD_LIST,     /* a list of sections                            [struct items] */
    FIELD_MAP,      /* name -> section                               [struct items], names set */
    FIELD_STEPS,    /* a list of steps                               [struct block *], steps only */
};

/* A number the author wrote, or will be known when the step starts. */
struct amount {
    bool given;
    bool is_default;   /* by `defaults`, not at the step */
    int64_t value;     /* when expr is NULL */
    struct expr *expr; /* a duration's expression yields "5m" or seconds */
};

/* A text that is looked at once more when all is read. */
struct placed {
    const char *text; /* NULL: not written */
    struct pos pos;
};

struct strings {
    const char **items;
    struct pos *pos;
    size_t len;
};

struct named_templates {
    struct named_template *items;
    size_t len;
};

struct named_exprs {
    struct named_expr *items;
    size_t len;
};

/* Sections in order; `names` only for FIELD_MAP. */
struct items {
    void **items;
    const char **names;
    struct pos *pos;
    size_t len;
};

enum field_flags {
    FIELD_REQUIRED = 1,
    FIELD_DEFAULTABLE = 2, /* may stand in `defaults` */
    FIELD_SECRET_OK = 4,   /* a secret may be used here */
    FIELD_POSITIVE = 8,    /* integer or duration: more than zero */
    FIELD_ALONE = 32,      /* LIST: one section alone is a list of one */
    FIELD_AFTER = 64,      /* DURATION: a time after the start of the run, written +15m */
    FIELD_EACH = 256, /* VALUE: a list of texts and numbers; its item {each: expression} is the elements of
                         the list that the expression gives */
    FIELD_HOOK = 128, /* STEPS: one step of work, for which a text is the code of a `lua` step */
    FIELD_LATER = 16, /* loaded and checked; carried out by a later version. Warned about when used. */
};

struct section;

struct field {
    const char *name;
    enum field_type type;
    size_t offset; /* ignored in a section of size 0 */
    unsigned flags;
    const char *help;              /* one sentence for the reference */
    const char *const *names;      /* ENUM: NULL-terminated */
    const struct section *section; /* SECTION, LIST, MAP */
    const char *fallback;          /* the default as the reference shows it, or NULL */
};

/* A mapping with known keys. Its struct begins with `struct pos pos`. A section of size 0 has no struct: it
 * is loaded as one TEMPLATE_MAP of the fields that were written, each checked against its type. */
struct section {
    const char *name; /* for messages: "http", "retry" */
    const char *help;
    size_t size;
    const struct field *fields; /* ends with a NULL name */
    const char *shorthand;      /* the field that a value that is no mapping stands for, or NULL */
    bool is_open;               /* `shorthand` takes the whole value, mappings too (set, with) */
};

#endif
