#include "drive/output.h"
#include "base/clock.h"
#include "drive/inside.h"

#include <string.h>

enum { EVENT_TEXT_KEPT = 4096 }; /* as core/run.h has it */

void output_init(struct output *output, const char *path, bool is_sensitive)
{
    *output = (struct output){.path = path, .is_sensitive = is_sensitive};
}

static void forget(struct text *text)
{
    if (text->ptr)
        explicit_bzero(text->ptr, text->cap);
    text_fini(text);
}

void output_fini(struct output *output)
{
    for (int i = 0; i < OUTPUT_STREAMS; i++) {
        mask_stream_fini(&output->sides[i].masking);
        forget(&output->sides[i].hidden);
    }
}

static void write_chunk(
    const struct output *output, struct live *live, int side, const char *bytes, size_t len)
{
    const struct live_watcher *watcher = &live->options.watcher;
    const struct output_chunk chunk = {
        .path = output->path,
        .stream = side ? OUTPUT_STDERR : OUTPUT_STDOUT,
        .wall_us = clock_wall_us(),
        .bytes = bytes,
        .len = len,
        .offset = output->sides[side].total,
    };

    if (!len)
        return;
    journal_append_output(live->options.journal, live->id, &chunk);
    live_appended(live);
    if (watcher->on_output)
        watcher->on_output(watcher->context, output->path, side + 1, bytes, len);
}

void output_feed(struct output *output, struct live *live, int stream, const char *bytes, size_t len)
{
    int side = stream == 2;
    struct output_side *to = &output->sides[side];

    if (output->is_sensitive) {
        text_add(&to->hidden, bytes, len);
    } else if (!secrets_any(&live->secrets)) {
        write_chunk(output, live, side, bytes, len);
    } else {
        struct text clean autotext = {0};

        mask_stream_feed(&live->secrets.mask, &to->masking, bytes, len, &clean);
        write_chunk(output, live, side, text_str(&clean), clean.len);
    }
    to->total += len;
}

/* Of a sensitive stream only how much it was and its hash stay. */
static void write_hash(const struct output *output, struct live *live, int side)
{
    const struct output_side *from = &output->sides[side];
    char hex[SHA256_HEX_SIZE];
    struct sha256 hash = sha256_of(text_str(&from->hidden), from->hidden.len);
    const struct output_chunk chunk = {
        .path = output->path,
        .stream = side ? OUTPUT_STDERR : OUTPUT_STDOUT,
        .wall_us = clock_wall_us(),
        .bytes = "",
        .omitted = from->total,
        .is_last = true,
        .total = from->total,
        .sha256 = hex,
    };

    sha256_hex(&hash, hex);
    journal_append_output(live->options.journal, live->id, &chunk);
    live_appended(live);
}

void output_end(struct output *output, struct live *live)
{
    for (int side = 0; side < OUTPUT_STREAMS; side++) {
        struct text rest autotext = {0};

        if (output->is_sensitive && output->sides[side].total)
            write_hash(output, live, side);
        mask_stream_end(&live->secrets.mask, &output->sides[side].masking, &rest);
        write_chunk(output, live, side, text_str(&rest), rest.len);
    }
}

void output_body(const struct output *output, struct live *live, const json_t *body)
{
    const struct output_chunk chunk = {
        .path = output->path,
        .stream = OUTPUT_BODY,
        .wall_us = clock_wall_us(),
        .bytes = json_string_value(body),
        .len = json_string_length(body),
    };

    if (output->is_sensitive || chunk.len <= EVENT_TEXT_KEPT)
        return;
    journal_append_output(live->options.journal, live->id, &chunk);
}
