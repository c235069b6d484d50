/* node: ids for what effects name. Given in the order in which things first become visible outside, so they
 * are the same in every replay, and pure steps cost none. */
#include "core/escalation.h"
#include "core/notice.h"
#include "core/run.h"
#include "core/timer.h"

#include <string.h>

static void insert(struct run *run, struct node *node)
{
    struct node **place = &run->table[node->id & (run->table_size - 1)];

    node->hash_next = *place;
    *place = node;
}

static void grow(struct run *run)
{
    struct node **old = run->table;
    size_t old_size = run->table_size;

    run->table_size = old_size ? old_size * 2 : 64;
    run->table = mem_alloc(run->table_size * sizeof(struct node *));
    for (size_t i = 0; i < old_size; i++)
        for (struct node *node = old[i], *next; node; node = next) {
            next = node->hash_next;
            insert(run, node);
        }
    free(old);
}

static void add(struct run *run, struct node *node)
{
    if (run->table_used >= run->table_size)
        grow(run);
    run->table_used++;
    insert(run, node);
}

uint32_t node_expose(struct run *run, struct node *node)
{
    if (node->id)
        return node->id;
    node->id = ++run->last_node;
    add(run, node);
    return node->id;
}

void node_copy(struct run *run, const struct node *from, struct node *to)
{
    *to = (struct node){.id = from->id, .type = from->type, .timers = timer_copy_all(from)};
    if (to->id)
        add(run, to);
}

struct node *node_find(const struct run *run, uint32_t id)
{
    struct node *node = run->table_size && id ? run->table[id & (run->table_size - 1)] : NULL;

    while (node && node->id != id)
        node = node->hash_next;
    return node;
}

void node_forget(struct run *run, struct node *node)
{
    struct node **place = &run->table[node->id & (run->table_size - 1)];

    while (*place != node)
        place = &(*place)->hash_next;
    *place = node->hash_next;
    run->table_used--;
    node->id = 0;
}

const char *node_path(struct run *run, struct node *node)
{
    struct arena *arena = &run->turn->arena;

    if (node->type == NODE_ESCALATION)
        return arena_strdup(arena, escalation_path((struct escalating *)node));
    if (node->type == NODE_NOTICE)
        return arena_strdup(arena, ((struct notice *)node)->path);
    return node->type == NODE_RUN ? "" : frame_path(run, (struct frame *)node);
}

/* Escalations and notices have a '!' in their paths, frames never do. */
static struct node *find_paging(struct run *run, const char *path)
{
    struct notice *notice = notice_find(run, path);

    return notice ? &notice->node : escalation_node(run, path);
}

struct node *node_find_path(struct run *run, const char *path)
{
    struct frame *frame;

    if (!*path)
        return &run->clock;
    if (strchr(path, '!'))
        return find_paging(run, path);
    frame = run->root ? frame_find(run->root, path) : NULL;
    return frame ? &frame->node : NULL;
}
