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

static const struct step *find_in(const struct document *document, const char *id, size_t len)
{
    for (size_t i = 0; i < document->step_count; i++)
        if (strncmp(document->steps[i]->id, id, len) == 0 && !document->steps[i]->id[len])
            return document->steps[i];
    return NULL;
}

const struct step *path_step(const struct book *book, const char *path)
{
    const char *last = path_last(path);
    size_t len = strcspn(last, "[#");
    const struct step *step = NULL;

    for (size_t i = 0; i < book->document_count && !step; i++)
        step = find_in(book->documents[i], last, len);
    return step;
}
