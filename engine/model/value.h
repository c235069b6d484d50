/* value: what parameters, variables and results are made of. A value is a jansson value; this is the one room
 * that includes <jansson.h>, every other room includes this header. Values are never changed once shared. */
#ifndef MODEL_VALUE_H
#define MODEL_VALUE_H

#include <jansson.h>

#include "base/text.h"

static inline void value_autounref(json_t **place)
{
    json_decref(*place);
}
/* `json_t *x autovalue = …` gives up its reference when it goes out of scope. */
#define autovalue __attribute__((cleanup(value_autounref)))

/* "string", "integer", "number", "boolean", "null", "list" or "map". */
const char *value_type(const json_t *value);
/* RFC 8785-like canonical text: keys sorted by bytes, no spaces, integers plain. Appends to `text`. */
void value_canonical(const json_t *value, struct text *text);
/* As interpolation shows it: text as it is, numbers and booleans plainly, lists and maps as JSON. False for
 * null. */
bool value_to_text(const json_t *value, struct text *text);
/* A string value from bytes of unknown origin (invalid UTF-8 and NUL become U+FFFD). New reference. */
json_t *value_string(const char *bytes, size_t len);
/* The string under `key`, or NULL. Borrowed. */
const char *value_get_string(const json_t *map, const char *key);

#endif
