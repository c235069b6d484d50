/* html: pages that are one file. Nothing is fetched, and a stranger's bytes are never more than text. */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "base/text.h"

/* Bytes of any origin as text of an element or of a quoted attribute: what controls or deceives is shown,
 * what means something to HTML is escaped. The one way a stranger's bytes get into a page. */
void html_bytes(struct text *text, const char *bytes, size_t len);
void html_text(struct text *text, const char *string);
/* The same; what stands between backquotes becomes <code>. */
void html_words(struct text *text, const char *words);
/* The head, with the style that all pages share and `css` after it, up to and with <body>. The page's policy
 * lets it load nothing, and run no script but `script`, by its hash (NULL: none). */
void html_begin(struct text *text, const char *title, const char *css, const char *script);
/* The script, and the end. */
void html_end(struct text *text, const char *script);

#endif
