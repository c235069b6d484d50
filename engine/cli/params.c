#include "cli/params.h"
#include "base/mem.h"
#include "load/load.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { PARAMS_FILE_MAX = 1024 * 1024 };

/* Split at the first '='; returns the value and the length of the name. */
static const char *split(const char *pair, size_t *ret_len)
{
    const char *equals = strchr(pair, '=');

    if (!equals || equals == pair)
        return NULL;
    *ret_len = (size_t)(equals - pair);
    return equals + 1;
}

static void gather_pairs(
    const struct texts *pairs, const char *option, bool is_json, json_t *map, struct diags *diags)
{
    for (size_t i = 0; i < pairs->len; i++) {
        size_t len = 0;
        const char *text = split(pairs->items[i], &len);
        char *name autofree = NULL;
        json_t *value = NULL;

        if (!text) {
            diag_hint(diags,
                diag_error(diags, (struct pos){0}, "option", "%s \"%s\" has no '='", option, pairs->items[i]),
                "write %s NAME=VALUE", option);
            continue;
        }
        name = mem_strndup(pairs->items[i], len);
        if (is_json)
            value = json_loads(text, JSON_DECODE_ANY, NULL);
        json_object_set_new(map, name, value ? value : value_string(text, strlen(text)));
    }
}

static bool read_file(const char *path, struct text *text, struct diags *diags)
{
    FILE *file = fopen(path, "re");
    char bytes[8192];
    size_t n;

    while (file && text->len <= PARAMS_FILE_MAX && (n = fread(bytes, 1, sizeof(bytes), file)) > 0)
        text_add(text, bytes, n);
    if (!file || ferror(file)) {
        diag_error(diags, (struct pos){0}, "file", "cannot read %s: %s", path, strerror(errno));
    } else if (text->len > PARAMS_FILE_MAX) {
        diag_error(diags, (struct pos){0}, "file", "%s is larger than 1 MiB", path);
    } else {
        fclose(file);
        return true;
    }
    if (file)
        fclose(file);
    return false;
}

static json_t *read_params(const char *path, struct diags *diags)
{
    struct text text autotext = {0};
    struct source source = {.path = path};
    json_t *value;

    if (!read_file(path, &text, diags))
        return NULL;
    source.text = text_str(&text);
    source.len = text.len;
    value = load_value(&source, diags);
    if (!value || json_is_object(value))
        return value;
    diag_error(
        diags, (struct pos){0}, "file", "%s must hold names and values, not a %s", path, value_type(value));
    json_decref(value);
    return NULL;
}

json_t *params_gather(const struct texts *pairs, const char *file, struct diags *diags)
{
    json_t *map = file ? read_params(file, diags) : NULL;

    if (!map)
        map = json_object();
    gather_pairs(pairs, "-p", false, map, diags);
    return map;
}

json_t *answers_gather(const struct texts *pairs, struct diags *diags)
{
    json_t *map = json_object();

    gather_pairs(pairs, "--answer", true, map, diags);
    return map;
}

json_t *pairs_gather(const struct texts *pairs, const char *option, struct diags *diags)
{
    json_t *map = json_object();

    gather_pairs(pairs, option, false, map, diags);
    return map;
}
