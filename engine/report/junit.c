/* junit: results as the XML that build servers read. What is written goes through put_escaped alone. */
#include "report/tap.h"

#include <string.h>

/* Characters that XML 1.0 cannot hold at all become U+FFFD. */
static void put_escaped(struct text *text, const char *string)
{
    struct text clean autotext = {0};

    text_add_utf8(&clean, string, strlen(string));
    for (const char *c = text_str(&clean); *c; c++) {
        if (*c == '&')
            text_puts(text, "&amp;");
        else if (*c == '<')
            text_puts(text, "&lt;");
        else if (*c == '>')
            text_puts(text, "&gt;");
        else if (*c == '"')
            text_puts(text, "&quot;");
        else if (*c == '\n' || *c == '\t' || *c == '\r')
            text_printf(text, "&#%d;", *c);
        else if ((unsigned char)*c < 0x20 || strncmp(c, "\xEF\xBF\xBE", 3) == 0 ||
                 strncmp(c, "\xEF\xBF\xBF", 3) == 0) {
            text_puts(text, "\xEF\xBF\xBD");
            c += (unsigned char)*c < 0x20 ? 0 : 2;
        } else
            text_putc(text, *c);
    }
}

static void put_attribute(struct text *text, const char *name, const char *value)
{
    text_printf(text, " %s=\"", name);
    put_escaped(text, value ? value : "");
    text_putc(text, '"');
}

static void put_failure(struct text *text, const json_t *failure)
{
    json_t *line;
    size_t i;

    text_puts(text, "      <failure");
    put_attribute(text, "type", value_get_string(failure, "name"));
    put_attribute(text, "message", value_get_string(failure, "message"));
    text_putc(text, '>');
    put_escaped(text, value_get_string(failure, "file"));
    text_printf(text, ":%d", (int)json_integer_value(json_object_get(failure, "line")));
    json_array_foreach(json_object_get(failure, "diff"), i, line)
    {
        put_escaped(text, "\n");
        put_escaped(text, json_string_value(line));
    }
    text_puts(text, "</failure>\n");
}

/* Seconds it took to play it; that virtual time went by is no matter of a build server's. */
static double took(const json_t *result)
{
    return json_number_value(json_object_get(result, "took"));
}

static void put_case(struct text *text, const json_t *result)
{
    json_t *failures = json_object_get(result, "failures"), *failure;
    size_t i;

    text_puts(text, "    <testcase");
    put_attribute(text, "name", value_get_string(result, "scenario"));
    put_attribute(text, "classname", value_get_string(result, "file"));
    put_attribute(text, "file", value_get_string(result, "file"));
    text_printf(text, " line=\"%d\" time=\"%.3f\"", (int)json_integer_value(json_object_get(result, "line")),
        took(result));
    if (!json_array_size(failures)) {
        text_puts(text, "/>\n");
        return;
    }
    text_puts(text, ">\n");
    json_array_foreach(failures, i, failure) put_failure(text, failure);
    text_puts(text, "    </testcase>\n");
}

static bool is_same_file(const json_t *a, const json_t *b)
{
    return strcmp(value_get_string(a, "file"), value_get_string(b, "file")) == 0;
}

static bool has_failed(const json_t *result)
{
    return json_array_size(json_object_get(result, "failures")) > 0;
}

static void put_counts(struct text *text, const json_t *results, size_t from, size_t to)
{
    double sum = 0;
    size_t failed = 0;

    for (size_t i = from; i < to; i++) {
        failed += has_failed(json_array_get(results, i));
        sum += took(json_array_get(results, i));
    }
    text_printf(
        text, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" time=\"%.3f\">\n", to - from, failed, sum);
}

void junit_document(struct text *text, const json_t *results)
{
    size_t count = json_array_size(results), to;

    text_puts(text, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites");
    put_counts(text, results, 0, count);
    for (size_t from = 0; from < count; from = to) {
        const json_t *first = json_array_get(results, from);

        for (to = from + 1; to < count && is_same_file(first, json_array_get(results, to)); to++)
            ;
        text_puts(text, "  <testsuite");
        put_attribute(text, "name", value_get_string(first, "file"));
        put_counts(text, results, from, to);
        for (size_t i = from; i < to; i++)
            put_case(text, json_array_get(results, i));
        text_puts(text, "  </testsuite>\n");
    }
    text_puts(text, "</testsuites>\n");
}
