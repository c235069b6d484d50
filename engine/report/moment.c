#include "report/moment.h"

#include "base/clock.h"
#include "base/duration.h"

#include <stdio.h>
#include <string.h>

const char *moment_relative(const struct facts *facts, int64_t mono_us, char ret[MOMENT_TEXT_SIZE])
{
    long long s = mono_us / 1000000, whole = facts->end_us / 1000000;
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

const char *moment_took(int64_t from_us, int64_t to_us, char ret[MOMENT_TEXT_SIZE])
{
    char buffer[DURATION_TEXT_SIZE];
    snprintf(ret, MOMENT_TEXT_SIZE, "%s", duration_short((to_us - from_us) / 1000, buffer));
    return ret;
}
