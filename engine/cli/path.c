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

/* Does "…/deploy[2]/verify#3", of which `len` bytes are left, end with this step? */
static bool ends_with(const struct step *step, const char *path, size_t len)
{
    for (; step && len; step = step->parent) {
        const char *slash = memrchr(path, '/', len), *name = slash ? slash + 1 : path;
        size_t name_len = strcspn(name, "[#/");

        if (strlen(step->id) != name_len || strncmp(step->id, name, name_len) != 0)
            return false;
        len = slash ? (size_t)(slash - path) : 0;
    }
    return len == 0;
}

const struct step *path_step_in(const struct document *document, const char *path)
{
    const char *last = path_last(path);
    char *id autofree = mem_strndup(last, strcspn(last, "[#"));
    const struct step *step = document_find(document, id);

    return step && ends_with(step, path, strlen(path)) ? step : NULL;
}
