#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Running out of memory aborts: restart and resume is the path that is tested anyway. */
static void *or_abort(void *ptr)
{
    if (!ptr) {
        fputs("runbook: out of memory\n", stderr);
        abort();
    }
    return ptr;
}

void *mem_alloc(size_t size)
{
    return or_abort(calloc(1, size ? size : 1));
}

void *mem_resize(void *ptr, size_t size)
{
    return or_abort(realloc(ptr, size ? size : 1));
}

char *mem_strndup(const char *text, size_t len)
{
    char *copy = mem_alloc(len + 1);

    memcpy(copy, text, len);
    return copy;
}

char *mem_strdup(const char *text)
{
    return mem_strndup(text, strlen(text));
}

char *mem_vprintf(const char *format, va_list args)
{
    char *text = NULL;
    int n = vasprintf(&text, format, args);

    return or_abort(n < 0 ? NULL : text);
}

char *mem_printf(const char *format, ...)
{
    char *text;
    va_list args;

    va_start(args, format);
    text = mem_vprintf(format, args);
    va_end(args);
    return text;
}

void *mem_grow(void *ptr, size_t len, size_t *cap, size_t size)
{
    if (len < *cap)
        return ptr;
    *cap = *cap ? *cap * 2 : 8;
    return mem_resize(ptr, *cap * size);
}

struct arena_chunk {
    struct arena_chunk *next;
    size_t used, size;
    max_align_t data[];
};

enum { CHUNK_MIN = 4096, CHUNK_MAX = 256 * 1024 };

static struct arena_chunk *new_chunk(struct arena *arena, size_t need)
{
    size_t size = arena->chunks ? arena->chunks->size * 2 : CHUNK_MIN;
    struct arena_chunk *chunk;

    if (size > CHUNK_MAX)
        size = CHUNK_MAX;
    if (size < need)
        size = need;
    chunk = mem_alloc(sizeof(*chunk) + size);
    chunk->size = size;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    struct arena_chunk *chunk = arena->chunks;
    size_t need = (size + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
    void *ptr;

    if (!chunk || chunk->size - chunk->used < need)
        chunk = new_chunk(arena, need);
    ptr = (char *)chunk->data + chunk->used;
    chunk->used += need;
    arena->total += need;
    return ptr;
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
    char *copy = arena_alloc(arena, len + 1);

    memcpy(copy, text, len);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    char *text autofree = NULL;
    va_list args;

    va_start(args, format);
    text = mem_vprintf(format, args);
    va_end(args);
    return arena_strdup(arena, text);
}

void arena_fini(struct arena *arena)
{
    while (arena->chunks) {
        struct arena_chunk *next = arena->chunks->next;

        free(arena->chunks);
        arena->chunks = next;
    }
    arena->total = 0;
}

/* The newest chunk, which is the largest, is enough. Where memory is watched all of it goes: whoever looks at
 * what was taken back is to be found out. */
void arena_clear(struct arena *arena)
{
    struct arena_chunk *kept = arena->chunks;

#ifdef __SANITIZE_ADDRESS__
    kept = NULL;
#endif
    if (kept) {
        arena->chunks = kept->next;
        kept->next = NULL;
        memset(kept->data, 0, kept->used);
        kept->used = 0;
    }
    arena_fini(arena);
    arena->chunks = kept;
}
