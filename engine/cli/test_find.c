#include "cli/test_find.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static void add(struct paths *paths, char *path)
{
    for (size_t i = 0; i < paths->len; i++)
        if (strcmp(paths->items[i], path) == 0) {
            free(path);
            return;
        }
    paths->items = mem_grow(paths->items, paths->len, &paths->cap, sizeof(*paths->items));
    paths->items[paths->len++] = path;
}

void paths_fini(struct paths *paths)
{
    for (size_t i = 0; i < paths->len; i++)
        free(paths->items[i]);
    free(paths->items);
    *paths = (struct paths){0};
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);

    return len > end_len && strcmp(text + len - end_len, end) == 0;
}

bool paths_is_scenarios(const char *path)
{
    return ends_with(path, ".test.yaml") || ends_with(path, ".test.yml");
}

static int no_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void cannot_read(const char *path, struct diags *diags)
{
    diag_error(diags, (struct pos){0}, "unreadable", "cannot read %s: %s", path, strerror(errno));
}

/* Links to folders are not followed: they may lead in a circle. */
static void search(struct paths *paths, const char *folder, struct diags *diags)
{
    struct dirent **entries;
    int count = scandir(*folder ? folder : ".", &entries, no_hidden, alphasort);

    if (count < 0) {
        cannot_read(folder, diags);
        return;
    }
    for (int i = 0; i < count; i++) {
        char *path = mem_printf("%s%s%s", folder, *folder ? "/" : "", entries[i]->d_name);
        struct stat about;
        bool is_there = lstat(path, &about) == 0;

        if (is_there && S_ISDIR(about.st_mode))
            search(paths, path, diags);
        if (is_there && !S_ISDIR(about.st_mode) && paths_is_scenarios(path))
            add(paths, path);
        else
            free(path);
        free(entries[i]);
    }
    free(entries);
}

char *paths_beside(const char *runbook)
{
    const char *dot = strrchr(runbook, '.');
    size_t len = dot && !strchr(dot, '/') ? (size_t)(dot - runbook) : strlen(runbook);

    return mem_printf("%.*s.test.yaml", (int)len, runbook);
}

static void find_beside(struct paths *paths, const char *path, struct diags *diags)
{
    char *beside = paths_beside(path);
    struct stat about;

    if (stat(beside, &about) == 0) {
        add(paths, beside);
        return;
    }
    diag_hint(diags, diag_error(diags, (struct pos){0}, "no-scenarios", "%s has no scenarios", path),
        "write them into %s, or name the file that has them", beside);
    free(beside);
}

void paths_find(struct paths *paths, const char *path, struct diags *diags)
{
    struct stat about;
    size_t len = strlen(path);

    if (stat(path, &about) < 0) {
        cannot_read(path, diags);
    } else if (S_ISDIR(about.st_mode)) {
        char *folder autofree = NULL;

        while (len > 1 && path[len - 1] == '/')
            len--;
        folder = strncmp(path, ".", len) == 0 ? mem_strdup("") : mem_strndup(path, len);
        search(paths, folder, diags);
    } else if (paths_is_scenarios(path)) {
        add(paths, mem_strdup(path));
    } else {
        find_beside(paths, path, diags);
    }
}
