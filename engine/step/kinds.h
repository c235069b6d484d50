/* kinds: what the files of this room share: the constant of each kind, one per file, and the presets of
 * `shell`. */
#ifndef STEP_KINDS_H
#define STEP_KINDS_H

#include "step/step.h"

extern const struct kind step_run, step_exec, step_http, step_lua;

#endif
