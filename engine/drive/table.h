/* table: numbers that are never used again (frames, timers) to pointers. */
#ifndef DRIVE_TABLE_H
#define DRIVE_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct table_slot {
    uint32_t key; /* 0 = free */
    void *value;
};

/* Zero-initialise. Values are the caller's. */
struct table {
    struct table_slot *slots;
    size_t len, cap; /* cap is a power of two */
};

void table_fini(struct table *table);
void *table_get(const struct table *table, uint32_t key);       /* NULL when absent */
void table_put(struct table *table, uint32_t key, void *value); /* key > 0 and new, value not NULL */
void *table_take(struct table *table, uint32_t key);            /* removes; NULL when absent */
void *table_any(const struct table *table);                     /* NULL when empty */

#endif
