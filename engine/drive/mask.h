/* mask: takes secrets out of bytes that are to be stored or shown. It knows each secret as it is,
 * JSON-escaped, URL-encoded, in base64 (at any of the three alignments), and each longer line of one with
 * several. */
#ifndef DRIVE_MASK_H
#define DRIVE_MASK_H

#include "model/value.h"

#define MASK_TEXT "***"

/* Bytes to look for. */
struct needle {
    char *bytes;
    size_t len;
};

/* Zero-initialise. The needles lie in memory that is neither swapped nor dumped. */
struct mask {
    struct needle *needles; /* longest first */
    size_t len, cap;
    unsigned char pairs[65536 / 8]; /* a bit for each two bytes with which some needle begins */
    bool begins[256];               /* the same for one byte: all there is to see at the end of a piece */
    struct vault *vault;
};

void mask_fini(struct mask *mask);
void mask_add(struct mask *mask, const char *secret, size_t len);
/* Append `bytes` with every secret replaced. */
void mask_text(const struct mask *mask, const char *bytes, size_t len, struct text *out);

/* The same for bytes that arrive in pieces: what might be the beginning of a secret is held back.
 * Zero-initialise. */
struct mask_stream {
    struct text held;
};

void mask_stream_fini(struct mask_stream *stream);
void mask_stream_feed(
    const struct mask *mask, struct mask_stream *stream, const char *bytes, size_t len, struct text *out);
void mask_stream_end(const struct mask *mask, struct mask_stream *stream, struct text *out);

#endif
