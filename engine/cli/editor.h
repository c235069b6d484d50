/* editor: one line of text being typed. */
#ifndef CLI_EDITOR_H
#define CLI_EDITOR_H

#include "base/text.h"

struct editor {
    struct text text;
    size_t at; /* byte where the cursor stands */
};

enum key { KEY_NONE, KEY_ENTER, KEY_ESCAPE, KEY_END_OF_INPUT, KEY_TAB };

void editor_fini(struct editor *editor);
void editor_set(struct editor *editor, const char *text);
/* Take the first key of `bytes`, edit with it, and tell how long it was. What the editor has no use for is
 * returned. */
enum key editor_key(struct editor *editor, const char *bytes, size_t len, size_t *ret_used);

#endif
