/* mask: takes secrets out of bytes that are to be stored or shown. It knows each secret as it is,
 * JSON-escaped, URL-encoded, in hexadecimal and base64 (at any of the three alignments), and each longer line
 * of one with several. */
#ifndef DRIVE_MASK_H
#define DRIVE_MASK_H

#include "model/value.h"

#define MASK_TEXT "***"

struct mask_index;

/* Zero-initialise. What is looked for lies in memory that is neither swapped nor dumped. */
struct mask {
    struct mask_index *index; /* NULL while there is nothing to look for */
    struct vault *vault;
};

void mask_fini(struct mask *mask);
bool mask_is_empty(const struct mask *mask);
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
