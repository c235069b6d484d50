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
    /* Once, last, never from inside work_start. The outcome is the callee's to fini. */
    void (*on_done)(void *context, struct outcome *outcome);
    void *context;
};

struct step_ops {
    /* Begin; a failure to begin is reported by on_done too. */
    struct work *(*start)(const struct work_options *options);
    void (*stop)(struct work *work, bool at_once); /* on_done still comes */
    /* One line for people: what this will do ("kubectl get pods -n production"). */
    void (*preview)(const struct step *step, const json_t *args, struct text *text);
    /* Does it only look at the world, with these arguments? NULL: as kind->is_read says. */
    bool (*is_read)(const json_t *args);
};

extern const struct kind *const step_kinds[];

struct work *work_start(const struct work_options *options);
void work_stop(struct work *work, bool at_once);
void work_preview(const struct step *step, const json_t *args, struct text *text);
/* Does it only look at the world? What the author says about it comes first. */
bool work_is_read(const struct step *step, const json_t *args);

/* `parse`: turn result.stdout (or body) into result.output; failure makes the outcome class parse. Pure. */
void outcome_parse(struct outcome *outcome, enum parse_as parse);

#endif
