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

/* --- patterns with items or attempts, part by part --- */

struct part {
    const char *text;
    size_t len;
};

static bool has(struct part part, char sign)
{
    return memchr(part.text, sign, part.len) != NULL;
}

/* What is said of the first attempt is not written in a path. */
static bool is_first_attempt(const char *mark, size_t len)
{
    return len == 2 && mark[1] == '1';
}

/* Copy with "[2]" and "#3" only where they are wanted. */
static void reduce(struct text *text, struct part part, bool items, bool attempts)
{
    const char *end = part.text + part.len;

    for (const char *at = part.text; at < end;) {
        size_t len = 1;

        if (*at == '[' || *at == '#')
            while (at + len < end && at[len] != '[' && at[len] != '#')
                len++;
        if (*at == '[' ? items : *at != '#' || (attempts && !is_first_attempt(at, len)))
            text_add(text, at, len);
        at += len;
    }
}

static bool part_fits(struct part pattern, struct part actual)
{
    struct text wanted autotext = {0}, is autotext = {0};

    reduce(&wanted, pattern, true, true);
    reduce(&is, actual, has(pattern, '['), has(pattern, '#'));
    return glob_fits(text_str(&wanted), text_str(&is));
}

static struct part first_part(const char *path)
{
    return (struct part){path, strcspn(path, "/")};
}

static bool parts_fit(const struct path_pattern *pattern, const char *path)
{
    const char *wanted = pattern->text, *slash = strrchr(path, '/');

    if (!pattern->has_slash)
        return part_fits(first_part(wanted), first_part(slash ? slash + 1 : path));
    for (;;) {
        struct part a = first_part(wanted), b = first_part(path);

        if (!part_fits(a, b) || wanted[a.len] != path[b.len])
            return false;
        if (!wanted[a.len])
            return true;
        wanted += a.len + 1;
        path += b.len + 1;
    }
}

bool path_fits(const struct path_pattern *pattern, const struct path_forms *forms)
{
    if (!pattern->has_attempt && !pattern->has_item)
        return fits(pattern, text_str(&forms->bare)) || (!pattern->has_slash && fits(pattern, forms->id));
    if (parts_fit(pattern, forms->full))
        return true;
    /* A star may stand for several parts. */
    return pattern->glob && fits(pattern, pattern->has_attempt ? forms->full : text_str(&forms->plain));
}

bool glob_fits(const char *glob, const char *text)
{
    struct arena arena = {0};
    struct path_pattern pattern = path_pattern_of(&arena, glob);
    bool is_fit = fits(&pattern, text);

    arena_fini(&arena);
    return is_fit;
}
