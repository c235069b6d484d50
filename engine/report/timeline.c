#include "report/timeline.h"

#include "report/gantt.h"
#include "report/moment.h"
#include "report/story.h"

#include <stdio.h>
#include <string.h>

enum { EVENTS_SHOWN = 120, MIN_WIDTH = 60 };

static enum ink ink_of_event(const struct fact_event *event)
{
    static const enum ink inks[EVENT_COUNT] = {[EVENT_STEP_RETRYING] = INK_WARN,
        [EVENT_STEP_LOST] = INK_BAD,
        [EVENT_DEADLINE_MISSED] = INK_BAD,
        [EVENT_ASK_OPENED] = INK_NOTICE,
        [EVENT_ASK_EXPIRED] = INK_BAD,
        [EVENT_ASK_ANSWERED] = INK_GOOD,
        [EVENT_ESCALATION_LEVEL] = INK_WARN,
        [EVENT_ESCALATION_ACKNOWLEDGED] = INK_GOOD,
        [EVENT_ESCALATION_EXHAUSTED] = INK_BAD,
        [EVENT_NOTIFY_FAILED] = INK_BAD,
        [EVENT_NOTE_ADDED] = INK_NOTICE};
    if (event->type == EVENT_STEP_FINISHED && event->status == STEP_FAILED)
        return INK_BAD;
    if (event->type == EVENT_RUN_FINISHED && event->status >= 0)
        return ink_of_run((enum run_status)event->status);
    return inks[event->type];
}

static void draw_event(const struct facts *facts, const struct timeline_options *options,
    const struct fact_event *event, struct text *text)
{
    char relative[MOMENT_TEXT_SIZE], wall[MOMENT_TEXT_SIZE];
    moment_relative(facts, event->mono_us, relative);
    moment_wall(facts, event->mono_us, wall);
    size_t width = options->width < MIN_WIDTH ? MIN_WIDTH : options->width;
    size_t indent = strlen(relative) + strlen(wall) + 4;
    autotext struct text words = {0};
    wrap(&words, event->words, width - indent, indent);
    paint_printf(&options->paint, text, INK_DIM, "%s  %s", relative, wall);
    text_puts(text, "  ");
    paint_puts(&options->paint, text, ink_of_event(event), text_str(&words));
    text_putc(text, '\n');
}

/* A long story is told by its beginning and its end. */
static void draw_events(const struct facts *facts, const struct timeline_options *options, struct text *text)
{
    size_t told = 0, at = 0;
    for (size_t i = 0; i < facts->event_count; i++)
        told += options->all || facts_is_news(facts, &facts->events[i]);
    size_t cut = options->all || told <= EVENTS_SHOWN ? 0 : told - EVENTS_SHOWN, head = EVENTS_SHOWN / 3;
    for (size_t i = 0; i < facts->event_count; i++) {
        if (!options->all && !facts_is_news(facts, &facts->events[i]))
            continue;
        if (cut && at == head)
            paint_printf(&options->paint, text, INK_DIM, "%s %zu more events: --all shows them\n",
                options->paint.ascii ? "..." : "…", cut);
        if (!cut || at < head || at >= head + cut)
            draw_event(facts, options, &facts->events[i], text);
        at++;
    }
}

void timeline_draw(const struct facts *facts, const struct timeline_options *options, struct text *text)
{
    size_t width = options->width < MIN_WIDTH ? MIN_WIDTH : options->width;
    story_heading(facts, &options->paint, text);
    story_tell(facts, &options->paint, width, text);
    text_putc(text, '\n');
    gantt_draw(facts, options, text);
    text_putc(text, '\n');
    draw_events(facts, options, text);
}
