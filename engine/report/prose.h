/* prose: headings, paragraphs, lists and tables, written once and told as Markdown or as HTML. Words are text
 * of any origin; what stands between backquotes is code. */
#ifndef REPORT_PROSE_H
#define REPORT_PROSE_H

#include "base/text.h"

struct prose_ops;

struct prose {
    const struct prose_ops *ops;
    struct text *text;
};

struct prose_ops {
    void (*heading)(struct text *text, int level, const char *words);
    void (*paragraph)(struct text *text, const char *words);
    /* What somebody still has to write: told apart from what the journal knows. */
    void (*blank)(struct text *text, const char *words);
    void (*list)(struct text *text);
    void (*item)(struct text *text, const char *words);
    void (*list_end)(struct text *text);
    /* `columns` heads, or NULL for a table of names and values. */
    void (*table)(struct text *text, const char *const *heads, size_t columns);
    void (*row)(struct text *text, const char *const *cells, size_t columns);
    void (*table_end)(struct text *text);
    /* Lines as a program printed them. */
    void (*code)(struct text *text, const char *bytes, size_t len);
};

extern const struct prose_ops prose_markdown, prose_html;

#endif
