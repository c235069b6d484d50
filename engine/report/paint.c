#include "report/paint.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char *const codes[INK_COUNT] = {
    [INK_PLAIN] = "",
    [INK_BOLD] = "1",
    [INK_DIM] = "2",
    [INK_GOOD] = "32",
    [INK_BAD] = "31",
    [INK_WARN] = "33",
    [INK_NOTICE] = "36",
};

void paint_puts(const struct paint *paint, struct text *text, enum ink ink, const char *string)
{
    if (!paint->colour || ink == INK_PLAIN || !*string) {
        text_puts(text, string);
        return;
    }
    text_printf(text, "\033[%sm", codes[ink]);
    text_puts(text, string);
    text_puts(text, "\033[0m");
}

void paint_printf(const struct paint *paint, struct text *text, enum ink ink, const char *format, ...)
{
    char buffer[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(buffer, sizeof buffer, format, args);
    va_end(args);
    paint_puts(paint, text, ink, buffer);
}

enum ink ink_of_step(enum step_status status)
{
    static const enum ink inks[STEP_STATUS_COUNT] = {[STEP_PENDING] = INK_NOTICE,
        [STEP_SUCCEEDED] = INK_GOOD,
        [STEP_FAILED] = INK_BAD,
        [STEP_SKIPPED] = INK_DIM,
        [STEP_CANCELLED] = INK_WARN};
    return inks[status];
}

enum ink ink_of_run(enum run_status status)
{
    static const enum ink inks[RUN_STATUS_COUNT] = {[RUN_QUEUED] = INK_DIM,
        [RUN_RUNNING] = INK_NOTICE,
        [RUN_WAITING] = INK_WARN,
        [RUN_PAUSED] = INK_WARN,
        [RUN_SUCCEEDED] = INK_GOOD,
        [RUN_FAILED] = INK_BAD,
        [RUN_CANCELLED] = INK_WARN,
        [RUN_INTERRUPTED] = INK_BAD};
    return inks[status];
}

const char *sign_of_step(const struct paint *paint, enum step_status status)
{
    static const char *const signs[STEP_STATUS_COUNT][2] = {[STEP_PENDING] = {"●", "*"},
        [STEP_SUCCEEDED] = {"✓", "+"},
        [STEP_FAILED] = {"✗", "x"},
        [STEP_SKIPPED] = {"–", "-"},
        [STEP_CANCELLED] = {"⊘", "/"}};
    return signs[status][paint->ascii];
}

/* Length of the UTF-8 sequence that starts here; the text is valid. */
static size_t sequence(const char *at)
{
    unsigned char c = (unsigned char)*at;
    return c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
}

/* Bytes of the escape sequence at `at` (CSI, OSC and two-byte ones), at least 1. */
static size_t escape_len(const char *at, size_t len)
{
    if (len < 2)
        return len;
    size_t i = 2;
    if (at[1] == '[') {
        while (i < len && (at[i] < 0x40 || at[i] > 0x7E))
            i++;
        return i < len ? i + 1 : len;
    }
    if (at[1] == ']' || at[1] == 'P' || at[1] == '_' || at[1] == '^' || at[1] == 'X') {
        while (i < len && at[i] != '\a' && at[i] != '\033' && at[i] != '\n')
            i++;
        return i < len && at[i] == '\a'                              ? i + 1
               : i + 1 < len && at[i] == '\033' && at[i + 1] == '\\' ? i + 2
                                                                     : i;
    }
    return 2;
}

static void add_safe(struct text *text, const char *bytes, size_t len, bool is_block)
{
    autotext struct text clean = {0};
    text_add_utf8(&clean, bytes, len);
    const char *at = text_str(&clean), *end = at + clean.len;
    while (at < end) {
        size_t n = sequence(at);
        unsigned char c = (unsigned char)*at;
        if (n > 1) {
            if (utf8_is_deceitful(at, n))
                text_puts(text, "\xEF\xBF\xBD");
            else
                text_add(text, at, n);
        } else if (is_block && (c == '\n' || c == '\t')) {
            text_putc(text, (char)c);
        } else if (is_block && c == '\r' && at + 1 < end && at[1] == '\n') {
            /* the line end follows */
        } else if (is_block && c == '\033') {
            n = escape_len(at, (size_t)(end - at));
        } else if (c == '\n' || c == '\t') {
            text_putc(text, ' ');
        } else if (c < 0x20 || c == 0x7F) {
            text_printf(text, "^%c", c ^ 0x40);
        } else {
            text_putc(text, (char)c);
        }
        at += n;
    }
}

void safe_line(struct text *text, const char *bytes, size_t len)
{
    while (len && (bytes[len - 1] == '\n' || bytes[len - 1] == '\r'))
        len--;
    add_safe(text, bytes, len, false);
}

void safe_block(struct text *text, const char *bytes, size_t len)
{
    add_safe(text, bytes, len, true);
}

size_t clip(const struct paint *paint, struct text *text, const char *string, size_t width)
{
    size_t len = strlen(string), columns = utf8_width(string, len);
    if (columns <= width) {
        text_puts(text, string);
        return columns;
    }
    const char *dots = paint->ascii ? "..." : "…";
    size_t room = paint->ascii ? 3 : 1, used = 0;
    if (width <= room) {
        text_add(text, "...", paint->ascii ? width : 0);
        text_puts(text, !paint->ascii && width ? dots : "");
        return width;
    }
    for (const char *at = string; *at;) {
        size_t n = sequence(at), wide = utf8_width(at, n);
        if (used + wide > width - room)
            break;
        text_add(text, at, n);
        used += wide;
        at += n;
    }
    text_puts(text, dots);
    return used + room;
}

void cell(const struct paint *paint, struct text *text, const char *string, size_t width)
{
    for (size_t used = clip(paint, text, string, width); used < width; used++)
        text_putc(text, ' ');
}

void wrap(struct text *text, const char *string, size_t width, size_t indent)
{
    size_t used = 0;
    while (*string) {
        size_t len = strcspn(string, " ");
        size_t wide = utf8_width(string, len);
        if (used && used + 1 + wide > width) {
            text_printf(text, "\n%*s", (int)indent, "");
            used = 0;
        } else if (used) {
            text_putc(text, ' ');
            used++;
        }
        text_add(text, string, len);
        used += wide;
        string += len + (string[len] == ' ');
    }
}
