#include "model/path.h"

#include <fnmatch.h>
#include <string.h>

/* Copy without "#3", and without "[2]" when `drop_items`. */
static void strip(struct text *text, const char *path, bool drop_items)
{
    text_clear(text);
    while (*path) {
        size_t len = strcspn(path, drop_items ? "#[" : "#");

        text_add(text, path, len);
        path += len;
        if (*path == '[')
            path += strcspn(path, "]") + (strchr(path, ']') != NULL);
        else if (*path)
            path += strcspn(path, "/[");
    }
}

void path_forms_set(struct path_forms *forms, const char *path)
{
    const char *slash;

    forms->full = path;
    strip(&forms->plain, path, false);
    strip(&forms->bare, path, true);
    slash = strrchr(text_str(&forms->bare), '/');
    forms->id = slash ? slash + 1 : text_str(&forms->bare);
}

void path_forms_fini(struct path_forms *forms)
{
    text_fini(&forms->plain);
    text_fini(&forms->bare);
}

/* "[" begins an item here, not a set of characters. */
static const char *escape(struct arena *arena, const char *text)
{
    struct text glob autotext = {0};

    for (; *text; text++) {
        if (*text == '[')
            text_putc(&glob, '\\');
        text_putc(&glob, *text);
    }
    return arena_strdup(arena, text_str(&glob));
}

struct path_pattern path_pattern_of(struct arena *arena, const char *text)
{
    return (struct path_pattern){
        .text = text,
        .glob = strpbrk(text, "*?\\") ? escape(arena, text) : NULL,
        .has_slash = strchr(text, '/') != NULL,
        .has_item = strchr(text, '[') != NULL,
        .has_attempt = strchr(text, '#') != NULL,
    };
}

static bool fits(const struct path_pattern *pattern, const char *text)
{
    return pattern->glob ? fnmatch(pattern->glob, text, 0) == 0 : strcmp(pattern->text, text) == 0;
}

bool path_fits(const struct path_pattern *pattern, const struct path_forms *forms)
{
    if (pattern->has_attempt)
        return fits(pattern, forms->full);
    if (pattern->has_item)
        return fits(pattern, text_str(&forms->plain));
    return fits(pattern, text_str(&forms->bare)) || (!pattern->has_slash && fits(pattern, forms->id));
}

bool glob_fits(const char *glob, const char *text)
{
    struct arena arena = {0};
    struct path_pattern pattern = path_pattern_of(&arena, glob);
    bool is_fit = fits(&pattern, text);

    arena_fini(&arena);
    return is_fit;
}
