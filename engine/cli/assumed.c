#include "cli/assumed.h"
#include "base/duration.h"
#include "base/mem.h"

#include <string.h>

enum about { ABOUT_STEP, ABOUT_MESSAGES };

static const struct fate {
    const char *name;
    const char *says[2]; /* enum about */
} fates[] = {
    {"fail", {" fails", " does not deliver"}},
    {"timeout", {" does not end by itself", " does not end by itself"}},
};

enum { FATE_COUNT = sizeof(fates) / sizeof(fates[0]) };

static const struct fate *fate_find(const char *name, size_t len)
{
    for (size_t i = 0; i < FATE_COUNT; i++)
        if (strlen(fates[i].name) == len && strncmp(fates[i].name, name, len) == 0)
            return &fates[i];
    return NULL;
}

json_t *assumed_fates(const struct texts *texts, struct diags *diags)
{
    json_t *map = json_object();

    for (size_t i = 0; i < texts->len; i++) {
        const char *text = texts->items[i], *colon = strchr(text, ':');
        const struct fate *fate = colon && colon[1] ? fate_find(text, (size_t)(colon - text)) : NULL;

        if (fate)
            json_object_set_new(map, colon + 1, json_string(fate->name));
        else if (strcmp(text, "ok") != 0)
            diag_hint(diags,
                diag_error(diags, (struct pos){0}, "assume", "--assume does not understand \"%s\"", text),
                "write ok, fail:STEP or timeout:STEP; fail:STEP#2 for its second attempt, "
                "fail:notify:CHANNEL for messages");
    }
    return map;
}

/* --- signals --- */

static int refuse(struct diags *diags, const char *text, const char *why)
{
    diag_hint(diags, diag_error(diags, (struct pos){0}, "assume", "--signal %s: %s", text, why),
        "write NAME@+5m, or NAME=JSON@+5m, such as 'deployed={\"version\": 12}@+5m'");
    return -1;
}

/* What stands before the '@'. */
static int take_name(json_t *signal, const char *text, size_t len, struct diags *diags)
{
    const char *equals = memchr(text, '=', len);
    size_t name_len = equals ? (size_t)(equals - text) : len;
    json_t *data;

    if (!name_len)
        return refuse(diags, text, "it has no name");
    json_object_set_new(signal, "name", value_string(text, name_len));
    if (!equals)
        return 0;
    data = json_loadb(equals + 1, len - name_len - 1, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    if (!data)
        return refuse(diags, text, "what it brings is not JSON; a text needs quotes");
    json_object_set_new(signal, "data", data);
    return 0;
}

static int read_signal(const char *text, json_t *signal, struct diags *diags)
{
    const char *at = strrchr(text, '@');
    int64_t ms;
    struct err err;

    if (!at)
        return refuse(diags, text, "it does not say when");
    if (duration_parse(at + 1 + (at[1] == '+'), &ms, &err) < 0)
        return refuse(diags, text, err.text);
    json_object_set_new(signal, "at_ms", json_integer(ms));
    return take_name(signal, text, (size_t)(at - text), diags);
}

json_t *assumed_signals(const struct texts *texts, struct diags *diags)
{
    json_t *list = json_array();

    for (size_t i = 0; i < texts->len; i++) {
        json_t *signal = json_object();

        if (read_signal(texts->items[i], signal, diags) == 0)
            json_array_append_new(list, signal);
        else
            json_decref(signal);
    }
    return list;
}

/* --- told --- */

static void say_fate(const char *name, const struct fate *fate, struct text *text)
{
    const size_t prefix = strlen(ASSUME_NOTIFY);
    const char *hash = strchr(name, '#');
    bool is_channel = strncmp(name, ASSUME_NOTIFY, prefix) == 0;

    if (is_channel)
        text_printf(text, "; channel %s", name + prefix);
    else if (hash)
        text_printf(text, "; attempt %s of %.*s", hash + 1, (int)(hash - name), name);
    else
        text_printf(text, "; %s", name);
    text_puts(text, fate->says[is_channel ? ABOUT_MESSAGES : ABOUT_STEP]);
}

void assumed_say(const struct assumptions *assumptions, struct text *text)
{
    char after[DURATION_TEXT_SIZE];
    const char *name;
    json_t *value;
    size_t i;

    json_object_foreach(assumptions->fates, name, value)
        say_fate(name, fate_find(json_string_value(value), json_string_length(value)), text);
    json_array_foreach(assumptions->signals, i, value)
        text_printf(text, "; the signal %s comes after %s", value_get_string(value, "name"),
            duration_exact(json_integer_value(json_object_get(value, "at_ms")), after));
}
