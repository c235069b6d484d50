/* An inbox item is durable when it has been put. What the run makes of it is seen in its events, if an engine
 * holds it. */
#include "base/clock.h"
#include "cli/say.h"
#include "cli/grid.h"
#include "drive/ring.h"
#include "report/words.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATIENCE_US = 2000000, LOOK_MS = 25 };

struct look {
    struct say *say;
    uint64_t seq; /* the last one seen */
    bool is_accepted, is_refused, is_over;
    struct text words;
};

static bool is_about_us(const struct say *say, const struct event *event)
{
    const char *user = event->by.user ? event->by.user : "";

    if (*user && strcmp(user, say->item.by.user) != 0)
        return false;
    return !*say->item.path || strncmp(event->path, say->item.path, strlen(say->item.path)) == 0;
}

/* The engine tells by a note of ours why it could not do what we said. */
static bool is_refusal(const struct say *say, const struct event *event)
{
    char *start autofree = mem_printf("\"%s", say->saying->inbox);
    const char *text = event->data ? value_get_string(event->data, "text") : NULL;

    return event->type == EVENT_NOTE_ADDED && is_about_us(say, event) && text &&
           strncmp(text, start, strlen(start)) == 0 && strstr(text, "was refused");
}

static bool on_event(void *context, const struct event *event)
{
    struct look *look = context;
    const struct saying *saying = look->say->saying;

    look->seq = event->seq;
    if (is_refusal(look->say, event))
        look->is_refused = true;
    else if (event->type == saying->accepted && is_about_us(look->say, event))
        look->is_accepted = true;
    else if (event->type == saying->refused && is_about_us(look->say, event))
        look->is_refused = true;
    else
        look->is_over = look->is_over || event->type == EVENT_RUN_FINISHED;
    if ((look->is_accepted || look->is_refused) && !look->words.len)
        event_words(event, &look->words);
    return true;
}

static json_t *result_json(const struct look *look, const char *state)
{
    json_t *json = json_object();

    json_object_set_new(json, "run", json_string(look->say->id));
    json_object_set_new(json, "verb", json_string(look->say->saying->name));
    json_object_set_new(json, "state", json_string(state));
    if (look->words.len)
        json_object_set_new(json, "text", json_string(text_str(&look->words)));
    return json;
}

static void tell_state(const struct look *look, const char *state, const char *more)
{
    if (look->say->cli->common.json)
        cli_print_json(result_json(look, state));
    else
        printf(
            "%s%s%s\n", look->words.len ? text_str(&look->words) : state, more ? "; " : "", more ? more : "");
}

static int tell_outcome(const struct look *look)
{
    if (look->is_refused) {
        if (look->say->cli->common.json)
            cli_print_json(result_json(look, "refused"));
        else
            fprintf(stderr, "runbook: %s\n", text_str(&look->words));
        return EXIT_USAGE;
    }
    if (look->is_accepted)
        tell_state(look, "accepted", look->say->saying->then);
    else if (look->is_over)
        tell_state(look, "recorded", "the run ended before it took this in");
    else
        tell_state(look, "recorded",
            "no engine holds the run: it is taken in when somebody resumes it (runbook resume)");
    return look->is_over && !look->is_accepted ? EXIT_USAGE : EXIT_OK;
}

static bool is_held(const struct say *say)
{
    return say->facts.run.status != RUN_INTERRUPTED;
}

int heard(struct say *say, uint64_t last_seq)
{
    struct look look = {.say = say, .seq = last_seq};
    int64_t until_us = clock_mono_us() + PATIENCE_US;
    struct err err = {0};
    int code = 0;

    ring(say->id);
    while (is_held(say) && code == 0) {
        code = journal_events(say->journal, say->id, look.seq + 1, true, on_event, &look, &err);
        if (look.is_accepted || look.is_refused || look.is_over || clock_mono_us() >= until_us)
            break;
        poll(NULL, 0, LOOK_MS);
    }
    int status = code < 0 ? cli_fail(&err) : tell_outcome(&look);
    text_fini(&look.words);
    return status;
}
