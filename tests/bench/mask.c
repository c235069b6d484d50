/* mask MEGABYTES: how many bytes a second the mask looks through, with 50 secrets of 8 to 64 characters of
 * which none occurs. Two texts: a log, and noise of the letters the secrets are made of. Prints `name value
 * unit` for each; the noise, which is the worse, comes last. */
#include "drive/mask.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SECRETS = 50, PIECE = 65536 };

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char log_line[] =
    "2026-03-01T02:14:07.311Z INFO  [worker-12] GET /api/v1/orders/81723?expand=items 200 "
    "in 12.7 ms, user=ana region=eu-west-1 trace=9f86d081884c7d65\n";

static uint32_t draw(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void add_secrets(struct mask *mask, uint32_t *seed)
{
    for (int i = 0; i < SECRETS; i++) {
        char secret[64];
        size_t len = 8 + draw(seed) % 57;

        for (size_t k = 0; k < len; k++)
            secret[k] = letters[draw(seed) % 64];
        mask_add(mask, secret, len);
    }
}

static void measure(const struct mask *mask, const char *name, const char *bytes, long megabytes)
{
    struct mask_stream stream = {0};
    struct text out = {0};
    int64_t from = clock_mono_us();
    long pieces = megabytes * 1000000 / PIECE;

    for (long i = 0; i < pieces; i++) {
        text_clear(&out);
        mask_stream_feed(mask, &stream, bytes, PIECE, &out);
    }
    printf("mask_%s %.0f MB/s\n", name, (double)pieces * PIECE / (double)(clock_mono_us() - from));
    mask_stream_fini(&stream);
    text_fini(&out);
}

int main(int argc, char **argv)
{
    long megabytes = argc == 2 ? strtol(argv[1], NULL, 10) : 500;
    char *bytes = mem_alloc(PIECE);
    uint32_t seed = 20260301;
    struct mask mask = {0};

    add_secrets(&mask, &seed);
    for (size_t i = 0; i < PIECE; i++)
        bytes[i] = log_line[i % (sizeof(log_line) - 1)];
    measure(&mask, "log", bytes, megabytes);
    for (size_t i = 0; i < PIECE; i++)
        bytes[i] = letters[draw(&seed) % 64];
    measure(&mask, "noise", bytes, megabytes);
    mask_fini(&mask);
    free(bytes);
    return 0;
}
