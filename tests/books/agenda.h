/* agenda: what is due on the live stage, in the order in which the virtual driver lets it happen. */
#ifndef TESTS_BOOKS_AGENDA_H
#define TESTS_BOOKS_AGENDA_H

#include "stage.h"

enum due_type { DUE_END, DUE_TIMER, DUE_HAPPENING };

struct due {
    enum due_type type;
    int64_t us;
    uint64_t serial; /* of two at once, the older comes first */
    uint32_t frame, timer;
    char *path;                        /* of a command */
    int actor;                         /* its socket; -1: it has not appeared yet */
    struct outcome outcome;            /* of a command */
    const struct happening *happening; /* or NULL */
};

/* Zero-initialise. An entry stays where it is until one is added or dropped. */
struct agenda {
    struct due *items;
    size_t count, cap;
    uint64_t serial;
    size_t waiting; /* actors who are there */
};

void agenda_fini(struct agenda *agenda);
struct due *agenda_add(struct agenda *agenda, enum due_type type, int64_t us);
void agenda_drop(struct agenda *agenda, struct due *due);
/* Put it off or forward, behind what is due then already. */
void agenda_move(struct agenda *agenda, struct due *due, int64_t us);
struct due *agenda_find(const struct agenda *agenda, enum due_type type, uint32_t frame, uint32_t timer);
struct due *agenda_first(const struct agenda *agenda);

#endif
