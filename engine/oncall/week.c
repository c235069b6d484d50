#include "oncall/week.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { EVERY_DAY = 0x7f, DAYS_SEEN = 9 };

static const char *const day_names[] = {
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};

/* --- reading --- */

/* "Mon" or "Monday", however it is written; -1: neither. */
static int parse_day(const char *text, size_t len)
{
    for (int day = 0; day < 7; day++)
        if ((len == 3 || len == strlen(day_names[day])) && strncasecmp(text, day_names[day], len) == 0)
            return day;
    return -1;
}

static int no_day(const char *text, size_t len, struct err *err)
{
    return err_set(err, ERR_INVALID,
        "\"%.*s\" is no day of the week; they are Mon, Tue, Wed, Thu, Fri, Sat, Sun", (int)len, text);
}

/* "Mon" or "Mon-Fri". */
static int parse_days_part(const char *text, size_t len, unsigned *days, struct err *err)
{
    const char *dash = memchr(text, '-', len);
    size_t first_len = dash ? (size_t)(dash - text) : len;
    int first = parse_day(text, first_len);
    int last = dash ? parse_day(dash + 1, len - first_len - 1) : first;

    if (first < 0)
        return no_day(text, first_len, err);
    if (last < 0)
        return no_day(dash + 1, len - first_len - 1, err);
    for (int day = first; *days |= 1U << day, day != last; day = (day + 1) % 7)
        continue;
    return 0;
}

int week_parse_days(const char *text, size_t len, unsigned *ret_days, struct err *err)
{
    const char *end = text + len;
    int rc = 0;

    *ret_days = 0;
    for (;;) {
        const char *comma = memchr(text, ',', (size_t)(end - text));
        const char *stop = comma ? comma : end;

        while (text < stop && *text == ' ')
            text++;
        rc = parse_days_part(text, (size_t)(stop - text), ret_days, err);
        if (rc < 0 || !comma)
            return rc;
        text = comma + 1;
    }
}

bool week_parse_time(const char *text, size_t len, int64_t *ret_s)
{
    int hour, minute;

    if (len != 5 || text[2] != ':' || !isdigit((unsigned char)text[0]) || !isdigit((unsigned char)text[1]) ||
        !isdigit((unsigned char)text[3]) || !isdigit((unsigned char)text[4]))
        return false;
    hour = (text[0] - '0') * 10 + text[1] - '0';
    minute = (text[3] - '0') * 10 + text[4] - '0';
    *ret_s = hour * 3600 + minute * 60;
    return minute < 60 && *ret_s <= DAY_SECONDS;
}

int week_parse_hours(const char *text, struct stretch *stretch, struct err *err)
{
    const char *dash = strchr(text, '-');

    if (!dash || !week_parse_time(text, (size_t)(dash - text), &stretch->from_s) ||
        !week_parse_time(dash + 1, strlen(dash + 1), &stretch->end_s) || stretch->from_s == DAY_SECONDS)
        return err_set(err, ERR_INVALID, "\"%s\" are no hours; write them as 09:00-17:00", text);
    if (stretch->from_s == stretch->end_s)
        return err_set(err, ERR_INVALID, "\"%s\" begins when it ends; the whole day is 00:00-24:00", text);
    if (stretch->end_s < stretch->from_s)
        stretch->end_s += DAY_SECONDS;
    return 0;
}

int week_parse(const char *text, struct stretch *stretch, struct err *err)
{
    const char *space = strrchr(text, ' ');
    const char *hours = space && isdigit((unsigned char)space[1]) ? space + 1
                        : isdigit((unsigned char)*text)           ? text
                                                                  : NULL;

    *stretch = (struct stretch){.days = EVERY_DAY, .end_s = DAY_SECONDS};
    if (hours != text) {
        size_t len = hours ? (size_t)(space - text) : strlen(text);
        int rc = week_parse_days(text, len, &stretch->days, err);

        if (rc < 0)
            return rc;
    }
    return hours ? week_parse_hours(hours, stretch, err) : 0;
}

/* --- asking --- */

static bool is_on(const struct stretch *stretch, int64_t day)
{
    return stretch->days >> weekday_of(day) & 1;
}

static struct span span_of(const struct stretch *stretch, const struct zone *zone, int64_t day)
{
    return (struct span){
        .from_s = zone_instant(zone, day * DAY_SECONDS + stretch->from_s),
        .until_s = zone_instant(zone, day * DAY_SECONDS + stretch->end_s),
    };
}

/* Take the span in where it is earlier than what was found, or goes on from it. */
static void take_in(struct span *found, bool *has_found, const struct span *span)
{
    if (!*has_found || span->until_s < found->from_s) {
        *found = *span;
        *has_found = true;
        return;
    }
    if (span->from_s > found->until_s)
        return;
    if (span->from_s < found->from_s)
        found->from_s = span->from_s;
    if (span->until_s > found->until_s)
        found->until_s = span->until_s;
}

bool week_next(const struct week *week, const struct zone *zone, int64_t after_s, struct span *ret_span)
{
    int64_t today = day_of(zone_local(zone, after_s));
    bool has_found = false;

    for (int64_t day = today - 1; day < today + DAYS_SEEN; day++) {
        for (size_t i = 0; i < week->len; i++) {
            struct span span = span_of(&week->items[i], zone, day);

            if (is_on(&week->items[i], day) && span.until_s > after_s && span.from_s < span.until_s)
                take_in(ret_span, &has_found, &span);
        }
    }
    return has_found;
}
