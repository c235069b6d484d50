/* csv: RFC 4180. The first row names the columns; every other row becomes a map of texts. */
#ifndef STEP_CSV_H
#define STEP_CSV_H

#include "base/err.h"
#include "model/value.h"

/* A list (new reference), or NULL with ERR_INVALID and the line. */
json_t *csv_parse(const char *text, size_t len, struct err *err);

#endif
