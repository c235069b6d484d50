#include "journal/canonical.h"
#include "base/merkle.h"
#include "journal/journal.h"

#include <string.h>

/* Built by hand, not as a value: it is on the way of every commit, and of every event that is verified. The
 * keys are in order of their bytes; what does not apply (NULL in its column) is left out; every member ends
 * with a comma, the last of which becomes the brace. */

enum { ROOM = 512 }; /* for all keys, numbers and names of an event */

static char *put_bytes(char *at, const char *bytes, size_t len)
{
    memcpy(at, bytes, len);
    return at + len;
}

#define PUT(literal) (at = put_bytes(at, literal, sizeof(literal) - 1))

static char *put_number(char *at, int64_t value)
{
    char digits[DECIMAL_SIZE + 1], *end = digits + DECIMAL_SIZE, *from = number_before(end, value);

    *end++ = ',';
    return put_bytes(at, from, (size_t)(end - from));
}

/* One of our own names. */
static char *put_name(char *at, const char *name)
{
    PUT("\"");
    at = put_bytes(at, name, strlen(name));
    return PUT("\",");
}

static bool is_plain(const char *string, size_t len)
{
    static const bool is_special[256] = {
        [0 ... 0x1f] = true, ['"'] = true, ['\\'] = true, [0x7f ... 0xff] = true};

    while (len && !is_special[(unsigned char)string[len - 1]])
        len--;
    return len == 0;
}

/* A string from outside, with whatever is in it. */
static char *put_string(struct text *text, char *at, const char *string)
{
    size_t len = strlen(string);

    if (is_plain(string, len)) {
        at = text_room(text, at, len + ROOM);
        PUT("\"");
        at = put_bytes(at, string, len);
    } else {
        json_t *value autovalue = value_string(string, len);

        text_end(text, at);
        value_canonical(value, text);
        at = text_room(text, NULL, ROOM);
        return PUT(",");
    }
    return PUT("\",");
}

#define NUMBER(key, value) (PUT("\"" key "\":"), at = put_number(at, value))
#define NAME(key, value) (PUT("\"" key "\":"), at = put_name(at, value))
#define STRING(key, value) (PUT("\"" key "\":"), at = put_string(text, at, value))
#define SOME_NUMBER(key, none, value) ((value) == (none) ? at : NUMBER(key, value))
#define SOME_NAME(key, value) (*(value) ? NAME(key, value) : at)
#define SOME_STRING(key, value) ((value) && *(value) ? STRING(key, value) : at)

void canonical_event(
    const char *run_id, const struct event *event, const char *data, size_t data_len, struct text *text)
{
    const char *class_ = fail_class_name(event->class_), *status = event_status_name(event);
    char *at = text_room(text, NULL, ROOM + data_len);

    PUT("{");
    SOME_NUMBER("attempt", 0, event->attempt);
    if (event->cause)
        PUT("\"cause\":true,");
    else
        PUT("\"cause\":false,");
    SOME_NAME("class", class_);
    if (data) {
        PUT("\"data\":");
        at = put_bytes(at, data, data_len);
        PUT(",");
    }
    SOME_NUMBER("due_us", -1, event->due_us);
    SOME_NUMBER("exit_code", -1, event->exit_code);
    SOME_STRING("host", event->by.host);
    NUMBER("index", (int64_t)event->index);
    NUMBER("mono_us", event->mono_us);
    SOME_STRING("path", event->path);
    STRING("run", run_id);
    NUMBER("seq", (int64_t)event->seq);
    SOME_NAME("status", status);
    NAME("type", event_type_name(event->type));
    SOME_STRING("user", event->by.user);
    NUMBER("wall_us", event->wall_us);
    SOME_STRING("way", event->by.way);
    at[-1] = '}';
    text_end(text, at);
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
    struct sha256 hash = payload ? *payload : data ? sha256_of(data, data_len) : (struct sha256){0};
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
