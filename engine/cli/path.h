/* path: the parts of a frame's path, "deploy/rollout[2]/verify#3". */
#ifndef CLI_PATH_H
#define CLI_PATH_H

#include "model/document.h"

/* Without the attempts: "deploy/rollout[2]/verify". Malloc'd. */
char *path_without_attempts(const char *path);
/* The last part: "verify#3". */
const char *path_last(const char *path);
/* The step of the book behind a path; NULL when there is none with that id. */
const struct step *path_step(const struct book *book, const char *path);
/* The step of this document that a person means by an id or a path, whole or its end; NULL when there is
 * none. Elements and attempts do not matter. */
const struct step *path_step_in(const struct document *document, const char *path);

#endif
