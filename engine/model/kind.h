/* kind: a kind of step. The constants are in core/ (control, people, pure) and in step/ (work in the world);
 * the loader gets the list of all of them. */
#ifndef MODEL_KIND_H
#define MODEL_KIND_H

#include "model/field.h"

enum kind_class {
    KIND_CONTROL, /* core: holds other steps */
    KIND_PURE,    /* core: done at once, nothing leaves */
    KIND_ASK,     /* core: a person decides */
    KIND_WAIT,    /* core: time passes */
    KIND_EFFECT,  /* step/: one effect, one result */
};

struct kind {
    const char *name; /* the key in the YAML */
    enum kind_class class_;
    const char *help;
    struct section section;    /* what may be written under the key */
    bool is_read;              /* changes nothing outside (plan says "read") */
    const void *ops;           /* of the room that owns the kind: struct control_ops, struct step_ops, … */
    const char *const *result; /* what `result` can have, ends with NULL; NULL: there is none */
};

/* A NULL-terminated list of kinds. */
typedef const struct kind *const *kind_list;

#endif
