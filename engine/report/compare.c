#include "report/compare.h"
#include "base/mem.h"
#include "model/path.h"

#include <string.h>

void lines_add(struct lines *lines, const char *line, int64_t at_us)
{
    lines->at_us = mem_grow(lines->at_us, lines->len, &lines->at_cap, sizeof(*lines->at_us));
    lines->at_us[lines->len] = at_us;
    lines->items = mem_grow(lines->items, lines->len, &lines->cap, sizeof(*lines->items));
    lines->items[lines->len++] = line;
}

void lines_fini(struct lines *lines)
{
    free(lines->items);
    free(lines->at_us);
    *lines = (struct lines){0};
}

size_t lines_in_order(const struct strings *wanted, const struct lines *lines, line_fits is_fit)
{
    size_t reached = 0;

    for (size_t i = 0; i < lines->len && reached < wanted->len; i++)
        reached += is_fit(wanted->items[reached], lines->items[i]);
    return reached;
}

int64_t lines_missed_at(const struct strings *wanted, const struct lines *lines, line_fits is_fit)
{
    size_t missing = lines_in_order(wanted, lines, is_fit), reached = 0;
    int64_t at_us = -1;

    for (size_t i = 0; i < lines->len; i++) {
        if (missing < wanted->len && is_fit(wanted->items[missing], lines->items[i]))
            return lines->at_us[i];
        if (reached < missing && is_fit(wanted->items[reached], lines->items[i])) {
            reached++;
            at_us = lines->at_us[i];
        }
    }
    return at_us;
}

enum { NEAR = 4, LONGEST = 160 };

static void add_line(json_t *diff, char sign, const char *line)
{
    size_t len = strlen(line);

    json_array_append_new(diff, json_sprintf("%c %.*s%s", sign, (int)(len > LONGEST ? LONGEST : len), line,
                                    len > LONGEST ? "…" : ""));
}

/* After the last one that is there, the next few lines show what came instead. */
json_t *diff_lines(const struct strings *wanted, const struct lines *lines, line_fits is_fit)
{
    json_t *diff = json_array();
    size_t reached = 0, last = 0;

    for (size_t i = 0; i < lines->len && reached < wanted->len; i++)
        if (is_fit(wanted->items[reached], lines->items[i])) {
            add_line(diff, ' ', lines->items[i]);
            reached++;
            last = i + 1;
        }
    for (size_t i = reached; i < wanted->len; i++)
        add_line(diff, '-', wanted->items[i]);
    for (size_t i = last; i < lines->len && i < last + NEAR; i++)
        add_line(diff, '+', lines->items[i]);
    return diff;
}

static void add_pair(json_t *diff, char sign, const char *key, const json_t *value)
{
    char *text autofree = json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS);
    char *line autofree = mem_printf("%s: %s", key, text ? text : "");

    add_line(diff, sign, line);
}

json_t *diff_maps(const json_t *wanted, const json_t *actual)
{
    json_t *diff = json_array(), *value, *other;
    const char *key;

    json_object_foreach((json_t *)wanted, key, value)
    {
        other = json_object_get(actual, key);
        if (other && json_equal(value, other)) {
            add_pair(diff, ' ', key, value);
            continue;
        }
        add_pair(diff, '-', key, value);
        if (other)
            add_pair(diff, '+', key, other);
    }
    json_object_foreach((json_t *)actual, key, value) if (!json_object_get(wanted, key))
        add_pair(diff, '+', key, value);
    return diff;
}

bool value_fits(const json_t *wanted, const json_t *actual, bool is_glob)
{
    const char *key;
    json_t *value;

    if (!actual)
        return json_is_null(wanted);
    if (is_glob && json_is_string(wanted) && json_is_string(actual))
        return glob_fits(json_string_value(wanted), json_string_value(actual));
    if (!json_is_object(wanted) || !json_is_object(actual))
        return json_equal((json_t *)wanted, (json_t *)actual);
    json_object_foreach((json_t *)wanted, key,
        value) if (!value_fits(value, json_object_get(actual, key), false)) return false;
    return true;
}

json_t *strings_json(const struct strings *strings)
{
    json_t *list = json_array();

    for (size_t i = 0; i < strings->len; i++)
        json_array_append_new(list, json_string(strings->items[i]));
    return list;
}
