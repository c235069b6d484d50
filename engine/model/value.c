#include "model/value.h"
#include "base/mem.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *value_type(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "map";
    case JSON_ARRAY:
        return "list";
    case JSON_STRING:
        return "string";
    case JSON_INTEGER:
        return "integer";
    case JSON_REAL:
        return "number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "boolean";
    case JSON_NULL:
        return "null";
    }
    return "null";
}

/* The two-character escape of a character, or 0 (RFC 8785, section 3.2.2.2). */
static char short_escape(unsigned char c)
{
    static const char from[] = "\b\t\n\f\r\"\\", to[] = "btnfr\"\\";
    const char *at = c ? strchr(from, c) : NULL;

    return at ? to[at - from] : '\0';
}

static void put_string(const char *bytes, size_t len, struct text *text)
{
    size_t start = 0;

    text_putc(text, '"');
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)bytes[i];
        char escape = short_escape(c);

        if (c >= 0x20 && !escape)
            continue;
        text_add(text, bytes + start, i - start);
        start = i + 1;
        if (escape)
            text_printf(text, "\\%c", escape);
        else
            text_printf(text, "\\u%04x", c);
    }
    text_add(text, bytes + start, len - start);
    text_putc(text, '"');
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void put_map(const json_t *map, struct text *text)
{
    size_t count = json_object_size(map), i = 0;
    const char *few[16], **keys = count <= 16 ? few : mem_alloc(count * sizeof(*keys));
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)map, key, value) keys[i++] = key;
    qsort(keys, count, sizeof(*keys), by_bytes);
    text_putc(text, '{');
    for (i = 0; i < count; i++) {
        if (i)
            text_putc(text, ',');
        put_string(keys[i], strlen(keys[i]), text);
        text_putc(text, ':');
        value_canonical(json_object_get(map, keys[i]), text);
    }
    text_putc(text, '}');
    if (keys != few)
        free(keys);
}

/* The shortest text that reads back as the same number; a number without a fraction gets ".0" so that it
 * stays one. */
static void put_real(double real, struct text *text)
{
    char digits[40];

    for (int precision = 15; precision <= 17; precision++) {
        snprintf(digits, sizeof(digits), "%.*g", precision, real);
        if (strtod(digits, NULL) == real)
            break;
    }
    text_puts(text, digits);
    if (!strpbrk(digits, ".en"))
        text_puts(text, ".0");
}

void value_canonical(const json_t *value, struct text *text)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        put_map(value, text);
        return;
    case JSON_ARRAY:
        text_putc(text, '[');
        for (size_t i = 0; i < json_array_size(value); i++) {
            if (i)
                text_putc(text, ',');
            value_canonical(json_array_get(value, i), text);
        }
        text_putc(text, ']');
        return;
    case JSON_STRING:
        put_string(json_string_value(value), json_string_length(value), text);
        return;
    case JSON_INTEGER:
        text_printf(text, "%" PRId64, (int64_t)json_integer_value(value));
        return;
    case JSON_REAL:
        put_real(json_real_value(value), text);
        return;
    case JSON_TRUE:
        text_puts(text, "true");
        return;
    case JSON_FALSE:
        text_puts(text, "false");
        return;
    case JSON_NULL:
        text_puts(text, "null");
        return;
    }
}

bool value_to_text(const json_t *value, struct text *text)
{
    if (!value || json_is_null(value))
        return false;
    if (json_is_string(value))
        text_add(text, json_string_value(value), json_string_length(value));
    else if (json_is_real(value) && json_real_value(value) == floor(json_real_value(value)) &&
             fabs(json_real_value(value)) < 1e15)
        text_printf(text, "%.0f", json_real_value(value));
    else
        value_canonical(value, text);
    return true;
}

json_t *value_string(const char *bytes, size_t len)
{
    struct text text autotext = {0};

    if (utf8_valid(bytes, len) == len)
        return json_stringn_nocheck(bytes, len);
    text_add_utf8(&text, bytes, len);
    return json_stringn_nocheck(text_str(&text), text.len);
}

const char *value_get_string(const json_t *map, const char *key)
{
    return json_string_value(json_object_get(map, key));
}
