/* load: YAML text to the model. Every problem is a located diagnostic; nothing unknown is ignored. */
#ifndef LOAD_LOAD_H
#define LOAD_LOAD_H

#include "base/err.h"
#include "model/diag.h"
#include "model/document.h"
#include "model/kind.h"

/* Read `path` and everything it reaches (call, import) into a book. Problems, an unreadable file among them,
 * go to `diags`. Returns the book even when there are problems (NULL only when `path` cannot be read); it may
 * be run only if diags->errors is 0. Free with book_free. Expressions are not compiled yet: script/ does. */
struct book *load_book(const char *path, kind_list kinds, struct diags *diags);
/* The same for a file that may also be one of people alone: its document has an empty body and no id. */
struct book *load_people(const char *path, kind_list kinds, struct diags *diags);
/* The same from pinned texts: `read` returns the text of a path (malloc'd) or NULL. */
typedef char *(*load_read)(void *context, const char *path, size_t *ret_len, struct err *err);
struct book *load_book_from(
    const char *path, load_read read, void *context, kind_list kinds, struct diags *diags);

/* Plain data: a parameter file, `parse: yaml`. New reference, or NULL with the problems in `diags`. */
json_t *load_value(const struct source *source, struct diags *diags);
/* The same of a text that is no file; the first problem is the error. */
json_t *load_text(const char *text, size_t len, struct err *err);

/* The JSON Schema (2020-12) of a runbook. New reference. */
json_t *load_schema(kind_list kinds);
/* The reference page of the language in Markdown, from the same tables. */
void load_reference(kind_list kinds, struct text *text);

/* The tables of the sections that are no step kind; defined in load/sections.c. */
extern const struct section document_section;

#endif
