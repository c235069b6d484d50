#include "cli/path.h"

#include <string.h>

char *path_without_attempts(const char *path)
{
    char *copy = mem_alloc(strlen(path) + 1), *to = copy;

    while (*path) {
        if (*path == '#')
            path += 1 + strspn(path + 1, "0123456789");
        else
            *to++ = *path++;
    }
    return copy;
}

const char *path_last(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

const struct step *path_step(const struct book *book, const char *path)
{
    const char *last = path_last(path);
    char *id autofree = mem_strndup(last, strcspn(last, "[#"));
    const struct step *step = NULL;

    for (size_t i = 0; i < book->document_count && !step; i++)
        step = document_find_any(book->documents[i], id);
    return step;
}
