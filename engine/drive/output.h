/* output: what an attempt writes, on its way to the journal and to whoever watches. */
#ifndef DRIVE_OUTPUT_H
#define DRIVE_OUTPUT_H

#include "drive/mask.h"

#include <stdint.h>

struct live;

enum { OUTPUT_STREAMS = 2 };

struct output {
    const char *path;  /* of the frame; the job's */
    bool is_sensitive; /* only size and hash are kept */
    struct output_side {
        uint64_t total; /* bytes that came */
        struct mask_stream masking;
        struct text hidden; /* sensitive: kept until the hash is made */
    } sides[OUTPUT_STREAMS];
};

void output_init(struct output *output, const char *path, bool is_sensitive);
void output_fini(struct output *output);
/* stream 1 or 2 */
void output_feed(struct output *output, struct live *live, int stream, const char *bytes, size_t len);
void output_end(struct output *output, struct live *live);
/* A body that is too long for an event: whoever takes the run up needs it. */
void output_body(const struct output *output, struct live *live, const json_t *body);

#endif
