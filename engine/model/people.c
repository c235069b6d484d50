#include "model/people.h"

#include <string.h>

void *people_find(const struct items *items, const char *name)
{
    for (size_t i = 0; i < items->len; i++)
        if (strcmp(items->names[i], name) == 0)
            return items->items[i];
    return NULL;
}
