#include "io/timers.h"

#include "base/mem.h"

enum { CHUNK = 1024 };

void timers_fini(struct timers *timers)
{
    for (size_t i = 0; i < timers->chunk_count; i++)
        free(timers->chunks[i]);
    free(timers->chunks);
    free(timers->heap);
    *timers = (struct timers){0};
}

static struct loop_timer *slot_at(const struct timers *timers, uint32_t slot)
{
    return &timers->chunks[slot / CHUNK][slot % CHUNK];
}

static void free_slot(struct timers *timers, struct loop_timer *timer)
{
    timer->place = timers->free_slot;
    timers->free_slot = timer->slot;
    timers->free_count++;
}

static void add_chunk(struct timers *timers)
{
    uint32_t first = (uint32_t)timers->chunk_count * CHUNK;
    struct loop_timer *chunk = mem_alloc(CHUNK * sizeof(*chunk));

    timers->chunks =
        mem_grow(timers->chunks, timers->chunk_count, &timers->chunk_cap, sizeof(struct loop_timer *));
    timers->chunks[timers->chunk_count++] = chunk;
    for (uint32_t i = CHUNK; i-- > 0;) {
        chunk[i].slot = first + i;
        free_slot(timers, &chunk[i]);
    }
}

static struct loop_timer *take_slot(struct timers *timers)
{
    struct loop_timer *timer;

    if (!timers->free_count)
        add_chunk(timers);
    timer = slot_at(timers, timers->free_slot);
    timers->free_slot = timer->place;
    timers->free_count--;
    return timer;
}

static bool is_before(const struct timer_entry *a, const struct timer_entry *b)
{
    if (a->due_us != b->due_us)
        return a->due_us < b->due_us;
    return (int32_t)(a->order - b->order) < 0; /* the counter may wrap */
}

static void put(struct timers *timers, size_t place, struct timer_entry entry)
{
    timers->heap[place] = entry;
    slot_at(timers, entry.slot)->place = (uint32_t)place;
}

static void sift_up(struct timers *timers, size_t place, struct timer_entry entry)
{
    while (place > 0 && is_before(&entry, &timers->heap[(place - 1) / 2])) {
        put(timers, place, timers->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put(timers, place, entry);
}

static void sift_down(struct timers *timers, size_t place, struct timer_entry entry)
{
    for (size_t child; (child = 2 * place + 1) < timers->len; place = child) {
        if (child + 1 < timers->len && is_before(&timers->heap[child + 1], &timers->heap[child]))
            child++;
        if (!is_before(&timers->heap[child], &entry))
            break;
        put(timers, place, timers->heap[child]);
    }
    put(timers, place, entry);
}

struct loop_timer *timers_add(struct timers *timers, int64_t due_us, timer_fn fire, void *context)
{
    struct loop_timer *timer = take_slot(timers);
    struct timer_entry entry = {due_us, timer->slot, timers->order++};

    timer->fire = fire;
    timer->context = context;
    timers->heap = mem_grow(timers->heap, timers->len, &timers->cap, sizeof(*timers->heap));
    sift_up(timers, timers->len++, entry);
    return timer;
}

void timers_remove(struct timers *timers, struct loop_timer *timer)
{
    size_t place = timer->place;
    struct timer_entry last = timers->heap[--timers->len];

    free_slot(timers, timer);
    if (place == timers->len)
        return;
    if (place > 0 && is_before(&last, &timers->heap[(place - 1) / 2]))
        sift_up(timers, place, last);
    else
        sift_down(timers, place, last);
}

int64_t timers_next(const struct timers *timers)
{
    return timers->len ? timers->heap[0].due_us : INT64_MAX;
}

bool timers_pop(struct timers *timers, int64_t now_us, timer_fn *ret_fire, void **ret_context)
{
    struct loop_timer *timer;

    if (timers_next(timers) > now_us)
        return false;
    timer = slot_at(timers, timers->heap[0].slot);
    *ret_fire = timer->fire;
    *ret_context = timer->context;
    timers_remove(timers, timer);
    return true;
}
