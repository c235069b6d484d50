#include "drive/vault.h"
#include "base/mem.h"

#include <string.h>
#include <sys/mman.h>

/* A run of pages; full ones hang behind the newest. */
struct vault {
    struct vault *next;
    size_t size, used; /* of the whole mapping, this header included */
};

enum { VAULT_PAGES = 16384 };

static struct vault *map_pages(size_t need, struct vault *next)
{
    size_t size = (need + sizeof(struct vault) + VAULT_PAGES - 1) / VAULT_PAGES * VAULT_PAGES;
    struct vault *vault = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (vault == MAP_FAILED)
        abort();        /* out of memory, as everywhere */
    mlock(vault, size); /* may exceed RLIMIT_MEMLOCK: better unlocked than not at all */
    madvise(vault, size, MADV_DONTDUMP);
    *vault = (struct vault){.next = next, .size = size, .used = sizeof(struct vault)};
    return vault;
}

char *vault_copy(struct vault **vault, const char *bytes, size_t len)
{
    char *copy;

    if (!*vault || (*vault)->size - (*vault)->used < len + 1)
        *vault = map_pages(len + 1, *vault);
    copy = (char *)*vault + (*vault)->used;
    memcpy(copy, bytes, len);
    copy[len] = '\0';
    (*vault)->used += len + 1;
    return copy;
}

void vault_free(struct vault *vault)
{
    while (vault) {
        struct vault *next = vault->next;
        size_t size = vault->size;

        explicit_bzero(vault, size);
        munmap(vault, size);
        vault = next;
    }
}
