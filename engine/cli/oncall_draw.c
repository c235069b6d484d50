/* oncall_draw: days as columns of six cells, each of four hours. */
#include "cli/oncall.h"
#include "oncall/turns.h"

#include <string.h>
#include <time.h>

enum { CELLS = 6, CELL_HOURS = 4 };

/* Midnight of the day here, `day` days on: the clocks may change on the way. */
static int64_t cell_us(int64_t at_us, int64_t day, int cell)
{
    time_t at = (time_t)(at_us / 1000000);
    struct tm tm;

    localtime_r(&at, &tm);
    tm.tm_mday += (int)day;
    tm.tm_hour = cell * CELL_HOURS + CELL_HOURS / 2;
    tm.tm_min = tm.tm_sec = 0;
    tm.tm_isdst = -1;
    return (int64_t)mktime(&tm) * 1000000;
}

static size_t label_width(const struct people *people)
{
    size_t width = 0;

    for (size_t i = 0; i < people->rotations.len; i++)
        width = strlen(people->rotations.names[i]) > width ? strlen(people->rotations.names[i]) : width;
    for (size_t i = 0; i < people->contacts.len; i++)
        width = strlen(people->contacts.names[i]) + 2 > width ? strlen(people->contacts.names[i]) + 2 : width;
    return width;
}

static void draw_header(int64_t at_us, int64_t first, int64_t count, size_t width, struct text *text)
{
    text_printf(text, "\n%-*s", (int)width, "");
    for (int64_t day = first; day < first + count; day++) {
        time_t at = (time_t)(cell_us(at_us, day, 2) / 1000000);
        char name[16];
        struct tm tm;

        localtime_r(&at, &tm);
        strftime(name, sizeof(name), "%a %d", &tm);
        text_printf(text, " %-*s", CELLS, name);
    }
    text_putc(text, '\n');
}

static bool is_on_call(const struct rotation *rotation, const char *member, int64_t at_us)
{
    struct duty duty;

    turns_at(rotation, at_us, &duty);
    return duty.member && strcmp(duty.member, member) == 0;
}

static void draw_member(const struct rotation *rotation, const char *member, int64_t at_us, int64_t first,
    int64_t count, size_t width, struct text *text)
{
    const char *on = cli_utf8() ? "█" : "#", *off = cli_utf8() ? "·" : ".";

    text_printf(text, "  %-*s", (int)width - 2, member);
    for (int64_t day = first; day < first + count; day++) {
        text_putc(text, ' ');
        for (int cell = 0; cell < CELLS; cell++)
            text_puts(text, is_on_call(rotation, member, cell_us(at_us, day, cell)) ? on : off);
    }
    text_putc(text, '\n');
}

/* Is that member one of those before? Who stands in and takes turns has one row. */
static bool is_drawn(const struct rotation *rotation, size_t override, const char *member)
{
    for (size_t i = 0; i < rotation->members.len; i++)
        if (strcmp(rotation->members.items[i], member) == 0)
            return true;
    for (size_t i = 0; i < override; i++)
        if (strcmp(((const struct override *)rotation->overrides.items[i])->member.text, member) == 0)
            return true;
    return false;
}

static void draw_rotation(const struct people *people, size_t index, int64_t at_us, int64_t first,
    int64_t count, size_t width, struct text *text)
{
    const struct rotation *rotation = people->rotations.items[index];

    text_printf(text, "%s\n", people->rotations.names[index]);
    for (size_t i = 0; i < rotation->members.len; i++)
        draw_member(rotation, rotation->members.items[i], at_us, first, count, width, text);
    for (size_t i = 0; i < rotation->overrides.len; i++) {
        const char *member = ((const struct override *)rotation->overrides.items[i])->member.text;

        if (!is_drawn(rotation, i, member))
            draw_member(rotation, member, at_us, first, count, width, text);
    }
}

void draw_days(const struct people *people, int64_t at_us, int64_t days, struct text *text)
{
    size_t width = label_width(people);
    int64_t fit = ((int64_t)cli_width(stdout, 100) - (int64_t)width) / (CELLS + 1);

    if (fit < 1)
        fit = 1;
    for (int64_t first = 0; first < days; first += fit) {
        int64_t count = days - first < fit ? days - first : fit;

        draw_header(at_us, first, count, width, text);
        for (size_t i = 0; i < people->rotations.len; i++)
            draw_rotation(people, i, at_us, first, count, width, text);
    }
}
