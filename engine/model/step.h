/* step: what an author wrote for one step, and lists of steps. */
#ifndef MODEL_STEP_H
#define MODEL_STEP_H

#include "model/field.h"
#include "model/kind.h"

struct document;
struct step;

/* A list of steps. */
struct block {
    struct pos pos;
    struct step **steps;
    size_t len;
};

enum jitter { JITTER_NONE, JITTER_FULL };

struct retry {
    struct pos pos;
    struct amount max_attempts;
    struct amount delay;     /* 1s */
    double backoff;          /* 2.0 */
    struct amount max_delay; /* 1m */
    int jitter;              /* enum jitter */
    struct expr *when;
    struct strings on; /* failure classes; empty = any */
};

enum on_deadline { ON_DEADLINE_NOTIFY, ON_DEADLINE_FAIL, ON_DEADLINE_CONTINUE };
/* What the step does to the world; AUTO: what its kind says. */
enum step_effect { STEP_EFFECT_AUTO, STEP_EFFECT_READ, STEP_EFFECT_WRITE };
enum on_interrupt { ON_INTERRUPT_ASK, ON_INTERRUPT_RETRY, ON_INTERRUPT_FAIL, ON_INTERRUPT_SKIP };
enum parse_as { PARSE_NONE, PARSE_JSON, PARSE_YAML, PARSE_LINES, PARSE_KV, PARSE_CSV, PARSE_TEXT };

struct step {
    struct pos pos;
    const struct document *document;
    uint32_t index;      /* in document->steps */
    const char *id;      /* always set */
    bool has_id;         /* written by the author: may be referred to */
    struct step *parent; /* the step whose block, branch, undo or rescue holds this one; NULL at top level */
    struct step
        *loop; /* nearest step at or above `parent` with foreach; NULL when none: results live there */
    const char *title, *description;

    const struct kind *kind;
    struct pos kind_pos;
    void *args;            /* kind->section.size > 0: its struct */
    struct template *with; /* size 0: TEMPLATE_MAP */

    struct expr *when;
    struct named_templates env;
    struct template *cwd;
    struct strings shell; /* a preset's name or an argv; empty = sh -e */
    struct amount timeout, kill_after, deadline;
    int on_deadline;
    struct retry *retry;
    struct expr *until;
    struct amount every;
    struct expr *success_when;
    bool continue_on_error;
    int parse; /* enum parse_as */
    struct named_exprs outputs;

    struct template *foreach; /* a list value or one expression */
    const char *as;
    struct amount max_parallel, batch;
    bool fail_fast;
    struct expr *while_;
    struct amount max_iterations;
    struct strings needs;      /* inside parallel */
    struct step **needs_steps; /* resolved, needs.len of them */

    json_t *join; /* parallel: "all" (NULL too), "any" or an integer */

    struct block *rescue, *always; /* control kinds only; plain lists or NULL */
    struct block *undo;            /* one step or a list */
    bool idempotent;
    int effect; /* enum step_effect */
    int on_interrupt;
    struct strings tags;
    bool sensitive, leave_running;
    int hook;       /* enum hook_type: what it is called for; its `as` names what it is told */
    uint64_t given; /* bit i: field i of step_section was written */
};

/* Keys of every step (kinds come beside these); ends with a NULL name. Defined in load/. */
extern const struct section step_section;

#endif
