#include "core/brief.h"

#include <string.h>

enum { SHOWN_MAX = 160 };

void brief_line(struct text *text, const char *bytes, size_t len, size_t max)
{
    size_t shown;

    while (len && strchr("\n\r\t ", bytes[len - 1]))
        len--;
    shown = len > max ? utf8_valid(bytes, max) : len;
    for (size_t i = 0; i < shown; i++)
        text_putc(text, strchr("\n\r\t", bytes[i]) ? ' ' : bytes[i]);
    if (shown < len)
        text_puts(text, "…");
}

void brief_value(struct text *text, const json_t *value, size_t max)
{
    struct text whole autotext = {0};

    if (!value_to_text(value, &whole))
        text_puts(&whole, "nil");
    brief_line(text, text_str(&whole), whole.len, max);
}

static bool is_empty(const json_t *value)
{
    return !value || (json_is_string(value) && json_string_length(value) == 0);
}

static bool has_something(const json_t *result)
{
    const char *name;
    json_t *value;

    json_object_foreach(
        (json_t *)result, name, value) if (!is_empty(value) && !json_is_number(value)) return true;
    return false;
}

/* The most telling part of the result: what was parsed, else what was printed or received. */
static void show_result(const json_t *result, struct text *text)
{
    static const char *const parts[] = {"output", "body", "stdout", "stderr", NULL};

    if (!has_something(result))
        return;
    for (const char *const *part = parts; *part; part++) {
        const json_t *value = json_object_get(result, *part);

        if (is_empty(value))
            continue;
        text_printf(text, "%s%s ", text->len ? ", " : "", *part);
        brief_value(text, value, SHOWN_MAX);
        return;
    }
}

static void add_status(struct text *text, const char *words, long long status)
{
    text_puts(text, words);
    text_number(text, status);
}

char *brief_outcome(const struct frame *frame)
{
    const struct failure *failure = &frame->failure;
    const json_t *result = frame->result->result, *status = json_object_get(result, "status_code");
    struct text text = {0};

    if (failure->class_ != FAIL_NONE)
        text_puts(&text, failure->message ? failure->message : fail_class_name(failure->class_));
    else if (json_is_integer(status))
        add_status(&text, "HTTP status ", json_integer_value(status));
    else if (frame->ops->is_leaf && frame->result->exit_code >= 0)
        add_status(&text, "exit status ", frame->result->exit_code);
    if (!frame->step->sensitive)
        show_result(result, &text);
    return text_take(&text);
}
