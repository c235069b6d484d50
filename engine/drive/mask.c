/* A hundred needles for each secret, and hardly one of them anywhere. So the question that is asked at each
 * byte is only whether the four bytes there may begin a needle: one bit of a table that fits the nearest
 * cache. Needles of one head, longest first, are compared where it says yes. */
#include "drive/mask.h"
#include "base/mem.h"
#include "drive/disguise.h"
#include "drive/vault.h"

#include <stdint.h>
#include <string.h>

enum {
    LINE_MIN = 8, /* a shorter line of a secret is not a secret by itself ("}") */
    HEAD = 4,
    HEAD_BITS = 18,
    BUCKET_BITS = 10,
};

/* Bytes to look for. */
struct needle {
    char *bytes;
    size_t len;
    struct needle *next;       /* longest first: of those with a like head … */
    struct needle *next_alike; /* … of those with the same first byte */
};

struct mask_index {
    uint64_t heads[(1 << HEAD_BITS) / 64]; /* a bit for what four bytes may be the beginning of a needle */
    struct needle *buckets[1 << BUCKET_BITS];
    struct needle *alike[256];
    bool has_short[256], has_any_short; /* needles shorter than a head, by first byte */
};

static uint32_t hash_head(const char *bytes)
{
    uint32_t head;

    memcpy(&head, bytes, HEAD);
    return head * 2654435761u;
}

static bool is_head(const struct mask_index *index, const char *bytes)
{
    uint32_t bit = hash_head(bytes) >> (32 - HEAD_BITS);

    return index->heads[bit / 64] >> bit % 64 & 1;
}

static struct needle **bucket_of(struct mask_index *index, const char *bytes)
{
    return &index->buckets[hash_head(bytes) >> (32 - BUCKET_BITS)];
}

void mask_fini(struct mask *mask)
{
    for (size_t i = 0; mask->index && i < 256; i++)
        while (mask->index->alike[i]) {
            struct needle *needle = mask->index->alike[i];

            mask->index->alike[i] = needle->next_alike;
            free(needle);
        }
    free(mask->index);
    vault_free(mask->vault);
    *mask = (struct mask){0};
}

bool mask_is_empty(const struct mask *mask)
{
    return !mask->index;
}

/* --- what is looked for --- */

static bool is_known(const struct mask_index *index, const char *bytes, size_t len)
{
    const struct needle *needle = index->alike[(unsigned char)bytes[0]];

    while (needle && (needle->len != len || memcmp(needle->bytes, bytes, len) != 0))
        needle = needle->next_alike;
    return needle != NULL;
}

static void link_alike(struct mask_index *index, struct needle *needle)
{
    struct needle **place = &index->alike[(unsigned char)needle->bytes[0]];

    while (*place && (*place)->len >= needle->len)
        place = &(*place)->next_alike;
    needle->next_alike = *place;
    *place = needle;
}

static void link_head(struct mask_index *index, struct needle *needle)
{
    struct needle **place = bucket_of(index, needle->bytes);
    uint32_t bit = hash_head(needle->bytes) >> (32 - HEAD_BITS);

    while (*place && (*place)->len >= needle->len)
        place = &(*place)->next;
    needle->next = *place;
    *place = needle;
    index->heads[bit / 64] |= UINT64_C(1) << bit % 64;
}

static void add_needle(void *context, const char *bytes, size_t len)
{
    struct mask *mask = context;
    struct mask_index *index = mask->index ? mask->index : (mask->index = mem_alloc(sizeof(*index)));
    struct needle *needle;

    if (is_known(index, bytes, len))
        return;
    needle = mem_alloc(sizeof(*needle));
    *needle = (struct needle){.bytes = vault_copy(&mask->vault, bytes, len), .len = len};
    link_alike(index, needle);
    if (len >= HEAD)
        link_head(index, needle);
    else
        index->has_short[(unsigned char)bytes[0]] = index->has_any_short = true;
}

void mask_add(struct mask *mask, const char *secret, size_t len)
{
    if (!len)
        return;
    disguise_each(secret, len, add_needle, mask);
    for (const char *at = secret, *end = secret + len; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t line = (size_t)((stop ? stop : end) - at);

        if (line >= LINE_MIN && line < len)
            disguise_each(at, line, add_needle, mask);
        at += line + 1;
    }
}

/* --- looking --- */

static bool may_begin(const struct mask_index *index, const char *bytes, size_t len)
{
    if (len < HEAD)
        return index->alike[(unsigned char)bytes[0]];
    return is_head(index, bytes) || index->has_short[(unsigned char)bytes[0]];
}

/* The first place from `at` on where a needle may begin, or `len`. */
static size_t skip(const struct mask_index *index, const char *bytes, size_t at, size_t len)
{
    if (!index->has_any_short)
        while (at + 3 + HEAD <= len && !(is_head(index, bytes + at) | is_head(index, bytes + at + 1) |
                                           is_head(index, bytes + at + 2) | is_head(index, bytes + at + 3)))
            at += 4;
    while (at < len && !may_begin(index, bytes + at, len - at))
        at++;
    return at;
}

/* The length of the needle that begins at `bytes`, or 0; `ret_partial` when more bytes could make one of it.
 */
static size_t match(const struct mask_index *index, const char *bytes, size_t len, bool *ret_partial)
{
    bool is_whole = len >= HEAD && !index->has_short[(unsigned char)bytes[0]];
    const struct needle *needle =
        is_whole ? *bucket_of((struct mask_index *)index, bytes) : index->alike[(unsigned char)bytes[0]];

    for (; needle; needle = is_whole ? needle->next : needle->next_alike) {
        size_t shown = needle->len < len ? needle->len : len;

        if (memcmp(needle->bytes, bytes, shown) != 0)
            continue;
        if (needle->len <= len)
            return needle->len;
        *ret_partial = true;
    }
    return 0;
}

/* The bytes from here on that are to be hidden: a needle, and those that begin within it and reach further.
 */
static size_t extent(const struct mask_index *index, const char *bytes, size_t len, bool *ret_partial)
{
    size_t end = match(index, bytes, len, ret_partial);

    for (size_t at = 1; at < end; at++) {
        size_t n =
            may_begin(index, bytes + at, len - at) ? match(index, bytes + at, len - at, ret_partial) : 0;

        if (at + n > end)
            end = at + n;
    }
    return end;
}

/* Masks up to where a secret may have begun that is not complete yet (`is_end`: nothing follows). Returns the
 * bytes dealt with. */
static size_t scan(const struct mask *mask, const char *bytes, size_t len, bool is_end, struct text *out)
{
    size_t done = 0, at = 0;

    while (mask->index && (at = skip(mask->index, bytes, at, len)) < len) {
        bool partial = false;
        size_t n = extent(mask->index, bytes + at, len - at, &partial);

        if (partial && !is_end)
            break;
        if (n) {
            text_add(out, bytes + done, at - done);
            text_puts(out, MASK_TEXT);
            done = at + n;
        }
        at += n ? n : 1;
    }
    if (!mask->index)
        at = len;
    text_add(out, bytes + done, at - done);
    return at;
}

void mask_text(const struct mask *mask, const char *bytes, size_t len, struct text *out)
{
    scan(mask, bytes, len, true, out);
}

/* --- pieces --- */

static void wipe(struct text *text)
{
    if (text->ptr)
        explicit_bzero(text->ptr, text->cap);
    text_fini(text);
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
