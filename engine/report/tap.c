#include "report/tap.h"
#include "base/mem.h"

#include <string.h>

void tap_head(struct text *text, size_t count)
{
    text_printf(text, "TAP version 14\n1..%zu\n", count);
}

static bool has_passed(const json_t *result)
{
    const char *status = value_get_string(result, "status");

    return status && strcmp(status, "passed") == 0;
}

/* A description ends at a #, and goes no further than its line. */
static void put_description(struct text *text, const char *name)
{
    for (; *name; name++) {
        if (*name == '#' || *name == '\\')
            text_putc(text, '\\');
        text_putc(text, (unsigned char)*name < 0x20 ? ' ' : *name);
    }
}

/* JSON is YAML. */
static void put_member(struct text *text, const char *key, const json_t *value)
{
    char *json autofree = json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS);

    text_printf(text, "    %s: %s\n", key, json ? json : "null");
}

static void put_failure(struct text *text, const json_t *failure)
{
    const char *key;
    json_t *value;
    bool is_first = true;

    json_object_foreach((json_t *)failure, key, value)
    {
        size_t at = text->len;

        put_member(text, key, value);
        if (is_first)
            text->ptr[at + 2] = '-';
        is_first = false;
    }
}

void tap_point(struct text *text, size_t number, const json_t *result)
{
    json_t *failures = json_object_get(result, "failures"), *failure;
    const char *file = value_get_string(result, "file"), *name = value_get_string(result, "scenario");
    size_t i;

    text_printf(text, "%sok %zu - ", has_passed(result) ? "" : "not ", number);
    put_description(text, file ? file : "");
    text_puts(text, ": ");
    put_description(text, name ? name : "");
    text_putc(text, '\n');
    if (!json_array_size(failures))
        return;
    text_puts(text, "  ---\n  failures:\n");
    json_array_foreach(failures, i, failure) put_failure(text, failure);
    text_puts(text, "  ...\n");
}
