#include "drive/mask.h"
#include "base/mem.h"
#include "drive/vault.h"

#include <ctype.h>
#include <string.h>

enum {
    VARIANT_MIN = 4, /* a shorter secret is masked as it is only: its encodings would hit everywhere */
    LINE_MIN = 8,    /* a shorter line of a secret is not a secret by itself ("}") */
};

void mask_fini(struct mask *mask)
{
    free(mask->needles);
    vault_free(mask->vault);
    *mask = (struct mask){0};
}

static bool is_known(const struct mask *mask, const char *bytes, size_t len)
{
    for (size_t i = 0; i < mask->len; i++)
        if (mask->needles[i].len == len && memcmp(mask->needles[i].bytes, bytes, len) == 0)
            return true;
    return false;
}

static unsigned pair_of(const char *bytes)
{
    return (unsigned)(unsigned char)bytes[0] << 8 | (unsigned char)bytes[1];
}

static void note_beginning(struct mask *mask, const char *bytes, size_t len)
{
    size_t first = (size_t)(unsigned char)bytes[0] << 8;

    mask->begins[(unsigned char)bytes[0]] = true;
    if (len == 1)
        memset(&mask->pairs[first / 8], 0xff, 256 / 8);
    else
        mask->pairs[pair_of(bytes) / 8] |= (unsigned char)(1u << pair_of(bytes) % 8);
}

/* May a needle begin at `bytes`? Nearly everywhere the answer is no, and comes from one bit. */
static bool may_begin(const struct mask *mask, const char *bytes, size_t len)
{
    if (len == 1)
        return mask->begins[(unsigned char)bytes[0]];
    return mask->pairs[pair_of(bytes) / 8] >> pair_of(bytes) % 8 & 1;
}

/* Keeps the longest first: of two needles that begin alike, the longer one must win. */
static void add_needle(struct mask *mask, const char *bytes, size_t len)
{
    size_t at;

    if (!len || is_known(mask, bytes, len))
        return;
    mask->needles = mem_grow(mask->needles, mask->len, &mask->cap, sizeof(*mask->needles));
    for (at = mask->len; at > 0 && mask->needles[at - 1].len < len; at--)
        mask->needles[at] = mask->needles[at - 1];
    mask->needles[at] = (struct needle){vault_copy(&mask->vault, bytes, len), len};
    note_beginning(mask, bytes, len);
    mask->len++;
}

static void wipe(struct text *text)
{
    if (text->ptr)
        explicit_bzero(text->ptr, text->cap);
    text_fini(text);
}

/* As JSON has it, and as JSON in a string of JSON has it: in an event that quotes a step's own JSON. */
static void add_json(struct mask *mask, const char *secret, size_t len)
{
    struct text text = {0};

    text_add(&text, secret, len);
    for (int depth = 0; depth < 2; depth++) {
        json_t *value autovalue = value_string(text.ptr, text.len);
        struct text quoted = {0};

        value_canonical(value, &quoted);
        wipe(&text);
        text_add(&text, quoted.ptr + 1, quoted.len - 2);
        wipe(&quoted);
        add_needle(mask, text.ptr, text.len);
    }
    wipe(&text);
}

enum url_style { URL_LOWER = 1, URL_PLUS = 2, URL_SLASH = 4, URL_STYLES = 8 };

static void escape_url(const char *secret, size_t len, unsigned style, struct text *text)
{
    const char *hex = style & URL_LOWER ? "0123456789abcdef" : "0123456789ABCDEF";
    const char *plain = style & URL_SLASH ? "-_.~/" : "-_.~";

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)secret[i];
        const char encoded[] = {'%', hex[c >> 4], hex[c & 15]};

        if (isalnum(c) || (c && strchr(plain, c)))
            text_putc(text, (char)c);
        else if (c == ' ' && style & URL_PLUS)
            text_putc(text, '+');
        else
            text_add(text, encoded, sizeof(encoded));
    }
}

/* Percent-encoding as encodeURIComponent does it, with %2F, %2f or, as for a path, /; a space also as a form
 * has it, +. */
static void add_url(struct mask *mask, const char *secret, size_t len)
{
    for (unsigned style = 0; style < URL_STYLES; style++) {
        struct text text = {0};

        escape_url(secret, len, style, &text);
        add_needle(mask, text.ptr, text.len);
        wipe(&text);
    }
}

static void add_hex(struct mask *mask, const char *secret, size_t len)
{
    static const char *const digits[] = {"0123456789abcdef", "0123456789ABCDEF"};

    for (size_t variant = 0; variant < 2; variant++) {
        struct text text = {0};

        for (size_t i = 0; i < len; i++) {
            text_putc(&text, digits[variant][(unsigned char)secret[i] >> 4]);
            text_putc(&text, digits[variant][(unsigned char)secret[i] & 15]);
        }
        add_needle(mask, text.ptr, text.len);
        wipe(&text);
    }
}

/* The characters of the base64 text that depend on the secret alone when `before` bytes precede it. */
static void add_base64(struct mask *mask, const char *secret, size_t len, size_t before, const char *alphabet)
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
    add_needle(mask, text.ptr, text.len);
    wipe(&text);
}

static void add_variants(struct mask *mask, const char *secret, size_t len)
{
    static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char for_url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    add_needle(mask, secret, len);
    if (len < VARIANT_MIN)
        return;
    add_json(mask, secret, len);
    add_url(mask, secret, len);
    add_hex(mask, secret, len);
    for (size_t before = 0; before < 3; before++) {
        add_base64(mask, secret, len, before, standard);
        add_base64(mask, secret, len, before, for_url);
    }
}

void mask_add(struct mask *mask, const char *secret, size_t len)
{
    add_variants(mask, secret, len);
    for (const char *at = secret, *end = secret + len; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t line = (size_t)((stop ? stop : end) - at);

        if (line >= LINE_MIN && line < len)
            add_variants(mask, at, line);
        at += line + 1;
    }
}

/* The length of the needle that begins at `bytes`, or 0; `ret_partial` when more bytes could make one of it.
 */
static size_t match(const struct mask *mask, const char *bytes, size_t len, bool *ret_partial)
{
    *ret_partial = false;
    for (size_t i = 0; i < mask->len; i++) {
        const struct needle *needle = &mask->needles[i];

        if (needle->bytes[0] != bytes[0])
            continue;
        if (needle->len <= len) {
            if (memcmp(needle->bytes, bytes, needle->len) == 0)
                return needle->len;
        } else if (memcmp(needle->bytes, bytes, len) == 0) {
            *ret_partial = true;
        }
    }
    return 0;
}

/* Masks up to where a secret may have begun that is not complete yet (`is_end`: nothing follows). Returns the
 * bytes dealt with. */
static size_t scan(const struct mask *mask, const char *bytes, size_t len, bool is_end, struct text *out)
{
    size_t done = 0, at = 0;

    while (at < len) {
        bool partial;
        size_t n;

        if (!may_begin(mask, bytes + at, len - at)) {
            at++;
            continue;
        }
        n = match(mask, bytes + at, len - at, &partial);
        if (partial && !is_end)
            break;
        if (n) {
            text_add(out, bytes + done, at - done);
            text_puts(out, MASK_TEXT);
            done = at + n;
        }
        at += n ? n : 1;
    }
    text_add(out, bytes + done, at - done);
    return at;
}

void mask_text(const struct mask *mask, const char *bytes, size_t len, struct text *out)
{
    scan(mask, bytes, len, true, out);
}

void mask_stream_fini(struct mask_stream *stream)
{
    wipe(&stream->held);
}

void mask_stream_feed(
    const struct mask *mask, struct mask_stream *stream, const char *bytes, size_t len, struct text *out)
{
    struct text held = stream->held;
    size_t done;

    if (!held.len) {
        done = scan(mask, bytes, len, false, out);
        text_add(&stream->held, bytes + done, len - done);
        return;
    }
    stream->held = (struct text){0};
    text_add(&held, bytes, len);
    done = scan(mask, held.ptr, held.len, false, out);
    text_add(&stream->held, held.ptr + done, held.len - done);
    wipe(&held);
}

void mask_stream_end(const struct mask *mask, struct mask_stream *stream, struct text *out)
{
    scan(mask, text_str(&stream->held), stream->held.len, true, out);
    wipe(&stream->held);
}
