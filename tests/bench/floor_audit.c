/* floor_audit: the hashing alone that a journal asks of whoever verifies it: of each event its data, the text
 * that its leaf covers, and a node of the tree (RFC 6962), all of it in memory, on one thread.
 *
 *   floor_audit DB      seconds, with the program's SHA-256 and with libsodium's
 */
#include "base/mem.h"
#include "floor.h"
#include "journal/audit.h"

#include <sodium.h>
#include <string.h>

typedef void (*hash_one)(const void *bytes, size_t len, unsigned char *ret_hash);

static void hash_as_we_do(const void *bytes, size_t len, unsigned char *ret_hash)
{
    struct sha256 hash = sha256_of(bytes, len);

    memcpy(ret_hash, hash.bytes, SHA256_SIZE);
}

static void hash_with_sodium(const void *bytes, size_t len, unsigned char *ret_hash)
{
    crypto_hash_sha256(ret_hash, bytes, len);
}

/* The texts of one run. */
struct texts {
    struct text bytes;
    size_t *ends;
    size_t count, cap;
};

static void add(struct texts *texts, const char *text)
{
    texts->ends = mem_grow(texts->ends, texts->count, &texts->cap, sizeof(*texts->ends));
    text_puts(&texts->bytes, text);
    texts->ends[texts->count++] = texts->bytes.len;
}

static bool add_event(void *context, const struct audit_event *event)
{
    static const char node[1 + 2 * SHA256_SIZE + 1] = {[0 ... 2 * SHA256_SIZE] = 'n'};

    if (event->data)
        add(context, event->data);
    add(context, event->covered);
    add(context, node);
    return true;
}

static double hash_all(const struct texts *texts, hash_one hash)
{
    unsigned char out[SHA256_SIZE];
    double from = now();

    for (size_t i = 0, begin = 0; i < texts->count; begin = texts->ends[i++])
        hash(texts->bytes.ptr + begin, texts->ends[i] - begin, out);
    return now() - from;
}

struct floor {
    struct journal *journal;
    char (*ids)[RUN_ID_SIZE];
    size_t count, cap;
};

static bool keep_id(void *context, const struct run_row *run)
{
    struct floor *floor = context;

    floor->ids = mem_grow(floor->ids, floor->count, &floor->cap, sizeof(*floor->ids));
    memcpy(floor->ids[floor->count++], run->id, RUN_ID_SIZE);
    return true;
}

int main(int argc, char **argv)
{
    const struct journal_options options = {.path = argv[1], .read_only = true};
    double ours = 0, sodium = 0, bytes = 0;
    struct floor floor = {0};
    struct err err;

    must(argc == 2 && journal_open(&options, &floor.journal, &err) == 0, "usage: floor_audit DB");
    must(
        journal_runs(floor.journal, &(struct run_filter){.limit = SIZE_MAX >> 1}, keep_id, &floor, &err) == 0,
        "runs");
    for (size_t i = 0; i < floor.count; i++) {
        struct texts texts = {0};
        uint64_t *indexes;
        size_t count;

        must(audit_indexes(floor.journal, floor.ids[i], &indexes, &count, &err) == 0, "indexes");
        must(audit_events(floor.journal, floor.ids[i], indexes, count, add_event, &texts, &err) == 0,
            "events");
        ours += hash_all(&texts, hash_as_we_do);
        sodium += hash_all(&texts, hash_with_sodium);
        bytes += (double)texts.bytes.len;
        text_fini(&texts.bytes);
        free(texts.ends);
        free(indexes);
    }
    printf("floor.audit.sodium %.4f s\n", sodium);
    printf("floor.audit.megabytes %.1f MB\n", bytes / 1e6);
    printf("floor.audit %.4f s\n", ours);
    journal_close(floor.journal);
    free(floor.ids);
    return 0;
}
