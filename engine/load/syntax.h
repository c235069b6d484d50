/* syntax: what libyaml could not read, said in the words of an author. */
#ifndef LOAD_SYNTAX_H
#define LOAD_SYNTAX_H

#include "load/node.h"

#include <yaml.h>

/* Add the diagnostic for the error that `parser` stopped at. `text` is what it was given. */
void syntax_report(struct tree *tree, const yaml_parser_t *parser, const char *text, size_t len);
/* Where byte `offset` of `text` stands. */
struct pos syntax_pos_of(const struct source *source, const char *text, size_t offset);

#endif
