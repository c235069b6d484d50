/* step: the kinds of work that reach the world. A kind is one constant in one file: what may be written, and
 * how it is begun and ended. All look the same to the core: resolved arguments, one effect, one outcome. */
#ifndef STEP_STEP_H
#define STEP_STEP_H

#include "io/loop.h"
#include "model/kind.h"
#include "model/outcome.h"
#include "model/step.h"
#include "script/script.h"

struct work; /* one attempt under way */

/* What a driver lends an attempt. Everything lives until `done` was called. Secrets have been put in. */
struct work_options {
    struct loop *loop;
    struct script *script;
    const struct scope *scope; /* for `lua`; copied */
    const struct step *step;
    json_t *args, *env; /* resolved */
    const char *cwd;
    const char *run_id, *path;
    int attempt;
    int64_t kill_after_ms;
    /* Masked output as it arrives, already cut by the caps: head, then (with the end) the tail. */
    void (*on_output)(void *context, int stream, const char *bytes, size_t len);
    /* Ring the terminal of whoever watches the run and show the line there; false: nobody watches. May be
     * NULL. */
    bool (*on_bell)(void *context, const char *line);
    /* The code of `lua` and `uses` asks for what touches the world. Whoever drives it writes that down, and
     * then calls work_perform, or work_answer when the answer is known already; not from inside this call. */
    void (*on_call)(void *context, const char *name, json_t *args);
    /* What was performed has come about; work_answer follows. Takes the result. */
    void (*on_return)(void *context, json_t *result);
    /* Once, last, never from inside work_start. The outcome is the callee's to fini. */
    void (*on_done)(void *context, struct outcome *outcome);
    void *context;
};

struct step_ops {
    /* Begin; a failure to begin is reported by on_done too. */
    struct work *(*start)(const struct work_options *options);
    void (*stop)(struct work *work, bool at_once); /* on_done still comes */
    /* Of kinds with code, after on_call: see below. */
    void (*perform)(struct work *work, json_t *args);
    void (*answer)(struct work *work, json_t *result);
    void (*give_up)(struct work *work, enum fail_class class_, const char *message);
    json_t *(*glance)(struct work *work, const char *name, const json_t *args);
    /* One line for people: what this will do ("kubectl get pods -n production"). */
    void (*preview)(const struct step *step, const json_t *args, struct text *text);
    /* Does it only look at the world, with these arguments? NULL: as kind->is_read says. */
    bool (*is_read)(const json_t *args);
};

extern const struct kind *const step_kinds[];

struct work *work_start(const struct work_options *options);
/* The same of an action that no step uses; the arguments are {action, with}. */
struct work *work_start_action(const struct work_options *options);
void work_stop(struct work *work, bool at_once);
/* Do what was asked for; the arguments are as on_call had them, with the secrets put in. */
void work_perform(struct work *work, json_t *args);
/* The code goes on with the result. */
void work_answer(struct work *work, json_t *result);
/* The code does not go on: the attempt has failed. */
void work_give_up(struct work *work, enum fail_class class_, const char *message);
/* The answer to what may be done before it is written down, because nothing leaves the program; NULL for
 * everything else. New reference. */
json_t *work_glance(struct work *work, const char *name, const json_t *args);
void work_preview(const struct step *step, const json_t *args, struct text *text);
/* Does it only look at the world? What the author says about it comes first. */
bool work_is_read(const struct step *step, const json_t *args);

/* `parse`: turn result.stdout (or body) into result.output; failure makes the outcome class parse. Pure. */
void outcome_parse(struct outcome *outcome, enum parse_as parse);

#endif
