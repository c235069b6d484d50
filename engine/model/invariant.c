#include "model/invariant.h"
#include "base/mem.h"
#include "model/event.h"

#include <fnmatch.h>
#include <string.h>

bool pattern_parse(const char *text, struct event_pattern *pattern)
{
    size_t count = 0;

    for (size_t i = 0; i < PATTERN_WORDS; i++)
        memcpy(pattern->words[i], "*", 2);
    for (const char *at = text + strspn(text, " "); *at; at += strspn(at, " ")) {
        size_t len = strcspn(at, " ");

        if (count == PATTERN_WORDS || len >= PATTERN_WORD_SIZE)
            return false;
        memcpy(pattern->words[count], at, len);
        pattern->words[count++][len] = '\0';
        at += len;
    }
    return count > 0;
}

/* "deploy#2/verify[3]#2" without its attempts. */
static char *without_attempts(const char *path)
{
    char *copy = mem_strdup(path), *to = copy;

    for (const char *from = copy; *from;) {
        size_t digits = *from == '#' ? strspn(from + 1, "0123456789") : 0;

        if (digits && strchr("/[", from[1 + digits]))
            from += 1 + digits;
        else
            *to++ = *from++;
    }
    *to = '\0';
    return copy;
}

/* Every event is held against every pattern, and most words are plain. */
static bool matches(const char *glob, const char *text)
{
    return strpbrk(glob, "*?[\\") ? fnmatch(glob, text, 0) == 0 : strcmp(glob, text) == 0;
}

static bool matches_path(const char *glob, const char *event_path)
{
    char *path autofree = without_attempts(event_path), *slash = strrchr(path, '/');
    char *id = slash ? slash + 1 : path;

    if (matches(glob, path))
        return true;
    if (strchr(glob, '/'))
        return false;
    id[strcspn(id, "[")] = '\0';
    return matches(glob, id);
}

static const char *status_of(const struct event *event)
{
    bool is_run = strncmp(event_type_name(event->type), "run.", 4) == 0;

    if (event->status < 0)
        return fail_class_name(event->class_);
    return is_run ? run_status_name((enum run_status)event->status)
                  : step_status_name((enum step_status)event->status);
}

bool pattern_matches(const struct event_pattern *pattern, const struct event *event)
{
    return matches(pattern->words[0], event_type_name(event->type)) &&
           matches(pattern->words[2], status_of(event)) && matches_path(pattern->words[1], event->path);
}
