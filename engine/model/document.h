/* document: one runbook as its author wrote it; book: everything one run can reach. */
#ifndef MODEL_DOCUMENT_H
#define MODEL_DOCUMENT_H

#include "base/map.h"
#include "base/mem.h"
#include "model/hook.h"
#include "model/people.h"
#include "model/step.h"

enum param_type {
    PARAM_STRING,
    PARAM_INTEGER,
    PARAM_NUMBER,
    PARAM_BOOLEAN,
    PARAM_DURATION,
    PARAM_ENUM,
    PARAM_LIST,
    PARAM_MAP
};

/* A parameter of a runbook, or a field of an input form. */
struct param {
    struct pos pos;
    const char *name;
    int type;                  /* enum param_type */
    json_t *fallback;          /* NULL: required */
    json_t *choices;           /* enum: a list, or NULL */
    const char *pattern;       /* a POSIX extended regular expression for the whole text, or NULL */
    json_t *minimum, *maximum; /* or NULL */
    const char *description;
    bool secret;
};

struct secret {
    struct pos pos;
    const char *env, *file, *systemd; /* exactly one of these and the next two is set */
    struct strings command;
    const char *uses;      /* an action that brings it … */
    struct template *with; /* … given this, or NULL */
};

struct escalation {
    struct pos pos;
    const char *policy;
    struct template *message;
};

enum on_conflict { ON_CONFLICT_QUEUE, ON_CONFLICT_SKIP, ON_CONFLICT_REPLACE, ON_CONFLICT_ALLOW };

struct concurrency {
    struct pos pos;
    struct template *group;
    int on_conflict; /* enum on_conflict */
    struct amount limit;
};

struct document {
    struct arena arena;
    const struct source *source;
    struct pos pos;
    const char *id, *title, *description, *severity, *owner;
    json_t *labels;
    struct items params; /* struct param, by name */
    struct named_templates env;
    struct step *defaults; /* or NULL; applied to the steps already */
    struct items secrets;  /* struct secret, by name */
    struct strings import;
    struct people people;
    struct escalation *escalation;
    struct concurrency *concurrency;
    struct amount deadline;
    struct amount cancel_timeout;  /* 5m */
    struct block *body;            /* `steps` */
    struct block *rescue, *always; /* or NULL */
    struct named_exprs outputs;
    struct hooks *hooks;       /* or NULL */
    json_t *triggers, *window; /* checked; carried out by later versions */
    struct items invariants;
    struct step **steps; /* every step, in the order written */
    size_t step_count;
    struct map ids;         /* id -> struct step *, of steps with has_id */
    struct map derived_ids; /* the same of the other steps: nothing may refer to them */
    json_t **values;        /* references owned by the document */
    size_t value_count, value_cap;
};

/* The runbook, those it calls, the files it imports. */
struct book {
    struct document **documents; /* [0] is the runbook itself */
    size_t document_count, document_cap;
    struct source **sources; /* every pinned file, in the order read */
    size_t source_count, source_cap;
};

struct document *document_new(void);
void document_free(struct document *document);
/* Keep a reference until the document is freed; returns `value`. */
json_t *document_own(struct document *document, json_t *value);
struct step *document_find(const struct document *document, const char *id); /* by written id, or NULL */
/* By any id, as frame paths have it. */
struct step *document_find_any(const struct document *document, const char *id);
/* Is one of its parameters a secret? */
bool document_has_secret_params(const struct document *document);
/* What a step whose arguments are templates says under `name` where that is a constant text; else NULL. */
const char *step_constant(const struct step *step, const char *name);
/* The callee of a `call` step by the path or id written there; NULL when not loaded. */
struct document *book_find(const struct book *book, const char *path_or_id);

struct book *book_new(void);
void book_free(struct book *book);
struct source *book_add_source(
    struct book *book, const char *path, const char *text, size_t len); /* copies */
/* Name every source by its hash, as a run that pins them needs it (loading alone does not), and the book by
 * the hash over these. */
void book_pin(struct book *book, char ret_hex[SHA256_HEX_SIZE]);

/* Parameters: check what was given against what is declared, fill in defaults.
 * `given` values may be JSON or (from the command line) text, which is converted to the parameter's type.
 * All mistakes go to `diags`, with the hint. Returns the full map (new reference), or NULL. */
struct diags;
json_t *params_check(const struct items *params, const json_t *given, bool convert, struct diags *diags);
/* The same of the fields of a form, whose texts are always converted. */
json_t *fields_check(const struct items *fields, const json_t *given, struct diags *diags);

#endif
