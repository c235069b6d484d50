#include "base/duration.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct unit {
    const char *name;
    int64_t ms;
} units[] = {
    {"w", 604800000},
    {"d", 86400000},
    {"h", 3600000},
    {"m", 60000},
    {"s", 1000},
    {"ms", 1},
};

enum { UNIT_COUNT = sizeof(units) / sizeof(units[0]) };

#define DURATION_MAX_MS (INT64_C(100) * 365 * 86400000)

static int find_unit(const char *text, size_t len)
{
    for (int i = 0; i < UNIT_COUNT; i++)
        if (strlen(units[i].name) == len && memcmp(units[i].name, text, len) == 0)
            return i;
    return -1;
}

/* The digits at `*at`; -1 when there are none or too many. */
static int64_t number(const char **at)
{
    const char *start = *at;
    int64_t value = 0;

    for (; **at >= '0' && **at <= '9'; ++*at) {
        if (value > DURATION_MAX_MS)
            return -1;
        value = value * 10 + (**at - '0');
    }
    return *at == start ? -1 : value;
}

int duration_parse(const char *text, int64_t *ret_ms, struct err *err)
{
    const char *at = text;
    int64_t total = 0;
    int last = -1;

    while (*at || at == text) {
        int64_t value = number(&at);
        size_t len = strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
        int unit = find_unit(at, len);

        if (value < 0)
            return err_set(err, ERR_INVALID,
                "\"%.40s\" is not a duration; write 500ms, 90s, 15m, 1h30m, 2d or 1w", text);
        if (len == 0)
            return err_set(err, ERR_INVALID, "%" PRId64 " has no unit; write %" PRId64 "s or %" PRId64 "m",
                value, value, value);
        if (unit < 0)
            return err_set(err, ERR_INVALID, "\"%.*s\" is not a unit of time; use ms, s, m, h, d or w",
                len > 20 ? 20 : (int)len, at);
        if (unit <= last)
            return err_set(
                err, ERR_INVALID, "\"%.40s\": units go from large to small, each once (1h30m)", text);
        if (value > DURATION_MAX_MS / units[unit].ms || (total += value * units[unit].ms) > DURATION_MAX_MS)
            return err_set(err, ERR_LIMIT, "\"%.40s\" is longer than 100 years", text);
        last = unit;
        at += len;
    }
    *ret_ms = total;
    return 0;
}

/* At most `parts` units, from the largest that fits. */
static const char *in_units(int64_t ms, int parts, char ret[DURATION_TEXT_SIZE])
{
    size_t len = 0;

    ret[0] = '\0';
    for (int i = 0; i < UNIT_COUNT && parts > 0; i++) {
        int64_t count = ms / units[i].ms;

        if (!count && !len)
            continue;
        if (count)
            len +=
                (size_t)snprintf(ret + len, DURATION_TEXT_SIZE - len, "%" PRId64 "%s", count, units[i].name);
        ms %= units[i].ms;
        parts--;
    }
    if (!len)
        snprintf(ret, DURATION_TEXT_SIZE, "0s");
    return ret;
}

const char *duration_exact(int64_t ms, char ret[DURATION_TEXT_SIZE])
{
    return in_units(ms, UNIT_COUNT, ret);
}

const char *duration_short(int64_t ms, char ret[DURATION_TEXT_SIZE])
{
    if (ms < 0) {
        ret[0] = '-';
        char rest[DURATION_TEXT_SIZE];

        snprintf(
            ret + 1, DURATION_TEXT_SIZE - 1, "%s", duration_short(ms == INT64_MIN ? INT64_MAX : -ms, rest));
        return ret;
    }
    if (ms == 0)
        return in_units(0, 1, ret);
    if (ms < 1000)
        snprintf(ret, DURATION_TEXT_SIZE, "%" PRId64 "ms", ms);
    else if (ms < 10000)
        snprintf(ret, DURATION_TEXT_SIZE, "%" PRId64 ".%" PRId64 "s", ms / 1000, ms % 1000 / 100);
    else
        in_units(ms - ms % 1000, 2, ret);
    return ret;
}
