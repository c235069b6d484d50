#include "cli/logs_calls.h"
#include "base/mem.h"
#include "report/words.h"

#include <string.h>

/* What is known of one attempt of a step. */
struct begun {
    bool is_code;
    json_t *call; /* the last one */
};

static struct begun *begun_of(struct call_log *log, const char *path)
{
    struct begun *begun = map_get(&log->begun, path);

    if (!begun) {
        begun = mem_alloc(sizeof(*begun));
        map_put(&log->begun, path, begun);
    }
    return begun;
}

static struct call_shown *add(struct call_log *log, const struct event *event)
{
    struct call_shown *shown;

    log->shown = mem_grow(log->shown, log->count, &log->cap, sizeof(*log->shown));
    shown = &log->shown[log->count++];
    *shown =
        (struct call_shown){.seq = event->seq, .wall_us = event->wall_us, .path = mem_strdup(event->path)};
    return shown;
}

/* --- calls --- */

/* Names of calls by which text comes back; the others are told by what the code does with them. */
static const char *const telling[] = {"exec", "sh", "http.request", "notify"};

static const char *telling_name(const json_t *call)
{
    const char *name = value_get_string(call, "name");

    for (size_t i = 0; name && i < sizeof(telling) / sizeof(telling[0]); i++)
        if (strcmp(telling[i], name) == 0)
            return telling[i];
    return NULL;
}

static void put_how_it_went(const json_t *result, struct text *text)
{
    const char *error = value_get_string(result, "error");
    const json_t *status = json_object_get(result, "status_code");

    if (json_integer_value(status))
        text_printf(text, " (status %lld)", (long long)json_integer_value(status));
    else if (error)
        text_printf(text, " (%s)", error);
}

static char *heading_of(const char *name, const json_t *args, const json_t *result)
{
    struct text words = {0};

    if (strcmp(name, "notify") == 0) {
        text_puts(&words, "notify ");
        value_to_text(json_object_get(args, "to"), &words);
        text_puts(&words, ": ");
        value_to_text(json_object_get(args, "message"), &words);
    } else {
        text_puts(&words, strcmp(name, "http.request") == 0 ? "" : "$ ");
        work_words(args, &words);
    }
    put_how_it_went(result, &words);
    return text_take(&words);
}

static void on_return(struct call_log *log, const struct event *event)
{
    const struct begun *begun = begun_of(log, event->path);
    const char *name = telling_name(begun->call);
    struct call_shown *shown;

    if (!name)
        return;
    shown = add(log, event);
    shown->name = name;
    shown->number = json_integer_value(json_object_get(event->data, "n"));
    shown->result = json_incref(json_object_get(event->data, "result"));
    shown->heading = heading_of(name, json_object_get(begun->call, "args"), shown->result);
}

/* --- the code --- */

static void on_started(struct call_log *log, const struct event *event)
{
    const char *kind = value_get_string(event->data, "kind");
    bool is_code = kind && (strcmp(kind, "lua") == 0 || strcmp(kind, "uses") == 0);

    if (is_code && !json_object_get(event->data, "loop"))
        begun_of(log, event->path)->is_code = true;
}

/* The attempt is over, with a value or with a failure. */
static void on_end(struct call_log *log, const struct event *event)
{
    const struct begun *begun = map_get(&log->begun, event->path);
    json_t *output = json_object_get(json_object_get(event->data, "result"), "output");
    const char *message = value_get_string(event->data, "message");
    struct text words = {0};
    struct call_shown *shown;

    if (!begun || !begun->is_code || (!message && (!output || json_is_null(output))))
        return;
    text_puts(&words, message ? "failed: " : "returned ");
    if (message)
        text_puts(&words, message);
    else
        value_to_text(output, &words);
    shown = add(log, event);
    shown->heading = text_take(&words);
    shown->result = message ? json_string(message) : json_incref(output);
    shown->has_failed = message;
}

static bool on_event(void *context, const struct event *event)
{
    struct call_log *log = context;

    log->last_seq = event->seq;
    if (event->type == EVENT_STEP_STARTED) {
        on_started(log, event);
    } else if (event->type == EVENT_EFFECT_CALLED) {
        struct begun *begun = begun_of(log, event->path);

        json_decref(begun->call);
        begun->call = json_incref(event->data);
    } else if (event->type == EVENT_EFFECT_RETURNED) {
        on_return(log, event);
    } else if (event->type == EVENT_STEP_FINISHED || event->type == EVENT_STEP_RETRYING) {
        on_end(log, event);
    }
    return true;
}

int call_log_read(struct call_log *log, struct journal *journal, const char *run_id, struct err *err)
{
    return journal_events(journal, run_id, log->last_seq + 1, true, on_event, log, err);
}

void call_log_fini(struct call_log *log)
{
    for (size_t i = 0; i < log->count; i++) {
        free(log->shown[i].path);
        free(log->shown[i].heading);
        json_decref(log->shown[i].result);
    }
    for (size_t i = 0; i < log->begun.len; i++) {
        struct begun *begun = log->begun.entries[i].value;

        json_decref(begun->call);
        free(begun);
    }
    free(log->shown);
    map_fini(&log->begun);
}
