/* timers: a heap of due times with compact handles; knows no clock and no loop. A million of them take 40 MB.
 */
#ifndef IO_TIMERS_H
#define IO_TIMERS_H

#include "io/loop.h"

struct timer_entry {
    int64_t due_us;
    uint32_t slot;
    uint32_t order; /* of insertion: what is due at the same time fires in this order */
};

/* A slot. While free, `place` is the next free slot. */
struct loop_timer {
    timer_fn fire;
    void *context;
    uint32_t place; /* in the heap */
    uint32_t slot;
};

/* Zero-initialise. */
struct timers {
    struct timer_entry *heap;
    size_t len, cap;
    struct loop_timer **chunks; /* slots never move: their address is the handle */
    size_t chunk_count, chunk_cap;
    uint32_t free_slot;  /* head of the free list */
    uint32_t free_count; /* its length */
    uint32_t order;
};

void timers_fini(struct timers *timers);
struct loop_timer *timers_add(struct timers *timers, int64_t due_us, timer_fn fire, void *context);
void timers_remove(struct timers *timers, struct loop_timer *timer);
/* When the first one is due; INT64_MAX when there is none. */
int64_t timers_next(const struct timers *timers);
/* Take out the first one if it is due at `now_us`. */
bool timers_pop(struct timers *timers, int64_t now_us, timer_fn *ret_fire, void **ret_context);

#endif
