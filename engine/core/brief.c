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

/* The most telling part of the result: what was parsed, else what was printed or received. */
static void show_result(const json_t *result, struct text *text)
{
    static const char *const parts[] = {"output", "body", "stdout", "stderr", NULL};

    for (const char *const *part = parts; *part; part++) {
        const json_t *value = json_object_get(result, *part);

        if (is_empty(value))
            continue;
        text_printf(text, "%s%s ", text->len ? ", " : "", *part);
        brief_value(text, value, SHOWN_MAX);
        return;
    }
}

char *brief_outcome(const struct frame *frame)
{
    const struct failure *failure = &frame->failure;
    const json_t *result = frame->result->result, *status = json_object_get(result, "status_code");
    struct text text = {0};

    if (failure->class_ != FAIL_NONE)
        text_puts(&text, failure->message ? failure->message : fail_class_name(failure->class_));
    else if (json_is_integer(status))
        text_printf(&text, "HTTP status %lld", (long long)json_integer_value(status));
    else if (frame->ops->is_leaf && frame->result->exit_code >= 0)
        text_printf(&text, "exit status %d", frame->result->exit_code);
    if (!frame->step->sensitive)
        show_result(result, &text);
    return text_take(&text);
}
