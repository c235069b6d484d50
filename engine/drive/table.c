/* Linear probing; keys count upwards, so a multiplicative hash spreads them well. Removal moves later entries
 * back, so no gravestones pile up however long a run lives. */
#include "drive/table.h"
#include "base/mem.h"

enum { TABLE_MIN = 16 };

void table_fini(struct table *table)
{
    free(table->slots);
    *table = (struct table){0};
}

static size_t home(const struct table *table, uint32_t key)
{
    return (key * 2654435769u) & (table->cap - 1);
}

static struct table_slot *slot_of(const struct table *table, uint32_t key)
{
    size_t at = home(table, key);

    while (table->slots[at].key && table->slots[at].key != key)
        at = (at + 1) & (table->cap - 1);
    return &table->slots[at];
}

void *table_get(const struct table *table, uint32_t key)
{
    return table->cap ? slot_of(table, key)->value : NULL;
}

static void enlarge(struct table *table)
{
    struct table old = *table;

    table->cap = old.cap ? old.cap * 2 : TABLE_MIN;
    table->slots = mem_alloc(table->cap * sizeof(*table->slots));
    for (size_t i = 0; i < old.cap; i++)
        if (old.slots[i].key)
            *slot_of(table, old.slots[i].key) = old.slots[i];
    free(old.slots);
}

void table_put(struct table *table, uint32_t key, void *value)
{
    if (table->len * 2 >= table->cap)
        enlarge(table);
    *slot_of(table, key) = (struct table_slot){key, value};
    table->len++;
}

/* Close the gap at `hole`: whoever would be found by walking over it moves into it. */
static void close_gap(struct table *table, size_t hole)
{
    size_t mask = table->cap - 1, at = hole;

    for (;;) {
        at = (at + 1) & mask;
        if (!table->slots[at].key)
            break;
        if (((at - home(table, table->slots[at].key)) & mask) < ((at - hole) & mask))
            continue;
        table->slots[hole] = table->slots[at];
        hole = at;
    }
    table->slots[hole] = (struct table_slot){0};
}

void *table_take(struct table *table, uint32_t key)
{
    struct table_slot *slot = table->cap ? slot_of(table, key) : NULL;
    void *value = slot ? slot->value : NULL;

    if (!value)
        return NULL;
    close_gap(table, (size_t)(slot - table->slots));
    table->len--;
    return value;
}

void *table_any(const struct table *table)
{
    for (size_t i = 0; i < table->cap; i++)
        if (table->slots[i].key)
            return table->slots[i].value;
    return NULL;
}
