#include "report/failure.h"
#include "base/duration.h"
#include "base/mem.h"
#include "model/diag.h"

#include <string.h>

json_t *failure_timeline(const struct facts *facts)
{
    json_t *timeline = json_array();
    char at[DURATION_TEXT_SIZE];

    for (size_t i = 0; i < facts->event_count; i++) {
        const struct fact_event *event = &facts->events[i];

        if (facts_is_news(facts, event))
            json_array_append_new(
                timeline, json_pack("{s:I, s:s+, s:s}", "at_us", (json_int_t)event->mono_us, "at", "+",
                              duration_exact(event->mono_us / 1000, at), "text", event->words));
    }
    return timeline;
}

static uint32_t number(const json_t *failure, const char *key)
{
    return (uint32_t)json_integer_value(json_object_get(failure, key));
}

static const struct source *source_of(const struct sources *sources, const json_t *failure)
{
    const char *file = value_get_string(failure, "file");

    for (size_t i = 0; file && i < sources->len; i++)
        if (strcmp(sources->items[i]->path, file) == 0)
            return sources->items[i];
    return NULL;
}

/* As a diagnostic, with the line it is about. */
static void tell_place(
    const json_t *failure, const struct sources *sources, const struct paint *paint, struct text *text)
{
    struct diags diags = {0};
    struct pos pos = {source_of(sources, failure), number(failure, "line"), number(failure, "column"),
        number(failure, "length")};
    const char *hint = value_get_string(failure, "hint");
    struct diag *diag = diag_error(&diags, pos, "failure", "%s", value_get_string(failure, "message"));

    if (hint)
        diag_hint(&diags, diag, "%s", hint);
    diags_render(&diags, text, paint->colour);
    diags_fini(&diags);
}

static void tell_diff(const json_t *failure, const struct paint *paint, struct text *text)
{
    json_t *line;
    size_t i;

    json_array_foreach(json_object_get(failure, "diff"), i, line)
    {
        const char *string = json_string_value(line);
        struct text safe autotext = {0};

        safe_line(&safe, string, json_string_length(line));
        text_puts(text, "        ");
        paint_puts(paint, text,
            *string == '-'   ? INK_BAD
            : *string == '+' ? INK_GOOD
                             : INK_DIM,
            text_str(&safe));
        text_putc(text, '\n');
    }
}

/* --- the events around --- */

enum { AROUND = 3 };

static void mark_around(json_t *timeline, bool *shown, int64_t at_us)
{
    size_t len = json_array_size(timeline), at = 0;

    while (at + 1 < len &&
           json_integer_value(json_object_get(json_array_get(timeline, at + 1), "at_us")) <= at_us)
        at++;
    for (size_t i = at > AROUND ? at - AROUND : 0; i < len && i <= at + AROUND - 1; i++)
        shown[i] = true;
}

/* A failure without a moment is about the run's end. */
static bool *choose_events(const json_t *failures, json_t *timeline)
{
    bool *shown = mem_alloc(json_array_size(timeline) + 1);
    json_t *failure, *at;
    size_t i;

    json_array_foreach((json_t *)failures, i, failure)
    {
        at = json_object_get(failure, "at_us");
        mark_around(timeline, shown, at ? json_integer_value(at) : INT64_MAX);
    }
    return shown;
}

static void tell_events(const json_t *result, const struct paint *paint, struct text *text)
{
    json_t *timeline = json_object_get(result, "timeline"), *event;
    bool *shown autofree = choose_events(json_object_get(result, "failures"), timeline);
    size_t i, gap = 0;

    json_array_foreach(timeline, i, event)
    {
        if (!shown[i]) {
            gap++;
            continue;
        }
        if (gap)
            paint_printf(paint, text, INK_DIM, "    %s\n", paint->ascii ? "..." : "…");
        gap = 0;
        paint_printf(paint, text, INK_DIM, "    %10s", value_get_string(event, "at"));
        text_printf(text, "  %s\n", value_get_string(event, "text"));
    }
    if (gap)
        paint_printf(paint, text, INK_DIM, "    %s\n", paint->ascii ? "..." : "…");
}

void failures_tell(
    const json_t *result, const struct sources *sources, const struct paint *paint, struct text *text)
{
    json_t *failures = json_object_get(result, "failures"), *failure;
    bool has_diff = false;
    size_t i;

    json_array_foreach(failures, i, failure)
    {
        tell_place(failure, sources, paint, text);
        tell_diff(failure, paint, text);
        has_diff = has_diff || json_object_get(failure, "diff");
    }
    if (has_diff)
        paint_puts(paint, text, INK_DIM, "    - is expected and not there, + is there instead\n");
    if (json_array_size(json_object_get(result, "timeline")))
        tell_events(result, paint, text);
}
