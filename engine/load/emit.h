/* emit: a value as YAML, written as a person would: the outer two mappings in lines, what is inside them in
 * brackets. */
#ifndef LOAD_EMIT_H
#define LOAD_EMIT_H

#include "model/value.h"

/* Append the lines. */
void yaml_emit(const json_t *value, struct text *text);

#endif
