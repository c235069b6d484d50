/* paint: how text meets a terminal: colour, signs that need UTF-8 or do without, and making data harmless. */
#ifndef REPORT_PAINT_H
#define REPORT_PAINT_H

#include "base/text.h"
#include "model/class.h"

enum ink { INK_PLAIN, INK_BOLD, INK_DIM, INK_GOOD, INK_BAD, INK_WARN, INK_NOTICE, INK_COUNT };

/* What the place we write to can show. */
struct paint {
    bool colour;
    bool ascii; /* no UTF-8 */
};

/* `string` in this ink (and only when there is colour). */
void paint_puts(const struct paint *paint, struct text *text, enum ink ink, const char *string);
void paint_printf(const struct paint *paint, struct text *text, enum ink ink, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
enum ink ink_of_step(enum step_status status);
enum ink ink_of_run(enum run_status status);
/* ✓ ✗ – ⊘ ● or their ASCII stand-ins. */
const char *sign_of_step(const struct paint *paint, enum step_status status);

/* Append bytes of unknown origin as one line that cannot move a cursor, change a colour or turn text around:
 * line ends become spaces, other control characters are shown as ^X, invisible direction marks as U+FFFD. */
void safe_line(struct text *text, const char *bytes, size_t len);
/* The same, but lines and tabs stay, and whole escape sequences (a program's own colours) are dropped. */
void safe_block(struct text *text, const char *bytes, size_t len);
/* Append at most `width` columns of a harmless string; "…" tells that something was cut. Returns the columns
 * used. */
size_t clip(const struct paint *paint, struct text *text, const char *string, size_t width);
/* The same, filled up with spaces. */
void cell(const struct paint *paint, struct text *text, const char *string, size_t width);
/* Break a harmless string at spaces into lines of `width` columns, besides the `indent` spaces before all but
 * the first. A longer word is left whole: it may be there to be copied. */
void wrap(struct text *text, const char *string, size_t width, size_t indent);

#endif
