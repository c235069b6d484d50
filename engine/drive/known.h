/* known: what can be said about values before a run: parameters, what follows from them, and of everything
 * else what it waits for. The expressions are the run's own, evaluated by its script in a scope that holds
 * only what is known; whatever they come to there, they come to in the run. */
#ifndef DRIVE_KNOWN_H
#define DRIVE_KNOWN_H

#include "base/map.h"
#include "script/script.h"

/* What a value waits for. Lists of texts; NULL = nothing. */
struct needs {
    json_t *after;   /* ids of steps */
    json_t *when;    /* words for anything else, see needs_words */
    json_t *secrets; /* names; they are never shown */
};

/* What came of looking at an expression or a template. */
struct resolved {
    json_t *value; /* what is not known stands in it as text, "(known after step x)"; secrets as tokens */
    struct needs needs;
    json_t
        *parts; /* of text with ${{ }}: [{text} or {text, expression, known}] in order; NULL = it is none */
    char *problem;   /* it cannot be evaluated; NULL = it can, or nobody knows yet */
    bool is_missing; /* something that `value` needs is not known */
};

/* How far it is known what becomes of a step. */
enum fate { FATE_OPEN, FATE_SKIPPED, FATE_NEVER /* not come to: a branch that is not taken */ };

/* One document as it is looked at. */
struct known {
    struct script *script;
    const struct document *document;
    json_t *params, *env, *vars, *run; /* what is known */
    json_t *doubts;       /* "vars.x" -> needs of what is not, and `shown` when a part of it is */
    json_t *veiled;       /* "params.x" -> names of the secrets in it */
    struct map steps;     /* id, with _ for - */
    struct map setters;   /* name of a variable -> the last step that sets it */
    unsigned char *fates; /* enum fate, by step->index */
    bool is_set_by_hooks; /* its variables: none of them is known */
};

/* `run` is what expressions see as `run`, as far as known; takes a reference of its own. */
void known_init(struct known *known, struct script *script, const struct document *document, json_t *run);
void known_fini(struct known *known);
/* root.name ("params", "env", "vars") is this from now on. */
void known_put(struct known *known, const char *root, const char *name, const struct resolved *resolved);
/* vars.name is not known any more until the step has run. */
void known_forget(struct known *known, const char *name, const struct step *step);
/* vars.name may be set at any time: what it is, is known where it is looked at. */
void known_doubt(struct known *known, const char *name);
/* Hide a value: it is the secret `name`. */
void known_put_secret(struct known *known, const char *root, const char *name);

/* What is known of variables, to go back to. */
struct known_vars {
    json_t *vars, *doubts, *veiled;
};
struct known_vars known_save(const struct known *known);
void known_restore(struct known *known, struct known_vars saved); /* takes it */

/* `at` is the step where it stands, or NULL. Fini the result. */
struct resolved known_expr(const struct known *known, const struct expr *expr, const struct step *at);
struct resolved known_template(const struct known *known, const struct template *tmpl, const struct step *at);
/* A setting; the value is a number, of milliseconds if it is a duration. */
struct resolved known_amount(
    const struct known *known, const struct amount *amount, bool is_duration, const struct step *at);

bool resolved_is_known(const struct resolved *resolved);
/* With secrets as "(secret x)". New reference. */
json_t *resolved_shown(const struct resolved *resolved);
/* {value}, or {shown, known_after, known_when?, secrets?}, or {problem}; with parts if there are any. New
 * reference. */
json_t *resolved_json(const struct resolved *resolved);
void resolved_fini(struct resolved *resolved);
#define autoresolved __attribute__((cleanup(resolved_fini)))

#endif
