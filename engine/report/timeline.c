#include "report/timeline.h"

#include "report/gantt.h"
#include "report/moment.h"
#include "report/story.h"

#include <stdio.h>
#include <string.h>

enum { EVENTS_SHOWN = 120, MIN_WIDTH = 40 };

enum ink timeline_ink(const struct fact_event *event)
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
        [EVENT_ESCALATION_SNOOZED] = INK_GOOD,
        [EVENT_ESCALATION_HURRIED] = INK_WARN,
        [EVENT_ESCALATION_OVERDUE] = INK_BAD,
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
    paint_puts(&options->paint, text, timeline_ink(event), text_str(&words));
    text_putc(text, '\n');
}

/* Which events are told. A long story keeps what went wrong and what people did, its beginning and its end.
 */
struct choice {
    const struct facts *facts;
    bool *told;
    size_t left; /* how many more may be chosen */
};

static void choose(struct choice *choice, size_t from, size_t to, bool only_important, size_t most)
{
    for (size_t i = from; i < to && most && choice->left; i++) {
        const struct fact_event *event = &choice->facts->events[i];
        if (choice->told[i] || !facts_is_news(choice->facts, event))
            continue;
        if (only_important && timeline_ink(event) == INK_PLAIN)
            continue;
        choice->told[i] = true;
        choice->left--;
        most--;
    }
}

static bool *choose_events(const struct facts *facts, bool all)
{
    size_t n = facts->event_count, news = 0;
    struct choice choice = {.facts = facts, .told = mem_alloc(n + 1), .left = EVENTS_SHOWN};
    if (all) {
        memset(choice.told, true, n);
        return choice.told;
    }
    for (size_t i = 0; i < n; i++)
        news += facts_is_news(facts, &facts->events[i]);
    if (news > EVENTS_SHOWN) {
        choose(&choice, n > EVENTS_SHOWN / 3 ? n - EVENTS_SHOWN / 3 : 0, n, false, EVENTS_SHOWN / 3);
        choose(&choice, 0, n, true, EVENTS_SHOWN / 3);
    }
    choose(&choice, 0, n, false, EVENTS_SHOWN);
    return choice.told;
}

static void draw_gap(const struct timeline_options *options, size_t count, struct text *text)
{
    if (count)
        paint_printf(&options->paint, text, INK_DIM, "%s %zu more event%s: --all shows all\n",
            options->paint.ascii ? "..." : "…", count, count == 1 ? "" : "s");
}

static void draw_events(const struct facts *facts, const struct timeline_options *options, struct text *text)
{
    autofree bool *told = choose_events(facts, options->all);
    size_t gap = 0;
    for (size_t i = 0; i < facts->event_count; i++) {
        if (told[i]) {
            draw_gap(options, gap, text);
            draw_event(facts, options, &facts->events[i], text);
            gap = 0;
        } else if (facts_is_news(facts, &facts->events[i])) {
            gap++;
        }
    }
    draw_gap(options, gap, text);
}

void timeline_draw(const struct facts *facts, const struct timeline_options *options, struct text *text)
{
    size_t width = options->width < MIN_WIDTH ? MIN_WIDTH : options->width;
    story_heading(facts, &options->paint, width, text);
    story_tell(facts, &options->paint, width, text);
    text_putc(text, '\n');
    gantt_draw(facts, options, text);
    text_putc(text, '\n');
    draw_events(facts, options, text);
}
