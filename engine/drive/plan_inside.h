/* plan_inside: what the files of the plan share. */
#ifndef DRIVE_PLAN_INSIDE_H
#define DRIVE_PLAN_INSIDE_H

#include "core/select.h"
#include "drive/known.h"
#include "drive/plan.h"

/* One walk. */
struct plan {
    const struct program *program;
    struct selection selection;
    json_t *run;         /* what expressions see as `run` */
    struct known *known; /* of the document that is walked */
    int calls;           /* how deep it is called */
    size_t steps;        /* written down so far */
    int doubts;          /* above 0: what is walked may not be carried out */
    json_t *totals;      /* effect -> {sure, maybe} */
};

enum plan_answer { ANSWER_NO, ANSWER_YES, ANSWER_UNKNOWN };

/* plan.c */
/* The steps of a list, one after another. New reference. */
json_t *plan_block(struct plan *plan, const struct block *block);
/* One step; `reason` says why it is left out whatever its `when` says, or is NULL. New reference. */
json_t *plan_step(struct plan *plan, const struct step *step, const char *reason);
/* The same where it may or may not be carried out, and nothing that it sets is known afterwards. */
json_t *plan_perhaps(struct plan *plan, const struct block *block);
/* None of them is come to: their results are known. Their ids; new reference. */
json_t *plan_rule_out(struct plan *plan, const struct block *block);
/* The variables that are set in the step are not known any more. */
void plan_forget(struct plan *plan, const struct step *outer);
/* As Lua and the core see it: nil and false are false. `ret_shown` is a new reference. */
enum plan_answer plan_test(
    struct plan *plan, const struct expr *expr, const struct step *at, json_t **ret_shown);
/* Body, rescue and always of plan->known's document. */
void plan_document(struct plan *plan, json_t *node);

/* plan_blocks.c: what the step holds, if its kind holds steps. */
void plan_held(struct plan *plan, const struct step *step, json_t *node);

/* plan_hooks.c: the hooks of plan->known's document, as steps with a `moment`. New reference, or NULL. */
json_t *plan_hooks(struct plan *plan);
/* May they set variables? Then none is known before the run. */
bool plan_hooks_set(const struct document *document);

/* plan_args.c: name -> resolved (see known.h) for every field that was written in a section with a struct.
 * Lists of steps are left out: they are walked. New reference. */
json_t *plan_args(
    const struct known *known, const struct section *section, const void *at, const struct step *step);
/* The same for what stands under the step's kind. `ret_plain` receives the arguments as the kind would get
 * them, with text for what is not known; NULL when it has a struct. */
json_t *plan_args_of_kind(const struct known *known, const struct step *step, json_t **ret_plain);
/* {expression} and what it comes to. New reference. */
json_t *plan_expr(const struct known *known, const struct expr *expr, const struct step *at);
/* Settings of the step itself: timeout, retry, until, … New reference. */
json_t *plan_settings(const struct known *known, const struct step *step);

/* plan_words.c: what the step does, in one line. */
void plan_does(const struct step *step, const json_t *args, const json_t *plain, struct text *text);
/* "read", "write", "ask", "tell", "wait" or "none". */
const char *plan_effect(const struct step *step, const json_t *plain);

/* plan_longest.c: {value: duration}, or {no_bound: ids of the steps without one}. New reference. */
json_t *plan_longest(const json_t *plan);

/* plan_people.c: {policy, levels: [{notify, people, after_ms?, when?}], repeat?}; NULL when there is no such
 * policy. New reference. */
json_t *plan_policy(const struct known *known, const char *name);

#endif
