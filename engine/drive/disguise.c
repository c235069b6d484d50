#include "drive/disguise.h"
#include "model/value.h"

#include <ctype.h>
#include <string.h>

enum {
    DISGUISE_MIN = 4
}; /* a shorter secret is looked for as it is only: its encodings would hit everywhere */

/* Who is to hear of the forms. */
struct hearer {
    void (*tell)(void *context, const char *bytes, size_t len);
    void *context;
};

static void wipe(struct text *text)
{
    if (text->ptr)
        explicit_bzero(text->ptr, text->cap);
    text_fini(text);
}

static void tell(const struct hearer *hearer, struct text *text)
{
    if (text->len)
        hearer->tell(hearer->context, text->ptr, text->len);
    wipe(text);
}

/* --- JSON --- */

/* Of what JSON leaves open, writers choose differently: / may be escaped; characters beyond ASCII are as \u
 * with digits of either case; what means something to HTML is, where the writer fears for a web page. */
enum json_style { JSON_SLASH = 1, JSON_ASCII = 2, JSON_LOWER = 4, JSON_HTML = 8, JSON_STYLES = 16 };

/* \u00E9 becomes \u00e9. A backslash is always the first of a pair. */
static void lower_digits(struct text *text)
{
    for (size_t i = 0; i + 1 < text->len; i++) {
        if (text->ptr[i] != '\\')
            continue;
        for (size_t k = i + 2; text->ptr[i + 1] == 'u' && k < i + 6 && k < text->len; k++)
            text->ptr[k] = (char)tolower((unsigned char)text->ptr[k]);
        i++;
    }
}

static void escape_html(struct text *text, bool is_lower)
{
    struct text out = {0};

    for (size_t i = 0; i < text->len; i++)
        if (strchr("<>&", text->ptr[i]) && text->ptr[i])
            text_printf(&out, is_lower ? "\\u%04x" : "\\u%04X", (unsigned)text->ptr[i]);
        else
            text_putc(&out, text->ptr[i]);
    wipe(text);
    *text = out;
}

static void escape_json(const char *bytes, size_t len, unsigned style, struct text *out)
{
    json_t *value autovalue = value_string(bytes, len);
    size_t flags = JSON_ENCODE_ANY | (style & JSON_SLASH ? JSON_ESCAPE_SLASH : 0) |
                   (style & JSON_ASCII ? JSON_ENSURE_ASCII : 0);
    char *quoted = json_dumps(value, flags);
    size_t size = strlen(quoted);

    text_add(out, quoted + 1, size - 2);
    explicit_bzero(quoted, size);
    free(quoted);
    if (style & JSON_LOWER)
        lower_digits(out);
    if (style & JSON_HTML)
        escape_html(out, style & JSON_LOWER);
}

/* As JSON has it, and as JSON in a string of JSON has it: in an event that quotes a step's own JSON. */
static void tell_json(const struct hearer *hearer, const char *secret, size_t len)
{
    for (unsigned style = 0; style < JSON_STYLES; style++) {
        struct text once = {0}, twice = {0};

        escape_json(secret, len, style, &once);
        escape_json(once.ptr, once.len, 0, &twice);
        tell(hearer, &once);
        tell(hearer, &twice);
    }
}

/* --- URL --- */

static void escape_url(const struct hearer *hearer, const char *secret, size_t len, const char *plain,
    const char *hex, bool is_form)
{
    struct text text = {0};

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)secret[i];
        const char encoded[] = {'%', hex[c >> 4], hex[c & 15]};

        if (c < 128 && (isalnum(c) || (c && strchr(plain, c))))
            text_putc(&text, (char)c);
        else if (c == ' ' && is_form)
            text_putc(&text, '+');
        else
            text_add(&text, encoded, sizeof(encoded));
    }
    tell(hearer, &text);
}

static const char *const hex_digits[] = {"0123456789ABCDEF", "0123456789abcdef"};

/* What is left as it is: RFC 3986; the same in a path; encodeURIComponent; encodeURI; a form. A space is %20
 * or +. */
static void tell_url(const struct hearer *hearer, const char *secret, size_t len)
{
    static const char *const plain[] = {"-_.~", "-_.~/", "-_.~!*'()", "-_.~!*'();/?:@&=+$,#", "-_.*"};

    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        for (size_t style = 0; style < 4; style++)
            escape_url(hearer, secret, len, plain[i], hex_digits[style & 1], style & 2);
}

/* --- digits and letters --- */

static void tell_hex(const struct hearer *hearer, const char *secret, size_t len)
{
    for (size_t letters = 0; letters < 2; letters++) {
        struct text text = {0};

        for (size_t i = 0; i < len; i++) {
            text_putc(&text, hex_digits[letters][(unsigned char)secret[i] >> 4]);
            text_putc(&text, hex_digits[letters][(unsigned char)secret[i] & 15]);
        }
        tell(hearer, &text);
    }
}

/* The characters of the base64 text that depend on the secret alone when `before` bytes precede it. */
static void tell_base64(
    const struct hearer *hearer, const char *secret, size_t len, size_t before, const char *alphabet)
{
    struct text text = {0};
    size_t bits = (before + len) * 8, first = (before * 8 + 5) / 6;

    for (size_t i = first; (i + 1) * 6 <= bits; i++) {
        unsigned value = 0;

        for (size_t bit = i * 6; bit < i * 6 + 6; bit++) {
            unsigned char byte = (unsigned char)secret[bit / 8 - before];

            value = value << 1 | (byte >> (7 - bit % 8) & 1);
        }
        text_putc(&text, alphabet[value]);
    }
    tell(hearer, &text);
}

void disguise_each(const char *secret, size_t len,
    void (*tell_fn)(void *context, const char *bytes, size_t len), void *context)
{
    static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char for_url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const struct hearer hearer = {tell_fn, context};

    tell_fn(context, secret, len);
    if (len < DISGUISE_MIN)
        return;
    tell_json(&hearer, secret, len);
    tell_url(&hearer, secret, len);
    tell_hex(&hearer, secret, len);
    for (size_t before = 0; before < 3; before++) {
        tell_base64(&hearer, secret, len, before, standard);
        tell_base64(&hearer, secret, len, before, for_url);
    }
}
