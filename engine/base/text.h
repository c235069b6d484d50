/* text: a growing byte buffer that is always a C string. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct text {
    char *ptr; /* NULL while empty */
    size_t len, cap;
};

void text_fini(struct text *text);
void text_clear(struct text *text); /* keeps the memory */
void text_add(struct text *text, const char *bytes, size_t len);
/* To write into the buffer itself: room for `len` bytes and more from `at` on, which is where the bytes so
 * far end (NULL: text->len). Returns that place, which may have moved; text_end says where the text ends now.
 */
char *text_room(struct text *text, const char *at, size_t len);
void text_end(struct text *text, char *at);
void text_puts(struct text *text, const char *string);
void text_putc(struct text *text, char c);
void text_number(struct text *text, long long number); /* as %lld does, and cheaper */
/* The same, written so that it ends before `end`, where there is room for DECIMAL_SIZE. Returns where it
 * begins. */
enum { DECIMAL_SIZE = 20 };
char *number_before(char *end, long long number);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Append bytes of unknown origin as UTF-8: invalid sequences and NULs become U+FFFD. */
void text_add_utf8(struct text *text, const char *bytes, size_t len);
/* The same for a terminal, which must obey nothing in it: controls become ^X, deceitful characters U+FFFD.
 * Line ends stay. */
void text_add_shown(struct text *text, const char *bytes, size_t len);
/* The string ("" when empty), still owned by the buffer. */
const char *text_str(const struct text *text);
/* The string, now owned by the caller; the buffer is empty again. Never NULL. */
char *text_take(struct text *text);

#define autotext __attribute__((cleanup(text_fini)))

/* Bytes of the longest prefix that is valid UTF-8 without NUL. */
size_t utf8_valid(const char *bytes, size_t len);
/* Is the one character of `len` bytes a C1 control, or a mark that reverses the direction of text or hides in
 * it? */
bool utf8_is_deceitful(const char *character, size_t len);
/* Columns a terminal needs for the string: combining marks 0, wide characters 2, control characters 0. */
size_t utf8_width(const char *string, size_t len);

#endif
