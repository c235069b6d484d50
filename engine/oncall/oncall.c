#include "oncall/oncall.h"
#include "oncall/ics.h"

#include "base/clock.h"
#include "base/map.h"

#include <string.h>

enum { EVERY_DAY = 0x7f, WEEK_SECONDS = 7 * DAY_SECONDS };

struct preparing {
    struct arena *arena;
    struct diags *diags;
    const struct ics_reader *reader;
    struct map zones; /* each is read once */
};

static struct diag *wrong(struct preparing *p, struct pos pos, const char *name, const char *text)
{
    return diag_error(p->diags, pos, name, "%s", text);
}

/* UTC where none is written, and where there is no such: then that has been said. */
static const struct zone *zone_of(struct preparing *p, const struct placed *name)
{
    const char *text = name->text ? name->text : "UTC";
    const struct zone *zone = map_get(&p->zones, text);
    struct diag *diag;

    if (zone)
        return zone;
    zone = zone_read(p->arena, text);
    if (!zone) {
        diag = diag_error(p->diags, name->pos, "timezone", "there is no time zone \"%s\"", text);
        zone_suggest(p->diags, diag, text);
        return zone_of(p, &(struct placed){"UTC", name->pos});
    }
    map_put(&p->zones, text, (void *)zone);
    return zone;
}

static struct week *week_new(struct preparing *p, size_t len)
{
    struct week *week = arena_alloc(p->arena, sizeof(*week));

    week->items = arena_alloc(p->arena, (len ? len : 1) * sizeof(*week->items));
    return week;
}

/* --- rotations --- */

static const struct week *read_restrict(struct preparing *p, const struct strings *texts)
{
    struct week *week;
    struct err err;

    if (!texts->len)
        return NULL;
    week = week_new(p, texts->len);
    for (size_t i = 0; i < texts->len; i++) {
        if (week_parse(texts->items[i], &week->items[week->len], &err) == 0)
            week->len++;
        else
            diag_hint(p->diags, wrong(p, texts->pos[i], "restrict", err.text),
                "such as \"Mon-Fri 08:00-18:00\" or \"22:00-06:00\"");
    }
    return week;
}

static int by_time(const void *a, const void *b)
{
    const struct span *left = a, *right = b;

    return (left->from_s > right->from_s) - (left->from_s < right->from_s);
}

static bool read_instant(struct preparing *p, const struct placed *placed, int64_t *ret_s)
{
    struct err err;
    int64_t us;

    if (!placed->text)
        return false;
    if (instant_parse(placed->text, &us, &err) < 0) {
        wrong(p, placed->pos, "instant", err.text);
        return false;
    }
    *ret_s = us / 1000000;
    return true;
}

static bool read_override(struct preparing *p, const struct override *override, struct stand_in *ret)
{
    bool has_from = read_instant(p, &override->from, &ret->span.from_s);

    if (!read_instant(p, &override->until, &ret->span.until_s) || !has_from || !override->member.text)
        return false;
    ret->member = override->member.text;
    if (ret->span.from_s < ret->span.until_s)
        return true;
    diag_hint(p->diags, wrong(p, override->until.pos, "override", "the override ends before it begins"),
        "it begins at %s", override->from.text);
    return false;
}

/* Sorted: of two that overlap, the one that begins later is told of, wherever it stands. */
static void check_overlaps(
    struct preparing *p, const struct items *overrides, const struct stand_in *sorted, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct diag *diag;

        if (sorted[i].span.from_s >= sorted[i - 1].span.until_s)
            continue;
        for (size_t j = 0; j < overrides->len; j++) {
            const struct override *override = overrides->items[j];

            if (override->member.text != sorted[i].member)
                continue;
            diag = diag_error(p->diags, override->from.pos, "override", "%s stands in when %s does already",
                sorted[i].member, sorted[i - 1].member);
            diag_hint(p->diags, diag, "let one begin when the other ends: two cannot stand in at once");
        }
    }
}

static void read_overrides(struct preparing *p, const struct items *overrides, struct turns *turns)
{
    struct stand_in *list = arena_alloc(p->arena, (overrides->len + 1) * sizeof(*list));
    size_t count = 0;

    for (size_t i = 0; i < overrides->len; i++)
        count += read_override(p, overrides->items[i], &list[count]);
    qsort(list, count, sizeof(*list), by_time);
    check_overlaps(p, overrides, list, count);
    turns->stand_ins = list;
    turns->stand_in_count = count;
}

/* "Mon 09:00", "09:00" or "2026-03-02 09:00"; -1: none of them. */
static int read_handoff(const char *text, int64_t *ret_anchor_s, int64_t *ret_period_s)
{
    const char *space = strrchr(text, ' ');
    const char *clock = space ? space + 1 : text;
    char *day_text autofree = mem_strndup(text, space ? (size_t)(space - text) : 0);
    unsigned days = 0;
    int64_t day = 0, time_s;
    struct err err;

    if (!week_parse_time(clock, strlen(clock), &time_s) || time_s == DAY_SECONDS)
        return -1;
    *ret_period_s = DAY_SECONDS;
    if (space && day_parse(day_text, &day)) {
        *ret_period_s = 0;
    } else if (space) {
        if (strpbrk(day_text, "-,") || week_parse_days(day_text, strlen(day_text), &days, &err) < 0)
            return -1;
        while (!(days >> weekday_of(day) & 1))
            day++;
        *ret_period_s = WEEK_SECONDS;
    }
    *ret_anchor_s = day * DAY_SECONDS + time_s;
    return 0;
}

static bool fits(int64_t every_s, int64_t period_s)
{
    if (!period_s || every_s % period_s == 0)
        return true;
    return period_s == DAY_SECONDS && DAY_SECONDS % every_s == 0;
}

static void read_turns(struct preparing *p, const struct rotation *rotation, struct turns *turns)
{
    const struct placed *handoff = &rotation->handoff;
    int64_t period_s = 0;

    turns->every_s = rotation->every.given ? rotation->every.value / 1000 : 0;
    if (rotation->every.given && (rotation->every.expr || turns->every_s < 60)) {
        diag_hint(p->diags,
            wrong(p, rotation->pos, "rotation", "the length of a turn must be at least a minute"),
            "write every: 1w, or 12h");
        turns->every_s = 0;
        return;
    }
    if (handoff->text && read_handoff(handoff->text, &turns->anchor_s, &period_s) < 0) {
        diag_hint(p->diags,
            diag_error(
                p->diags, handoff->pos, "handoff", "\"%s\" is no time at which turns change", handoff->text),
            "such as \"Mon 09:00\", \"09:00\", or \"2026-03-02 09:00\" for the first turn of all");
        return;
    }
    if (!handoff->text && turns->every_s % WEEK_SECONDS == 0)
        turns->anchor_s = (int64_t)4 * DAY_SECONDS; /* a Monday */
    if (handoff->text && !turns->every_s)
        turns->every_s = period_s ? period_s : WEEK_SECONDS;
    if (fits(turns->every_s, period_s))
        return;
    diag_hint(p->diags,
        diag_error(p->diags, handoff->pos, "handoff",
            "turns of this length do not change at \"%s\" each time", handoff->text),
        "give the instant of the first one: \"2026-03-02 09:00\"");
}

static void prepare_rotation(struct preparing *p, struct rotation *rotation)
{
    struct turns *turns = arena_alloc(p->arena, sizeof(*turns));

    turns->zone = zone_of(p, &rotation->timezone);
    turns->hours = read_restrict(p, &rotation->restrict_);
    read_turns(p, rotation, turns);
    read_overrides(p, &rotation->overrides, turns);
    rotation->turns = turns;
}

/* --- calendars --- */

static unsigned read_days(struct preparing *p, const struct strings *texts)
{
    unsigned all = texts->len ? 0 : EVERY_DAY, days;
    struct err err;

    for (size_t i = 0; i < texts->len; i++) {
        if (week_parse_days(texts->items[i], strlen(texts->items[i]), &days, &err) < 0)
            diag_hint(p->diags, wrong(p, texts->pos[i], "days", err.text), "such as Mon-Fri, or \"Mon,Wed\"");
        else
            all |= days;
    }
    return all;
}

static const struct week *read_week(struct preparing *p, const struct calendar *calendar)
{
    unsigned days = read_days(p, &calendar->days);
    struct week *week = week_new(p, calendar->hours.len);
    struct err err;

    if (!calendar->hours.len)
        week->items[week->len++] = (struct stretch){days, 0, DAY_SECONDS};
    for (size_t i = 0; i < calendar->hours.len; i++) {
        struct stretch *stretch = &week->items[week->len];

        stretch->days = days;
        if (week_parse_hours(calendar->hours.items[i], stretch, &err) < 0)
            wrong(p, calendar->hours.pos[i], "hours", err.text);
        else
            week->len++;
    }
    return week;
}

static void read_holidays(
    struct preparing *p, const struct strings *dates, const struct zone *zone, struct spans *closed)
{
    int64_t day;

    for (size_t i = 0; i < dates->len; i++) {
        if (day_parse(dates->items[i], &day))
            spans_add(closed, (struct span){zone_instant(zone, day * DAY_SECONDS),
                                  zone_instant(zone, (day + 1) * DAY_SECONDS)});
        else
            diag_hint(p->diags,
                diag_error(p->diags, dates->pos[i], "holiday", "\"%s\" is no date", dates->items[i]),
                "such as 2026-12-25");
    }
}

/* In order, and those that touch put together. */
static void keep_closed(struct preparing *p, struct spans *closed, struct opening *opening)
{
    struct span *kept = arena_alloc(p->arena, (closed->len + 1) * sizeof(*kept));
    size_t count = 0;

    if (closed->len)
        qsort(closed->items, closed->len, sizeof(*closed->items), by_time);
    for (size_t i = 0; i < closed->len; i++) {
        if (!count || closed->items[i].from_s > kept[count - 1].until_s)
            kept[count++] = closed->items[i];
        else if (closed->items[i].until_s > kept[count - 1].until_s)
            kept[count - 1].until_s = closed->items[i].until_s;
    }
    opening->closed = kept;
    opening->closed_count = count;
}

static void prepare_calendar(struct preparing *p, struct calendar *calendar)
{
    struct opening *opening = arena_alloc(p->arena, sizeof(*opening));
    const struct source *source;
    struct spans closed = {0};

    opening->zone = zone_of(p, &calendar->timezone);
    opening->week = read_week(p, calendar);
    read_holidays(p, &calendar->holidays, opening->zone, &closed);
    source = calendar->ics.text ? p->reader->read(p->reader->context, &calendar->ics) : NULL;
    if (source)
        ics_read(source, opening->zone, calendar->ics.pos, &closed, p->diags);
    keep_closed(p, &closed, opening);
    free(closed.items);
    calendar->opening = opening;
}

void oncall_prepare(
    struct people *people, const struct ics_reader *reader, struct arena *arena, struct diags *diags)
{
    struct preparing p = {.arena = arena, .diags = diags, .reader = reader};

    for (size_t i = 0; i < people->rotations.len; i++)
        prepare_rotation(&p, people->rotations.items[i]);
    for (size_t i = 0; i < people->calendars.len; i++)
        prepare_calendar(&p, people->calendars.items[i]);
    map_fini(&p.zones);
}
