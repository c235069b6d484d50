#include "base/text.h"
#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

static void reserve(struct text *text, size_t more)
{
    size_t need = text->len + more + 1;

    if (text->ptr && need <= text->cap)
        return;
    if (need < text->cap * 2)
        need = text->cap * 2;
    text->cap = need < 64 ? 64 : need;
    text->ptr = mem_resize(text->ptr, text->cap);
}

void text_fini(struct text *text)
{
    free(text->ptr);
    *text = (struct text){0};
}

void text_clear(struct text *text)
{
    text->len = 0;
    if (text->ptr)
        text->ptr[0] = '\0';
}

void text_add(struct text *text, const char *bytes, size_t len)
{
    reserve(text, len);
    if (len)
        memcpy(text->ptr + text->len, bytes, len);
    text->len += len;
    text->ptr[text->len] = '\0';
}

char *text_room(struct text *text, const char *at, size_t len)
{
    if (at)
        text->len = (size_t)(at - text->ptr);
    reserve(text, len);
    return text->ptr + text->len;
}

void text_end(struct text *text, char *at)
{
    *at = '\0';
    text->len = (size_t)(at - text->ptr);
}

void text_puts(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void text_putc(struct text *text, char c)
{
    text_add(text, &c, 1);
}

/* Two digits at a time: a division takes longer than all else. */
char *number_before(char *end, long long number)
{
    static const char pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
        "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
        "8081828384858687888990919293949596979899";
    unsigned long long rest = number < 0 ? -(unsigned long long)number : (unsigned long long)number;

    for (; rest >= 10; rest /= 100)
        end = memcpy(end - 2, &pairs[rest % 100 * 2], 2);
    if (rest || !number)
        *--end = (char)('0' + rest);
    if (number < 0)
        *--end = '-';
    return end;
}

void text_number(struct text *text, long long number)
{
    char digits[DECIMAL_SIZE], *end = digits + sizeof(digits), *at = number_before(end, number);

    text_add(text, at, (size_t)(end - at));
}

void text_printf(struct text *text, const char *format, ...)
{
    va_list args, again;
    int n;

    va_start(args, format);
    va_copy(again, args);
    reserve(text, 32);
    n = vsnprintf(text->ptr + text->len, text->cap - text->len, format, args);
    va_end(args);
    if (n > 0 && (size_t)n >= text->cap - text->len) {
        reserve(text, (size_t)n);
        vsnprintf(text->ptr + text->len, text->cap - text->len, format, again);
    }
    va_end(again);
    if (n > 0)
        text->len += (size_t)n;
}

/* Length of the well-formed sequence at `p` (Unicode 15, table 3-7), or 0. NUL counts as ill-formed. */
static size_t sequence(const unsigned char *p, size_t len)
{
    unsigned char a = p[0], low = 0x80, high = 0xBF;
    size_t n;

    if (a != 0 && a < 0x80)
        return 1;
    if (a >= 0xC2 && a <= 0xDF)
        n = 2;
    else if (a >= 0xE0 && a <= 0xEF)
        n = 3;
    else if (a >= 0xF0 && a <= 0xF4)
        n = 4;
    else
        return 0;
    if (a == 0xE0)
        low = 0xA0;
    if (a == 0xED)
        high = 0x9F;
    if (a == 0xF0)
        low = 0x90;
    if (a == 0xF4)
        high = 0x8F;
    if (len < n || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return n;
}

/* Eight bytes of ASCII without a NUL among them? Most text is, and needs no closer look. */
static bool is_plain(const char *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
    return !((word | ((word - 0x0101010101010101U) & ~word)) & 0x8080808080808080U);
}

size_t utf8_valid(const char *bytes, size_t len)
{
    size_t at = 0, n;

    while (at < len) {
        if (len - at >= 8 && is_plain(bytes + at))
            n = 8;
        else
            n = sequence((const unsigned char *)bytes + at, len - at);
        if (!n)
            break;
        at += n;
    }
    return at;
}

static void add_replacements(struct text *text, size_t count)
{
    static const char eight[] = "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD";

    reserve(text, 3 * (count + 8));
    for (size_t i = 0; i < count; i += 8)
        memcpy(text->ptr + text->len + 3 * i, eight, 24);
    text->len += 3 * count;
    text->ptr[text->len] = '\0';
}

/* Runs of bytes that are no text are replaced in one go: a flood of zeros must not stall whoever reads it. */
void text_add_utf8(struct text *text, const char *bytes, size_t len)
{
    while (len) {
        size_t good = utf8_valid(bytes, len), bad = good;

        while (bad < len && (!bytes[bad] || !sequence((const unsigned char *)bytes + bad, len - bad)))
            bad++;
        text_add(text, bytes, good);
        if (bad > good)
            add_replacements(text, bad - good);
        bytes += bad;
        len -= bad;
    }
}

bool utf8_is_deceitful(const char *character, size_t len)
{
    const unsigned char *c = (const unsigned char *)character;

    if (len == 2)
        return c[0] == 0xC2 && c[1] < 0xA0;
    if (len != 3 || c[0] != 0xE2)
        return len == 3 && c[0] == 0xEF && c[1] == 0xBB && c[2] == 0xBF;
    return (c[1] == 0x80 && (c[2] >= 0xA8 && c[2] <= 0xAE)) ||
           (c[1] == 0x80 && (c[2] >= 0x8B && c[2] <= 0x8F)) || (c[1] == 0x81 && c[2] >= 0xA0 && c[2] <= 0xAF);
}

void text_add_shown(struct text *text, const char *bytes, size_t len)
{
    struct text clean autotext = {0};

    text_add_utf8(&clean, bytes, len);
    for (size_t at = 0, n; at < clean.len; at += n) {
        unsigned char c = (unsigned char)clean.ptr[at];

        n = sequence((const unsigned char *)clean.ptr + at, clean.len - at);
        if (utf8_is_deceitful(clean.ptr + at, n))
            add_replacements(text, 1);
        else if ((c < 0x20 && c != '\n') || c == 0x7F)
            text_printf(text, "^%c", c ^ 0x40);
        else
            text_add(text, clean.ptr + at, n);
    }
}

const char *text_str(const struct text *text)
{
    return text->ptr ? text->ptr : "";
}

char *text_take(struct text *text)
{
    char *ptr = text->ptr ? text->ptr : mem_strdup("");

    *text = (struct text){0};
    return ptr;
}

static uint32_t decode(const unsigned char *p, size_t n)
{
    static const unsigned char mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t c = p[0] & mask[n];

    for (size_t i = 1; i < n; i++)
        c = c << 6 | (p[i] & 0x3F);
    return c;
}

/* wcwidth knows nothing above ASCII in the C locale: one column is the best guess there. */
static size_t width_of(uint32_t c)
{
    int width = wcwidth((wchar_t)c);

    if (width < 0)
        return c >= 0xA0;
    return (size_t)width;
}

size_t utf8_width(const char *string, size_t len)
{
    const unsigned char *p = (const unsigned char *)string;
    size_t width = 0;

    while (len) {
        size_t n = sequence(p, len);

        width += n ? width_of(decode(p, n)) : 1;
        n = n ? n : 1;
        p += n;
        len -= n;
    }
    return width;
}
