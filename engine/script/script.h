/* script: the sandboxed Lua in which all logic of a runbook is written. One script holds the compiled
 * expressions of one book and serves all its runs; nothing a run does stays behind in it. */
#ifndef SCRIPT_SCRIPT_H
#define SCRIPT_SCRIPT_H

#include "base/err.h"
#include "model/diag.h"
#include "model/document.h"
#include "model/outcome.h"

struct script;

struct script_limits {
    int64_t instructions; /* of one evaluation; default 10,000,000 */
    size_t memory;        /* of the whole state, bytes; default 64 MiB */
};

/* YAML, which another room reads and writes. */
struct script_yaml {
    json_t *(*decode)(const char *text, size_t len, struct err *err); /* new reference; NULL: it is none */
    void (*encode)(const json_t *value, struct text *text);           /* appends */
};

struct script *script_new(const struct script_limits *limits /* NULL: defaults */);
void script_free(struct script *script);
/* Give `yaml` to the code of steps; before that, using it is an error. `yaml` outlives the script. */
void script_know_yaml(struct script *script, const struct script_yaml *yaml);

/* Compile every expression and template of the book, and check the references in them: steps.x, params.x,
 * vars.x, secrets.x and unknown globals. Problems go to `diags`. */
void script_compile(struct script *script, struct book *book, struct diags *diags);
/* One expression that is not part of a book (a test's expectation). */
int script_compile_one(struct script *script, struct expr *expr, struct err *err);

/* What a step has come to, as `steps.x` shows it. Owned by the core; see core/result.c for what fills it. */
struct result {
    enum step_status status;
    enum fail_class class_;
    int exit_code; /* -1: none */
    int attempts;
    int64_t started_us, finished_us; /* wall time; 0 = not yet */
    const char *message;             /* or NULL */
    json_t *result;      /* the outcome's map: stdout, stderr, status_code, headers, body, output; or NULL */
    json_t *outputs;     /* or NULL */
    json_t *answer, *by; /* or NULL */
    json_t *items;       /* of a loop: a list, or NULL */
};

/* What an expression can see. NULL means "not in scope": using the name is an error that says where it is. */
struct scope {
    int64_t now_us;
    json_t *params, *vars, *env, *run, *event;
    json_t *item, *result, *failed;
    const char *item_name;     /* `as`; NULL = "item" */
    const struct scope *outer; /* where the items of the loops around this one are found, or NULL; nothing
                                  else of it is looked at */
    int64_t index;             /* 0: not in a loop */
    /* The result behind steps.<id> as seen from here; NULL = no such step. `id` may have _ for -. */
    const struct result *(*step)(void *context, const char *id);
    void *context;
    const struct document *document; /* whose secrets and names are known */
    const char *secret_nonce;        /* secrets.x becomes the token made from it, see script/secret.h */
};

/* All return 0, or ERR_EXPRESSION with a text that begins with "line:column: " of the place in the runbook.
 */
int script_eval(struct script *script, const struct expr *expr, const struct scope *scope, json_t **ret_value,
    struct err *err);
/* nil and false are false, all else true, as in Lua. */
int script_eval_bool(struct script *script, const struct expr *expr, const struct scope *scope,
    bool *ret_value, struct err *err);
/* A template's value; TEMPLATE_CONST costs a reference only. New reference. */
int script_resolve(struct script *script, const struct template *tmpl, const struct scope *scope,
    json_t **ret_value, struct err *err);
/* A duration or integer setting. */
int script_duration(struct script *script, const struct amount *amount, const struct scope *scope,
    int64_t *ret_ms, struct err *err);
int script_integer(struct script *script, const struct amount *amount, const struct scope *scope,
    int64_t *ret_value, struct err *err);

/* Run a chunk of a `lua` step: `code` is the function's body; what it returns becomes result.output. Sees the
 * scope's names and the helpers. Returns 0, ERR_EXPRESSION, or ERR_DENIED when it asks for what touches the
 * world (see script/coroutine.h for code that may); the outcome is filled in all cases. */
int script_run_chunk(struct script *script, const char *code, const char *chunk_name,
    const struct scope *scope, struct outcome *ret_outcome);

#endif
