#include "unit/oncall/prepared.h"

#define HOURS(n) ((int64_t)(n)*3600000000)

static const char calendar_file[] = "BEGIN:VCALENDAR\r\n"
                                    "VERSION:2.0\r\n"
                                    "PRODID:-//test//\r\n"
                                    "BEGIN:VEVENT\r\n"
                                    "UID:1\r\n"
                                    "DTSTART;VALUE=DATE:20201225\r\n"
                                    "DTEND;VALUE=DATE:20201227\r\n"
                                    "RRULE:FREQ=YEARLY\r\n"
                                    "SUMMARY:Christmas\r\n"
                                    "END:VEVENT\r\n"
                                    "BEGIN:VEVENT\r\n"
                                    "UID:2\r\n"
                                    "DTSTART;TZID=America/New_York:20260701T080000\r\n"
                                    "DTEND;TZID=America/New_York:20260701T100000\r\n"
                                    "SUMMARY:a long line that\r\n"
                                    "  goes on\r\n"
                                    "END:VEVENT\r\n"
                                    "BEGIN:VEVENT\r\n"
                                    "UID:3\r\n"
                                    "DTSTART;VALUE=DATE:20260901\r\n"
                                    "STATUS:CANCELLED\r\n"
                                    "END:VEVENT\r\n"
                                    "BEGIN:VEVENT\r\n"
                                    "UID:4\r\n"
                                    "DTSTART:20260902T090000\r\n"
                                    "DTEND:20260902T100000\r\n"
                                    "END:VEVENT\r\n"
                                    "END:VCALENDAR\r\n";

#define OFFICE                                                                                               \
    {                                                                                                        \
        .days = STRINGS("Mon-Fri"), .hours = STRINGS("09:00-17:00"), .timezone = {.text = "Europe/Paris"},   \
        .holidays = STRINGS("2026-05-01", "2026-05-14")                                                      \
    }

static void assert_open(const struct calendar *calendar, const char *when, bool is_open, const char *until)
{
    int64_t until_us;

    assert_int_equal(opening_is_open(calendar->opening, at(when), &until_us), is_open);
    assert_instant(until_us, until);
}

static void assert_after(
    const struct calendar *calendar, const char *when, int64_t duration, const char *then)
{
    assert_instant(opening_after(calendar->opening, at(when), duration), then);
}

static void a_calendar_is_open_in_its_hours_and_not_on_holidays(void **state)
{
    struct calendar calendar = OFFICE;
    struct prepared prepared = {0};

    (void)state;
    prepare_calendar(&prepared, &calendar);
    assert_int_equal(prepared.diags.len, 0);
    assert_open(&calendar, "2026-04-30T06:59:59Z", false, "2026-04-30T07:00:00Z");
    assert_open(&calendar, "2026-04-30T07:00:00Z", true, "2026-04-30T15:00:00Z");
    /* Friday is the first of May, then comes the weekend. */
    assert_open(&calendar, "2026-04-30T15:00:00Z", false, "2026-05-04T07:00:00Z");
    prepared_fini(&prepared);
}

static void working_time_is_counted_over_nights_weekends_and_holidays(void **state)
{
    struct calendar calendar = OFFICE;
    struct prepared prepared = {0};

    (void)state;
    prepare_calendar(&prepared, &calendar);
    assert_after(&calendar, "2026-04-30T08:00:00Z", HOURS(1), "2026-04-30T09:00:00Z");
    assert_after(&calendar, "2026-04-30T14:00:00Z", HOURS(1), "2026-04-30T15:00:00Z");
    assert_after(&calendar, "2026-04-30T14:30:00Z", HOURS(1), "2026-05-04T07:30:00Z");
    assert_after(&calendar, "2026-05-02T12:00:00Z", HOURS(24), "2026-05-06T15:00:00Z");
    assert_after(&calendar, "2026-05-02T12:00:00Z", 0, "2026-05-02T12:00:00Z");
    /* Over the night in which the clocks change. */
    assert_after(&calendar, "2026-03-27T15:00:00Z", HOURS(2), "2026-03-30T08:00:00Z");
    prepared_fini(&prepared);
}

static void a_night_shift_belongs_to_the_day_it_begins(void **state)
{
    struct calendar calendar = {.days = STRINGS("Fri"), .hours = STRINGS("22:00-06:00")};
    struct prepared prepared = {0};

    (void)state;
    prepare_calendar(&prepared, &calendar);
    assert_open(&calendar, "2026-05-02T05:59:00Z", true, "2026-05-02T06:00:00Z");
    assert_open(&calendar, "2026-05-01T05:00:00Z", false, "2026-05-01T22:00:00Z");
    prepared_fini(&prepared);
}

static void hours_may_have_a_break(void **state)
{
    struct calendar calendar = {.hours = STRINGS("09:00-12:00", "13:00-17:00")};
    struct prepared prepared = {0};

    (void)state;
    prepare_calendar(&prepared, &calendar);
    assert_after(&calendar, "2026-05-02T11:30:00Z", HOURS(1), "2026-05-02T13:30:00Z");
    prepared_fini(&prepared);
}

static void a_calendar_that_never_opens_counts_all_time(void **state)
{
    struct prepared prepared = {
        .ics = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20200101\n"
               "RRULE:FREQ=DAILY\nEND:VEVENT\nEND:VCALENDAR\n"};
    struct calendar calendar = {.ics = {.text = "always.ics"}};

    (void)state;
    prepare_calendar(&prepared, &calendar);
    assert_int_equal(prepared.diags.len, 0);
    assert_open(&calendar, "2026-05-02T05:59:00Z", false, "never");
    assert_after(&calendar, "2026-05-02T05:00:00Z", HOURS(1), "2026-05-02T06:00:00Z");
    prepared_fini(&prepared);
}

static void events_of_a_calendar_file_are_closed_times(void **state)
{
    struct prepared prepared = {.ics = calendar_file};
    struct calendar calendar = OFFICE;

    (void)state;
    calendar.ics.text = "holidays.ics";
    prepare_calendar(&prepared, &calendar);
    assert_int_equal(prepared.diags.len, 0);
    /* Each year the 25th and the 26th, and in 2028 a weekend before them. */
    assert_open(&calendar, "2029-12-24T16:00:00Z", false, "2029-12-27T08:00:00Z");
    assert_open(&calendar, "2040-12-25T12:00:00Z", false, "2040-12-27T08:00:00Z");
    /* Eight in New York is two in Paris. */
    assert_open(&calendar, "2026-07-01T11:00:00Z", true, "2026-07-01T12:00:00Z");
    assert_open(&calendar, "2026-07-01T12:00:00Z", false, "2026-07-01T14:00:00Z");
    /* What was cancelled does not count. */
    assert_open(&calendar, "2026-09-01T12:00:00Z", true, "2026-09-01T15:00:00Z");
    /* A time without a zone is the calendar's own. */
    assert_open(&calendar, "2026-09-02T07:30:00Z", false, "2026-09-02T08:00:00Z");
    prepared_fini(&prepared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_calendar_is_open_in_its_hours_and_not_on_holidays),
        cmocka_unit_test(working_time_is_counted_over_nights_weekends_and_holidays),
        cmocka_unit_test(a_night_shift_belongs_to_the_day_it_begins),
        cmocka_unit_test(hours_may_have_a_break),
        cmocka_unit_test(a_calendar_that_never_opens_counts_all_time),
        cmocka_unit_test(events_of_a_calendar_file_are_closed_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
