/* mem: allocation that never fails (running out of memory aborts) and the arena that owns a document. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

void *mem_alloc(size_t size) __attribute__((returns_nonnull)); /* zeroed */
void *mem_resize(void *ptr, size_t size) __attribute__((returns_nonnull));
char *mem_strdup(const char *text) __attribute__((returns_nonnull));
char *mem_strndup(const char *text, size_t len) __attribute__((returns_nonnull));
char *mem_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *mem_vprintf(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

/* Make room for one more element of `size` bytes in the array `ptr` that holds `len` and has space for
 * `*cap`. Returns the array, moved or not. New space is not zeroed. */
void *mem_grow(void *ptr, size_t len, size_t *cap, size_t size);

/* `char *x autofree = …` frees x when it goes out of scope. */
#define autofree __attribute__((cleanup(mem_autofree)))
static inline void mem_autofree(void *place)
{
    free(*(void **)place);
}

/* Memory that is freed as a whole. Zero-initialise; arena_fini frees everything taken from it. */
struct arena {
    struct arena_chunk *chunks;
    size_t total; /* bytes handed out */
};

void arena_fini(struct arena *arena);
/* The same, but what it has from the system stays with it for what is taken next. */
void arena_clear(struct arena *arena);
void *arena_alloc(struct arena *arena, size_t size); /* zeroed, aligned for anything */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t len);
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
