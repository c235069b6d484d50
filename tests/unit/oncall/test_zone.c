#include "unit/oncall/prepared.h"

#include <time.h>

static const struct zone *zone(struct arena *arena, const char *name)
{
    const struct zone *zone = zone_read(arena, name);

    assert_non_null(zone);
    return zone;
}

static int64_t local(const char *text)
{
    return at(text) / 1000000;
}

static void clocks_that_jump_over_a_time_give_the_instant_of_the_jump(void **state)
{
    struct arena arena = {0};
    const struct zone *paris = zone(&arena, "Europe/Paris");

    (void)state;
    assert_instant(zone_instant(paris, local("2026-03-29T01:59:00Z")) * 1000000, "2026-03-29T00:59:00Z");
    assert_instant(zone_instant(paris, local("2026-03-29T02:00:00Z")) * 1000000, "2026-03-29T01:00:00Z");
    assert_instant(zone_instant(paris, local("2026-03-29T02:30:00Z")) * 1000000, "2026-03-29T01:00:00Z");
    assert_instant(zone_instant(paris, local("2026-03-29T03:00:00Z")) * 1000000, "2026-03-29T01:00:00Z");
    assert_instant(zone_instant(paris, local("2026-03-29T03:30:00Z")) * 1000000, "2026-03-29T01:30:00Z");
    arena_fini(&arena);
}

static void a_time_that_comes_twice_is_the_first(void **state)
{
    struct arena arena = {0};
    const struct zone *paris = zone(&arena, "Europe/Paris");

    (void)state;
    assert_instant(zone_instant(paris, local("2026-10-25T02:30:00Z")) * 1000000, "2026-10-25T00:30:00Z");
    assert_instant(zone_instant(paris, local("2026-10-25T03:00:00Z")) * 1000000, "2026-10-25T02:00:00Z");
    arena_fini(&arena);
}

static void an_instant_and_its_local_time_are_the_same_far_ahead(void **state)
{
    static const char *const names[] = {"Europe/Paris", "America/Sao_Paulo", "Australia/Lord_Howe",
        "Asia/Kathmandu", "Africa/Casablanca", "Africa/Cairo"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct arena arena = {0};
        const struct zone *here = zone(&arena, names[i]);

        setenv("TZ", names[i], 1);
        tzset();
        for (int64_t s = at("2010-01-02T00:30:00Z") / 1000000; s < at("2060-01-01T00:00:00Z") / 1000000;
             s += 11 * 3600) {
            time_t now = (time_t)s;
            struct tm tm;

            localtime_r(&now, &tm);
            assert_int_equal(zone_local(here, s) - s, tm.tm_gmtoff);
        }
        arena_fini(&arena);
    }
    unsetenv("TZ");
    tzset();
}

static void reading_a_zone_leaves_the_process_in_its_own(void **state)
{
    struct arena arena = {0};

    (void)state;
    setenv("TZ", "Asia/Tokyo", 1);
    tzset();
    zone(&arena, "Europe/Paris");
    assert_string_equal(getenv("TZ"), "Asia/Tokyo");
    assert_int_equal(timezone, -9 * 3600);
    unsetenv("TZ");
    tzset();
    arena_fini(&arena);
}

static void what_is_no_zone_is_none(void **state)
{
    static const char *const names[] = {"", "Europe", "Europe/Pariss", "../zoneinfo/Europe/Paris",
        "/etc/passwd", ":UTC", "tzdata.zi/x", "Europe/Paris\n"};
    struct arena arena = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_null(zone_read(&arena, names[i]));
    arena_fini(&arena);
}

static void dates_are_days_of_the_calendar(void **state)
{
    int64_t day;

    (void)state;
    assert_true(day_parse("1970-01-01", &day));
    assert_int_equal(day, 0);
    assert_int_equal(weekday_of(day), 3);
    assert_true(day_parse("2028-02-29", &day));
    assert_false(day_parse("2026-02-29", &day));
    assert_false(day_parse("2026-13-01", &day));
    assert_false(day_parse("2026-1-1", &day));
    assert_false(day_parse("2026-01-01T", &day));
    assert_false(day_parse("", &day));
    assert_true(day_parse("1969-12-31", &day));
    assert_int_equal(day, -1);
    assert_int_equal(weekday_of(day), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks_that_jump_over_a_time_give_the_instant_of_the_jump),
        cmocka_unit_test(a_time_that_comes_twice_is_the_first),
        cmocka_unit_test(an_instant_and_its_local_time_are_the_same_far_ahead),
        cmocka_unit_test(reading_a_zone_leaves_the_process_in_its_own),
        cmocka_unit_test(what_is_no_zone_is_none),
        cmocka_unit_test(dates_are_days_of_the_calendar),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
