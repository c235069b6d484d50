#include "drive/mock.h"
#include "base/mem.h"
#include "base/text.h"

#include <string.h>

/* "json.id" in {json: {id: 7}}. */
static json_t *argument(const json_t *args, const char *dotted)
{
    json_t *value = (json_t *)args;

    while (value && *dotted) {
        size_t len = strcspn(dotted, ".");
        char *key autofree = mem_strndup(dotted, len);

        value = json_is_array(value) ? json_array_get(value, strtoul(key, NULL, 10))
                                     : json_object_get(value, key);
        dotted += len + (dotted[len] == '.');
    }
    return value;
}

/* A list of arguments is matched as the line it would be. */
static bool value_as_line(const json_t *value, struct text *line)
{
    json_t *item;
    size_t i;

    if (!json_is_array(value))
        return value_to_text(value, line);
    json_array_foreach((json_t *)value, i, item)
    {
        if (i)
            text_putc(line, ' ');
        value_to_text(item, line);
    }
    return true;
}

static bool is_match(const json_t *wanted, const json_t *actual)
{
    struct text line autotext = {0};

    if (!actual)
        return false;
    if (!json_is_string(wanted))
        return json_equal((json_t *)wanted, (json_t *)actual);
    return value_as_line(actual, &line) && glob_fits(json_string_value(wanted), text_str(&line));
}

static bool arguments_fit(const struct answer *answer, const json_t *args)
{
    const char *key;
    json_t *wanted;

    json_object_foreach(answer->match, key, wanted) if (!is_match(wanted, argument(args, key))) return false;
    return true;
}

const struct answer *mock_take(const struct mock *mock, size_t *uses, const json_t *args)
{
    const struct answer *answer;

    if (!mock->answers.len)
        return NULL;
    answer = mock->answers.items[*uses < mock->answers.len ? *uses : mock->answers.len - 1];
    if (!arguments_fit(answer, args))
        return NULL;
    ++*uses;
    return answer;
}
