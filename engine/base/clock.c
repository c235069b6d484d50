#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t now_us(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_wall_us(void)
{
    return now_us(CLOCK_REALTIME);
}

int64_t clock_mono_us(void)
{
    return now_us(CLOCK_BOOTTIME);
}

static void split(int64_t wall_us, time_t *ret_seconds, int64_t *ret_us)
{
    int64_t us = wall_us % 1000000;

    *ret_us = us < 0 ? us + 1000000 : us;
    *ret_seconds = (time_t)((wall_us - *ret_us) / 1000000);
}

const char *instant_utc(int64_t wall_us, char ret[INSTANT_TEXT_SIZE])
{
    time_t seconds;
    int64_t us;
    struct tm tm;
    size_t len;

    split(wall_us, &seconds, &us);
    gmtime_r(&seconds, &tm);
    len = strftime(ret, INSTANT_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
    if (us % 1000)
        len += (size_t)snprintf(ret + len, INSTANT_TEXT_SIZE - len, ".%06" PRId64, us);
    else if (us)
        len += (size_t)snprintf(ret + len, INSTANT_TEXT_SIZE - len, ".%03" PRId64, us / 1000);
    snprintf(ret + len, INSTANT_TEXT_SIZE - len, "Z");
    return ret;
}

const char *instant_local(int64_t wall_us, bool with_date, char ret[INSTANT_TEXT_SIZE])
{
    time_t seconds;
    int64_t us;
    struct tm tm;

    split(wall_us, &seconds, &us);
    localtime_r(&seconds, &tm);
    strftime(ret, INSTANT_TEXT_SIZE, with_date ? "%Y-%m-%d %H:%M:%S" : "%H:%M:%S", &tm);
    return ret;
}

int instant_offset_s(int64_t wall_us)
{
    time_t seconds;
    int64_t us;
    struct tm tm;

    split(wall_us, &seconds, &us);
    localtime_r(&seconds, &tm);
    return (int)tm.tm_gmtoff;
}

/* ".123456789" -> microseconds; digits after the sixth are dropped. */
static const char *fraction(const char *at, int64_t *ret_us)
{
    int64_t scale = 100000;

    *ret_us = 0;
    if (*at != '.')
        return at;
    for (at++; *at >= '0' && *at <= '9'; at++, scale /= 10)
        *ret_us += scale * (*at - '0');
    return at;
}

/* "Z" or "+01:00" -> seconds east of UTC; NULL when there is neither. */
static const char *offset(const char *at, int64_t *ret_seconds)
{
    unsigned hours, minutes;
    int used = 0;

    *ret_seconds = 0;
    if (*at == 'Z' || *at == 'z')
        return at + 1;
    if ((*at != '+' && *at != '-') || sscanf(at + 1, "%2u:%2u%n", &hours, &minutes, &used) != 2 ||
        used != 5 || hours > 23 || minutes > 59)
        return NULL;
    *ret_seconds = (int64_t)(hours * 3600 + minutes * 60) * (*at == '-' ? -1 : 1);
    return at + 1 + used;
}

int instant_parse(const char *text, int64_t *ret_us, struct err *err)
{
    struct tm tm = {0}, check;
    int64_t us, east;
    const char *rest;
    time_t seconds;
    int used = 0;

    if (sscanf(text, "%4d-%2d-%2d%*1[Tt ]%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
            &tm.tm_min, &tm.tm_sec, &used) != 6 ||
        used != 19)
        return err_set(
            err, ERR_INVALID, "\"%.40s\" is not an instant; write 2026-11-21T09:30:00Z or …+01:00", text);
    rest = fraction(text + used, &us);
    rest = offset(rest, &east);
    if (!rest || *rest)
        return err_set(err, ERR_INVALID, "\"%.40s\" has no offset from UTC; write …Z or …+01:00", text);
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    check = tm;
    seconds = timegm(&check);
    if (check.tm_mday != tm.tm_mday || check.tm_mon != tm.tm_mon || check.tm_hour != tm.tm_hour ||
        check.tm_min != tm.tm_min || (check.tm_sec != tm.tm_sec && tm.tm_sec != 60))
        return err_set(err, ERR_INVALID, "\"%.40s\" is no day or time that exists", text);
    *ret_us = ((int64_t)seconds - east) * 1000000 + us;
    return 0;
}
