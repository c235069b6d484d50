/* path: where a step stands in a run ("deploy/rollout[2]/verify#3"), and patterns over such places. */
#ifndef MODEL_PATH_H
#define MODEL_PATH_H

#include "base/mem.h"
#include "base/text.h"

#include <stdbool.h>

/* A path in the forms that a pattern may be about. Zero-initialise, reuse, fini. */
struct path_forms {
    const char *full;  /* borrowed */
    struct text plain; /* without attempts */
    struct text bare;  /* without attempts and items */
    const char *id;    /* the last part of `bare` */
};

void path_forms_set(struct path_forms *forms, const char *path);
void path_forms_fini(struct path_forms *forms);

/* A path, an id, or a glob of * and ?. What it does not mention it is not about: without "[2]" it fits every
 * item, without "#2" every attempt, without "/" a step of that id wherever it stands. */
struct path_pattern {
    const char *text; /* as written */
    const char *glob; /* for fnmatch; NULL where a comparison will do */
    bool has_slash, has_item, has_attempt;
};

struct path_pattern path_pattern_of(struct arena *arena, const char *text);
bool path_fits(const struct path_pattern *pattern, const struct path_forms *forms);
/* A text against a glob of * and ?, where "[" is itself. */
bool glob_fits(const char *glob, const char *text);

#endif
