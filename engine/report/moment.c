#include "report/moment.h"

#include "base/clock.h"
#include "base/duration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *moment_relative(const struct facts *facts, int64_t mono_us, char ret[MOMENT_TEXT_SIZE])
{
    long long s = mono_us / 1000000;
    long long whole = (mono_us > facts->end_us ? mono_us : facts->end_us) / 1000000;
    if (whole < 10)
        snprintf(ret, MOMENT_TEXT_SIZE, "+%lld.%03llds", s, (long long)(mono_us % 1000000 / 1000));
    else if (whole < 60)
        snprintf(ret, MOMENT_TEXT_SIZE, "+%lld.%llds", s, (long long)(mono_us % 1000000 / 100000));
    else if (whole < 3600)
        snprintf(ret, MOMENT_TEXT_SIZE, "+%02lld:%02lld", s / 60, s % 60);
    else if (whole < 86400)
        snprintf(ret, MOMENT_TEXT_SIZE, "+%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
    else
        snprintf(ret, MOMENT_TEXT_SIZE, "+%lldd %02lld:%02lld", s / 86400, s / 3600 % 24, s / 60 % 60);
    return ret;
}

bool moment_crosses_midnight(const struct facts *facts)
{
    char from[INSTANT_TEXT_SIZE], to[INSTANT_TEXT_SIZE];
    instant_local(facts->start_wall_us, true, from);
    instant_local(facts->start_wall_us + facts->end_us, true, to);
    return strncmp(from, to, strlen("2026-11-21")) != 0;
}

const char *moment_wall(const struct facts *facts, int64_t mono_us, char ret[MOMENT_TEXT_SIZE])
{
    char buffer[INSTANT_TEXT_SIZE];
    bool with_date = moment_crosses_midnight(facts);
    instant_local(facts->start_wall_us + mono_us, with_date, buffer);
    if (with_date) /* "11-21 09:34" */
        snprintf(ret, MOMENT_TEXT_SIZE, "%.11s", buffer + strlen("2026-"));
    else
        snprintf(ret, MOMENT_TEXT_SIZE, "%s", buffer);
    return ret;
}

const char *moment_zone(const struct facts *facts, char ret[MOMENT_TEXT_SIZE])
{
    int minutes = instant_offset_s(facts->start_wall_us) / 60;
    snprintf(ret, MOMENT_TEXT_SIZE, "UTC%c%02d:%02d", minutes < 0 ? '-' : '+', abs(minutes) / 60,
        abs(minutes) % 60);
    return ret;
}

const char *moment_took(int64_t from_us, int64_t to_us, char ret[MOMENT_TEXT_SIZE])
{
    char buffer[DURATION_TEXT_SIZE];
    snprintf(ret, MOMENT_TEXT_SIZE, "%s", duration_short((to_us - from_us) / 1000, buffer));
    return ret;
}

int64_t moment_step(double least_us)
{
    static const int64_t ms = 1000, s = 1000000;
    static const struct {
        int64_t unit, count;
    } steps[] = {{ms, 1}, {ms, 2}, {ms, 5}, {ms, 10}, {ms, 20}, {ms, 50}, {ms, 100}, {ms, 200}, {ms, 500},
        {s, 1}, {s, 2}, {s, 5}, {s, 10}, {s, 15}, {s, 30}, {s, 60}, {s, 120}, {s, 300}, {s, 600}, {s, 900},
        {s, 1800}, {s, 3600}, {s, 7200}, {s, 10800}, {s, 21600}, {s, 43200}, {s, 86400}, {s, 172800},
        {s, 604800}, {s, 1209600}, {s, 2592000}, {s, 7776000}, {s, 31536000}};
    size_t i = 0;
    while (i + 1 < sizeof steps / sizeof *steps && (double)(steps[i].unit * steps[i].count) < least_us)
        i++;
    return steps[i].unit * steps[i].count;
}
