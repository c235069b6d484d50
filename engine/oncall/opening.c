#include "oncall/opening.h"

static const int64_t us = 1000000;
static const int64_t far_us = (int64_t)3653 * DAY_SECONDS * 1000000;

/* The first of the closed times that ends after the instant; `closed_count` when there is none. */
static size_t first_closed(const struct opening *opening, int64_t at_s)
{
    size_t low = 0, high = opening->closed_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (opening->closed[middle].until_s <= at_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The first working time that ends after the instant, cut off where a closed time begins. */
static bool next_open(const struct opening *opening, int64_t at_s, struct span *open)
{
    int64_t last_s = at_s + far_us / us;

    while (at_s < last_s && week_next(opening->week, opening->zone, at_s, open)) {
        size_t i = first_closed(opening, open->from_s > at_s ? open->from_s : at_s);
        const struct span *closed = i < opening->closed_count ? &opening->closed[i] : NULL;

        if (open->from_s < at_s)
            open->from_s = at_s;
        if (!closed || closed->from_s >= open->until_s)
            return true;
        if (closed->from_s > open->from_s) {
            open->until_s = closed->from_s;
            return true;
        }
        at_s = closed->until_s;
    }
    return false;
}

static int64_t seconds_of(int64_t at_us)
{
    return at_us >= 0 ? at_us / us : -((us - 1 - at_us) / us);
}

bool opening_is_open(const struct opening *opening, int64_t at_us, int64_t *ret_until_us)
{
    struct span open;
    bool is_open;

    *ret_until_us = INT64_MAX;
    if (!next_open(opening, seconds_of(at_us), &open))
        return false;
    is_open = open.from_s <= seconds_of(at_us);
    *ret_until_us = (is_open ? open.until_s : open.from_s) * us;
    return is_open;
}

int64_t opening_after(const struct opening *opening, int64_t at_us, int64_t duration_us)
{
    int64_t left_us = duration_us, now_us = at_us;
    struct span open;

    while (now_us < at_us + far_us && next_open(opening, seconds_of(now_us), &open)) {
        int64_t from_us = open.from_s * us > now_us ? open.from_s * us : now_us;

        if (left_us <= open.until_s * us - from_us)
            return left_us ? from_us + left_us : at_us;
        left_us -= open.until_s * us - from_us;
        now_us = open.until_s * us;
    }
    return at_us + duration_us;
}
