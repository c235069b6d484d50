#include "journal/canonical.h"
#include "base/merkle.h"
#include "journal/journal.h"

#include <string.h>

/* Built by hand, not as a value: it is on the way of every commit. The keys are in order of their bytes; what
 * does not apply (NULL in its column) is left out; every member ends with a comma, the last of which becomes
 * the brace. */

#define PUT(text, literal) text_add(text, literal, sizeof(literal) - 1)

static void put_number(struct text *text, int64_t value)
{
    char digits[24], *at = digits + sizeof(digits);
    uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

    *--at = ',';
    do
        *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (value < 0)
        *--at = '-';
    text_add(text, at, (size_t)(digits + sizeof(digits) - at));
}

static bool is_plain(const char *string)
{
    for (const unsigned char *c = (const unsigned char *)string; *c; c++)
        if (*c < 0x20 || *c == '"' || *c == '\\' || *c >= 0x7f)
            return false;
    return true;
}

static void put_string(struct text *text, const char *string)
{
    if (is_plain(string)) {
        text_putc(text, '"');
        text_puts(text, string);
        PUT(text, "\",");
        return;
    }
    json_t *value autovalue = value_string(string, strlen(string));
    value_canonical(value, text);
    text_putc(text, ',');
}

#define NUMBER(key, value) (PUT(text, "\"" key "\":"), put_number(text, value))
#define STRING(key, value) (PUT(text, "\"" key "\":"), put_string(text, value))
#define SOME_NUMBER(key, none, value) ((value) == (none) ? (void)0 : NUMBER(key, value))
#define SOME_STRING(key, value) ((value) && *(value) ? STRING(key, value) : (void)0)

void canonical_event(
    const char *run_id, const struct event *event, const char *data, size_t data_len, struct text *text)
{
    const char *class_ = fail_class_name(event->class_), *status = event_status_name(event);

    text_putc(text, '{');
    SOME_NUMBER("attempt", 0, event->attempt);
    if (event->cause)
        PUT(text, "\"cause\":true,");
    else
        PUT(text, "\"cause\":false,");
    SOME_STRING("class", class_);
    if (data) {
        PUT(text, "\"data\":");
        text_add(text, data, data_len);
        text_putc(text, ',');
    }
    SOME_NUMBER("due_us", -1, event->due_us);
    SOME_NUMBER("exit_code", -1, event->exit_code);
    SOME_STRING("host", event->by.host);
    NUMBER("index", (int64_t)event->index);
    NUMBER("mono_us", event->mono_us);
    SOME_STRING("path", event->path);
    STRING("run", run_id);
    NUMBER("seq", (int64_t)event->seq);
    SOME_STRING("status", status);
    STRING("type", event_type_name(event->type));
    SOME_STRING("user", event->by.user);
    NUMBER("wall_us", event->wall_us);
    SOME_STRING("way", event->by.way);
    text->ptr[text->len - 1] = '}';
}

void journal_canonical(const char *run_id, const struct event *event, struct text *text)
{
    struct text data autotext = {0};

    if (event->data)
        value_canonical(event->data, &data);
    canonical_event(run_id, event, event->data ? text_str(&data) : NULL, data.len, text);
}

struct sha256 canonical_leaf(const char *run_id, const struct event *event, const char *data, size_t data_len,
    const struct sha256 *payload, struct text *scratch)
{
    struct sha256 hash = payload ? *payload : sha256_of(data ? data : "", data_len);
    char quoted[SHA256_HEX_SIZE + 2] = "\"";
    bool has_data = data || payload;

    text_clear(scratch);
    sha256_hex(&hash, quoted + 1);
    quoted[SHA256_HEX_SIZE] = '"';
    canonical_event(run_id, event, has_data ? quoted : NULL, SHA256_HEX_SIZE + 1, scratch);
    return merkle_leaf(text_str(scratch), scratch->len);
}

struct sha256 journal_leaf(const char *run_id, const struct event *event)
{
    struct text data autotext = {0}, scratch autotext = {0};

    if (event->data)
        value_canonical(event->data, &data);
    return canonical_leaf(run_id, event, event->data ? text_str(&data) : NULL, data.len, NULL, &scratch);
}

static bool is_of_run(enum event_type type)
{
    return strncmp(event_type_name(type), "run.", 4) == 0;
}

const char *event_status_name(const struct event *event)
{
    if (event->status < 0)
        return "";
    return is_of_run(event->type) ? run_status_name((enum run_status)event->status)
                                  : step_status_name((enum step_status)event->status);
}

int event_status_parse(enum event_type type, const char *status)
{
    if (!*status)
        return -1;
    return is_of_run(type) ? run_status_parse(status) : step_status_parse(status);
}
