#include "agenda.h"
#include "base/mem.h"

#include <unistd.h>

void agenda_fini(struct agenda *agenda)
{
    while (agenda->count)
        agenda_drop(agenda, agenda->items);
    free(agenda->items);
}

void agenda_move(struct agenda *agenda, struct due *due, int64_t us)
{
    due->us = us;
    due->serial = ++agenda->serial;
}

struct due *agenda_add(struct agenda *agenda, enum due_type type, int64_t us)
{
    struct due *due;

    agenda->items = mem_grow(agenda->items, agenda->count, &agenda->cap, sizeof(*agenda->items));
    due = &agenda->items[agenda->count++];
    *due = (struct due){
        .type = type, .us = us, .serial = ++agenda->serial, .actor = -1, .outcome = {.exit_code = -1}};
    return due;
}

void agenda_drop(struct agenda *agenda, struct due *due)
{
    if (due->actor >= 0) {
        close(due->actor);
        agenda->waiting--;
    }
    free(due->path);
    outcome_fini(&due->outcome);
    *due = agenda->items[--agenda->count];
}

struct due *agenda_find(const struct agenda *agenda, enum due_type type, uint32_t frame, uint32_t timer)
{
    for (size_t i = 0; i < agenda->count; i++) {
        struct due *due = &agenda->items[i];

        if (due->type == type && due->frame == frame && due->timer == timer)
            return due;
    }
    return NULL;
}

struct due *agenda_first(const struct agenda *agenda)
{
    struct due *first = NULL;

    for (size_t i = 0; i < agenda->count; i++) {
        struct due *due = &agenda->items[i];

        if (!first || due->us < first->us || (due->us == first->us && due->serial < first->serial))
            first = due;
    }
    return first;
}
