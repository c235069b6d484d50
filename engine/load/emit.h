/* emit: a value as YAML, written as a person would: the outer two mappings in lines, what is inside them in
 * brackets. */
#ifndef LOAD_EMIT_H
#define LOAD_EMIT_H

#include "model/value.h"

/* Append the lines of a map. */
void yaml_emit(const json_t *map, struct text *text);

#endif
