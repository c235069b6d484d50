/* decode: nodes become the structs of the model, by the tables of fields. One walk finds unknown, missing and
 * ill-typed keys in every section there is. */
#ifndef LOAD_DECODE_H
#define LOAD_DECODE_H

#include "load/node.h"
#include "model/document.h"
#include "model/kind.h"

enum { LATER_MAX = 32 };

/* What reading one document needs throughout. */
struct decoder {
    struct document *document;   /* owns what is made */
    struct arena *arena;         /* the document's */
    const struct source *source; /* of the nodes being read: the document's own, or an import */
    struct diags *diags;
    kind_list kinds;
    struct step *parent; /* the step whose blocks are being read */
    bool takes_people;   /* the file may be one of people alone */
    bool is_graph;       /* the next block is the list of a `parallel` */
    bool is_broken;      /* the text could not be read to its end: do not complain of what is missing */
    size_t step_cap;
    const struct field *later[LATER_MAX]; /* fields whose FIELD_LATER was said already */
    size_t later_count;
};

/* A value and the key it was written under. */
struct spot {
    const struct field *field;
    const char *name; /* as written: the field's, or that of the section it is short for */
    const struct node *node;
};

struct pos decode_pos(const struct decoder *d, const struct node *node);
/* `wanted` completes "must be …". Returns false. */
bool decode_wrong_type(struct decoder *d, const struct spot *at, const char *wanted);
/* With the nearest of the known keys as the hint; without a hint when none is near. */
struct diag *decode_unknown_key(struct decoder *d, const struct pair *pair, const char *where,
    const char *const *known, size_t known_count);

/* A mapping into the struct of a section whose size is not 0. */
void decode_into(struct decoder *d, const struct section *section, const struct spot *at, void *place);
/* The same into a new struct; of a section of size 0, a TEMPLATE_MAP. Never NULL. */
void *decode_section(struct decoder *d, const struct section *section, const struct spot *at);
/* One field's value to its place. */
void decode_field(struct decoder *d, const struct spot *at, void *place);
/* One field's value as a template, checked against the field's type as far as it is constant. */
struct template *decode_checked(struct decoder *d, const struct spot *at);

/* What may be written under a section's key: its fields as they come in, then the check for what is missing.
 */
struct filling {
    const struct section *section;
    void *place;          /* size > 0 */
    struct template *map; /* size 0 */
    uint64_t seen;
};
struct filling filling_start(
    struct decoder *d, const struct section *section, struct pos pos, size_t max_fields);
void filling_take(struct decoder *d, struct filling *filling, const struct spot *at);
void filling_end(struct decoder *d, struct filling *filling, const struct node *node);
/* Everything the node holds, shorthand or mapping. */
void filling_walk(struct decoder *d, struct filling *filling, const struct spot *at);

const struct field *section_find(const struct section *section, const char *name);
size_t section_count(const struct section *section);
/* Bytes that a field of this type takes in its struct. */
size_t field_size(enum field_type type);

/* template.c */
struct expr *decode_expr(struct decoder *d, const struct node *node);
/* habits.c: how what people know from other tools is written here; NULL: nothing is known of it. */
const char *habit_hint(const char *where, const char *name);
const char *habit_near(const char *where, const char *name);
struct template *template_constant(struct decoder *d, const struct node *node, json_t *value);
struct template *template_expr(struct decoder *d, const struct node *node);
struct template *template_text(struct decoder *d, const struct node *node);
struct template *template_script(struct decoder *d, const struct node *node);
struct template *template_value(struct decoder *d, const struct node *node);
/* A list of texts and numbers, in which {each: expression} may stand. */
struct template *template_arguments(struct decoder *d, const struct node *node);
/* Is the text exactly one ${{ }}? */
bool is_one_expr(const struct node *node);

/* step.c */
struct block *decode_block(struct decoder *d, const struct spot *at);
/* hook.c: one step of work, or code; NULL when it is neither. */
struct block *decode_hook(struct decoder *d, const struct spot *at);

#endif
