#include "base/map.h"
#include "base/hash.h"
#include "base/mem.h"

#include <string.h>

void map_fini(struct map *map)
{
    for (size_t i = 0; i < map->len; i++)
        free(map->entries[i].key);
    free(map->entries);
    free(map->slots);
    *map = (struct map){0};
}

/* The slot that holds the key, or the free one where it belongs. */
static uint32_t *find(const struct map *map, const char *key)
{
    size_t at = hash_key(key) & (map->slot_count - 1);

    while (map->slots[at] && strcmp(map->entries[map->slots[at] - 1].key, key) != 0)
        at = (at + 1) & (map->slot_count - 1);
    return &map->slots[at];
}

static void rehash(struct map *map)
{
    free(map->slots);
    map->slot_count = map->slot_count ? map->slot_count * 2 : 16;
    map->slots = mem_alloc(map->slot_count * sizeof(*map->slots));
    for (size_t i = 0; i < map->len; i++)
        *find(map, map->entries[i].key) = (uint32_t)i + 1;
}

void *map_get(const struct map *map, const char *key)
{
    uint32_t *slot = map->len ? find(map, key) : NULL;

    return slot && *slot ? map->entries[*slot - 1].value : NULL;
}

void *map_put(struct map *map, const char *key, void *value)
{
    uint32_t *slot;

    if ((map->len + 1) * 2 > map->slot_count)
        rehash(map);
    slot = find(map, key);
    if (*slot) {
        void *old = map->entries[*slot - 1].value;

        map->entries[*slot - 1].value = value;
        return old;
    }
    map->entries = mem_grow(map->entries, map->len, &map->cap, sizeof(*map->entries));
    map->entries[map->len] = (struct map_entry){mem_strdup(key), value};
    *slot = (uint32_t)++map->len;
    return NULL;
}
