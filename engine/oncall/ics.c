#include "oncall/ics.h"
#include "oncall/ical.h"

#include <string.h>
#include <strings.h>

static const int64_t first_s = 1577836800, last_s = 2524608000; /* 2020 and 2050 */

enum { SPANS_MAX = 100000 };

struct reading {
    struct ical ical;
    const struct source *source;
    const struct zone *zone;
    struct diags *diags;
    struct spans *spans;
    const char *at;   /* what libical has not had yet */
    uint32_t line;    /* how many lines it has had */
    uint32_t *events; /* the line each event begins in */
    size_t event_count, event_cap;
    bool has_bad_line;
    int64_t days;     /* of an event of whole days */
    bool is_floating; /* the event's times have no zone */
};

void spans_add(struct spans *spans, struct span span)
{
    spans->items = mem_grow(spans->items, spans->len, &spans->cap, sizeof(*spans->items));
    spans->items[spans->len++] = span;
}

static struct diag *complain(struct reading *reading, uint32_t line, const char *text)
{
    return diag_error(reading->diags, (struct pos){reading->source, line, 1, 0}, "ics", "%s", text);
}

/* --- lines --- */

/* As fgets does. */
static char *next_bytes(char *into, size_t size, void *context)
{
    struct reading *reading = context;
    size_t len = 0;

    if (!*reading->at)
        return NULL;
    while (reading->at[len] && len + 1 < size && (len == 0 || reading->at[len - 1] != '\n'))
        len++;
    memcpy(into, reading->at, len);
    into[len] = '\0';
    reading->at += len;
    reading->line += into[len - 1] == '\n' || !*reading->at;
    return into;
}

static void note_event(struct reading *reading, const char *text, uint32_t line)
{
    if (strncmp(text, "BEGIN:VEVENT", 12) != 0)
        return;
    reading->events =
        mem_grow(reading->events, reading->event_count, &reading->event_cap, sizeof(*reading->events));
    reading->events[reading->event_count++] = line;
}

/* The parser reads one line ahead, to see whether this one goes on. */
static icalcomponent *parse(struct reading *reading, icalparser *parser)
{
    const struct ical *ical = &reading->ical;
    icalcomponent *root = NULL;

    ical->icalparser_set_gen_data(parser, reading);
    for (;;) {
        uint32_t line = reading->line ? reading->line : 1;
        char *text = ical->icalparser_get_line(parser, next_bytes);
        icalcomponent *done;

        if (!text)
            return root;
        done = ical->icalparser_add_line(parser, text);
        if (*text && ical->icalparser_get_state(parser) == ICALPARSER_ERROR)
            reading->has_bad_line = complain(reading, line, "this line is not iCalendar");
        note_event(reading, text, line);
        ical->icalmemory_free_buffer(text);
        if (done && !root)
            root = done;
        else if (done)
            ical->icalcomponent_free(done);
    }
}

/* --- events --- */

static void take_recurrence(icalcomponent *event, struct icaltime_span *span, void *context)
{
    struct reading *reading = context;
    const struct zone *zone = reading->zone;
    struct span taken = {span->start, span->end};

    (void)event;
    if (reading->days) {
        int64_t day = day_of(span->start);

        taken = (struct span){
            zone_instant(zone, day * DAY_SECONDS), zone_instant(zone, (day + reading->days) * DAY_SECONDS)};
    } else if (reading->is_floating) {
        taken = (struct span){zone_instant(zone, span->start), zone_instant(zone, span->end)};
    }
    if (taken.from_s < taken.until_s && reading->spans->len < SPANS_MAX)
        spans_add(reading->spans, taken);
}

/* Libical cannot be told to stop: no rule may bring a time more than once a day. */
static bool is_too_often(const struct reading *reading, icalcomponent *event)
{
    icalproperty *property = reading->ical.icalcomponent_get_first_property(event, ICAL_RRULE_PROPERTY);
    struct icalrecurrencetype rule;

    if (!property)
        return false;
    rule = reading->ical.icalproperty_get_rrule(property);
    return rule.freq < ICAL_DAILY_RECURRENCE || rule.by_hour[0] != ICAL_RECURRENCE_ARRAY_MAX ||
           rule.by_minute[0] != ICAL_RECURRENCE_ARRAY_MAX || rule.by_second[0] != ICAL_RECURRENCE_ARRAY_MAX;
}

static bool is_time(const struct icaltimetype *time)
{
    return time->year > 0 && time->month >= 1 && time->month <= 12 && time->day >= 1 && time->day <= 31 &&
           time->hour <= 24 && time->minute <= 59 && time->second <= 60;
}

static void read_event(struct reading *reading, icalcomponent *event, uint32_t line)
{
    const struct ical *ical = &reading->ical;
    struct icaltimetype begin = ical->icalcomponent_get_dtstart(event);
    struct icaltimetype end = ical->icalcomponent_get_dtend(event);
    icaltimezone *utc = NULL;

    if (!is_time(&begin)) {
        complain(reading, line, "the event that begins here has no DTSTART that is a date or a time");
        return;
    }
    if (ical->icalcomponent_count_errors(event)) {
        if (!reading->has_bad_line)
            complain(reading, line, "the event that begins here has a line that cannot be read");
        return;
    }
    if (is_too_often(reading, event)) {
        complain(reading, line, "the event that begins here comes back more than once a day");
        return;
    }
    if (ical->icalcomponent_get_status(event) == ICAL_STATUS_CANCELLED)
        return;
    reading->days = 0;
    if (begin.is_date)
        reading->days = day_of(ical->icaltime_as_timet(end)) - day_of(ical->icaltime_as_timet(begin));
    if (begin.is_date && reading->days < 1)
        reading->days = 1;
    reading->is_floating = !begin.zone && !begin.is_date;
    ical->icalcomponent_foreach_recurrence(event, ical->icaltime_from_timet_with_zone(first_s, 0, utc),
        ical->icaltime_from_timet_with_zone(last_s, 0, utc), take_recurrence, reading);
}

static void read_events(struct reading *reading, icalcomponent *root)
{
    const struct ical *ical = &reading->ical;
    icalcomponent *event = ical->icalcomponent_get_first_component(root, ICAL_VEVENT_COMPONENT);

    for (size_t i = 0; event && reading->spans->len < SPANS_MAX; i++) {
        read_event(reading, event, i < reading->event_count ? reading->events[i] : 1);
        event = ical->icalcomponent_get_next_component(root, ICAL_VEVENT_COMPONENT);
    }
    if (reading->spans->len >= SPANS_MAX)
        complain(reading, 1, "the file has more than 100000 times");
}

static void read_text(struct reading *reading)
{
    const struct ical *ical = &reading->ical;
    icalparser *parser = ical->icalparser_new();
    icalcomponent *root = parse(reading, parser);
    icalcomponent *rest = ical->icalparser_clean(parser); /* stays the parser's */

    if (rest)
        complain(reading, reading->line, "the file ends within a component: an END line is missing");
    else if (root)
        read_events(reading, root);
    if (root)
        ical->icalcomponent_free(root);
    ical->icalparser_free(parser);
}

void ics_read(const struct source *source, const struct zone *zone, struct pos pos, struct spans *spans,
    struct diags *diags)
{
    struct reading reading = {
        .source = source, .zone = zone, .diags = diags, .spans = spans, .at = source->text};
    struct err err;

    if (strncasecmp(source->text, "BEGIN:VCALENDAR", 15) != 0)
        diag_hint(diags, complain(&reading, 1, "this is no iCalendar file"),
            "it begins with BEGIN:VCALENDAR and ends with END:VCALENDAR");
    else if (ical_open(&reading.ical, &err) < 0)
        diag_error(diags, pos, "ics", "%s", err.text);
    else
        read_text(&reading);
    free(reading.events);
}
