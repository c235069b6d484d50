#include "oncall/turns.h"

#include <string.h>

static const int64_t us = 1000000;
static const int64_t far_s = (int64_t)731 * DAY_SECONDS;

static int64_t turn_begin(const struct turns *turns, int64_t turn)
{
    return zone_instant(turns->zone, turns->anchor_s + turn * turns->every_s);
}

/* Turns follow the clocks of the zone: a handoff at 09:00 is at 09:00 in summer and in winter. */
static int64_t turn_at(const struct turns *turns, int64_t at_s)
{
    int64_t since = zone_local(turns->zone, at_s) - turns->anchor_s;
    int64_t turn = since / turns->every_s - (since % turns->every_s < 0);

    while (turn_begin(turns, turn) > at_s)
        turn--;
    while (turn_begin(turns, turn + 1) <= at_s)
        turn++;
    return turn;
}

static int64_t min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Whose turn it is, whatever the hours. */
static void turn_duty(
    const struct rotation *rotation, int64_t at_s, const char **ret_member, int64_t *until_s)
{
    const struct turns *turns = rotation->turns;
    int64_t count = (int64_t)rotation->members.len, turn;

    *ret_member = count ? rotation->members.items[0] : NULL;
    if (!turns->every_s || !count)
        return;
    turn = turn_at(turns, at_s);
    *ret_member = rotation->members.items[(turn % count + count) % count];
    *until_s = min(*until_s, turn_begin(turns, turn + 1));
}

/* Who stands in is on call outside the hours, too. */
static bool find_stand_in(const struct turns *turns, int64_t at_s, struct duty *duty, int64_t *until_s)
{
    for (size_t i = 0; i < turns->stand_in_count; i++) {
        const struct stand_in *each = &turns->stand_ins[i];

        if (each->span.until_s <= at_s)
            continue;
        if (each->span.from_s > at_s) {
            *until_s = each->span.from_s;
            return false;
        }
        *duty = (struct duty){each->member, each->span.until_s * us, true};
        return true;
    }
    return false;
}

static int64_t seconds_of(int64_t at_us)
{
    return at_us >= 0 ? at_us / us : -((us - 1 - at_us) / us);
}

void turns_at(const struct rotation *rotation, int64_t at_us, struct duty *duty)
{
    const struct turns *turns = rotation->turns;
    int64_t at_s = seconds_of(at_us), until_s = INT64_MAX;
    struct span open;

    *duty = (struct duty){
        .member = rotation->members.len ? rotation->members.items[0] : NULL, .until_us = INT64_MAX};
    if (!turns || find_stand_in(turns, at_s, duty, &until_s))
        return;
    duty->member = NULL;
    if (!turns->hours) {
        turn_duty(rotation, at_s, &duty->member, &until_s);
    } else if (week_next(turns->hours, turns->zone, at_s, &open)) {
        until_s = min(until_s, open.from_s > at_s ? open.from_s : open.until_s);
        if (open.from_s <= at_s)
            turn_duty(rotation, at_s, &duty->member, &until_s);
    }
    duty->until_us = until_s == INT64_MAX ? INT64_MAX : until_s * us;
}

static bool is_same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool turns_next(const struct rotation *rotation, int64_t at_us, int64_t *ret_us, struct duty *duty)
{
    struct duty now;

    turns_at(rotation, at_us, &now);
    *duty = now;
    for (*ret_us = at_us; duty->until_us < at_us + far_s * us;) {
        *ret_us = duty->until_us;
        turns_at(rotation, *ret_us, duty);
        if (!is_same(duty->member, now.member))
            return true;
    }
    return false;
}
