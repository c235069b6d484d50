/* rules: what must hold between keys, steps and sections, beyond what the tables say. */
#ifndef LOAD_RULES_H
#define LOAD_RULES_H

#include "load/decode.h"

/* identifier.c: is the text an identifier? Says what it should be when not. */
bool decode_check_id(struct decoder *d, const char *text, struct pos pos);

/* rules.c: may this key stand at a step of this kind? */
void rules_check_key(
    struct decoder *d, const struct step *step, const struct field *field, const struct pair *pair);
/* choice.c: fields of a kind of which only one may be written; `seen` says which were. */
void choice_check(struct decoder *d, const struct step *step, uint64_t seen);
/* choice.c: each case of a `switch` has a condition, but for the last, which may be the rest. */
void cases_check(struct decoder *d, const struct step *step);
/* Defaults, and what belongs together, once all steps are read. */
void rules_finish(struct decoder *d);

/* graph.c: `needs` among the steps of one block. */
void graph_resolve(struct decoder *d, struct block *block, bool is_graph);

/* id.c: unique ids for all steps, loops and the map of ids. */
void ids_assign(struct decoder *d);

/* params.c: parameters and secrets. */
void params_finish(struct decoder *d);

/* params.c: does `with` of a call fit what the callee declares? */
void call_check(const struct step *step, const struct document *callee, struct diags *diags);

/* invariants.c: one thing each, and events that there are. */
void invariants_finish(struct decoder *d);

/* people.c: who is named must exist. */
void people_finish(struct decoder *d);
/* smtp.c: every mail learns of the mail server. */
void smtp_finish(struct decoder *d);
/* Take over what an imported file declares; who is declared twice is an error. */
void people_merge(struct decoder *d, const struct people *imported);

#endif
