/* map: names to pointers, iterated in the order of insertion. Keys are copied; values are the caller's.
 * The hash is SipHash with a random key, so a hostile file cannot make it slow. */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_entry {
    char *key;
    void *value;
};

/* Zero-initialise. */
struct map {
    struct map_entry *entries; /* in order of insertion */
    size_t len, cap;
    uint32_t *slots; /* index + 1 into entries, 0 = free */
    size_t slot_count;
};

void map_fini(struct map *map);
void *map_get(const struct map *map, const char *key);        /* NULL when absent */
void *map_put(struct map *map, const char *key, void *value); /* returns the value that was there, or NULL */

#endif
