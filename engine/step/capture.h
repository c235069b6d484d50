/* capture: what is kept of a stream: its beginning and its end, however much there was in between. */
#ifndef STEP_CAPTURE_H
#define STEP_CAPTURE_H

#include "base/text.h"

#include <stdint.h>

enum { CAPTURE_HEAD = 2 * 1024 * 1024, CAPTURE_TAIL = 2 * 1024 * 1024 };

/* Zero-initialise. */
struct capture {
    struct text head;
    char *ring; /* CAPTURE_TAIL bytes, once the head is full */
    size_t ring_at;
    uint64_t total;
};

void capture_fini(struct capture *capture);
/* Keep it; returns how many bytes, from the first, belong to the head. */
size_t capture_add(struct capture *capture, const char *bytes, size_t len);
/* Bytes that are gone. */
uint64_t capture_omitted(const struct capture *capture);
/* What follows the head: a marker when bytes are gone, then the end. Appends. */
void capture_rest(const struct capture *capture, struct text *text);

/* All that is kept, in one piece. Asked once, at the end; only `head`, which is that piece, may be looked at
 * then. */
const struct text *capture_whole(struct capture *capture);

#endif
