#include "step/capture.h"

#include "base/mem.h"

#include <inttypes.h>
#include <string.h>

void capture_fini(struct capture *capture)
{
    text_fini(&capture->head);
    free(capture->ring);
    *capture = (struct capture){0};
}

static void add_to_ring(struct capture *capture, const char *bytes, size_t len)
{
    size_t room;

    if (!capture->ring)
        capture->ring = mem_alloc(CAPTURE_TAIL);
    if (len > CAPTURE_TAIL) {
        bytes += len - CAPTURE_TAIL;
        len = CAPTURE_TAIL;
    }
    room = CAPTURE_TAIL - capture->ring_at;
    if (room > len)
        room = len;
    memcpy(capture->ring + capture->ring_at, bytes, room);
    memcpy(capture->ring, bytes + room, len - room);
    capture->ring_at = (capture->ring_at + len) % CAPTURE_TAIL;
}

size_t capture_add(struct capture *capture, const char *bytes, size_t len)
{
    size_t to_head = CAPTURE_HEAD - capture->head.len;

    if (to_head > len)
        to_head = len;
    text_add(&capture->head, bytes, to_head);
    if (len > to_head)
        add_to_ring(capture, bytes + to_head, len - to_head);
    capture->total += len;
    return to_head;
}

static uint64_t past_head(const struct capture *capture)
{
    return capture->total - capture->head.len;
}

uint64_t capture_omitted(const struct capture *capture)
{
    return past_head(capture) > CAPTURE_TAIL ? past_head(capture) - CAPTURE_TAIL : 0;
}

void capture_rest(const struct capture *capture, struct text *text)
{
    uint64_t omitted = capture_omitted(capture);

    if (!capture->ring)
        return;
    if (!omitted) { /* the ring has not come round */
        text_add(text, capture->ring, (size_t)past_head(capture));
        return;
    }
    text_printf(text, "\n… %" PRIu64 " bytes omitted …\n", omitted);
    text_add(text, capture->ring + capture->ring_at, CAPTURE_TAIL - capture->ring_at);
    text_add(text, capture->ring, capture->ring_at);
}

const struct text *capture_whole(struct capture *capture)
{
    capture_rest(capture, &capture->head);
    free(capture->ring);
    capture->ring = NULL;
    return &capture->head;
}
