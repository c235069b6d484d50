#include "lib/test.h"

#include "base/clock.h"

static void an_instant_is_read_with_its_offset_and_shown_in_utc(void **state)
{
    char text[INSTANT_TEXT_SIZE];
    struct err err;
    int64_t us;

    (void)state;
    assert_int_equal(instant_parse("2026-11-21T10:31:00+01:00", &us, &err), 0);
    assert_string_equal(instant_utc(us, text), "2026-11-21T09:31:00Z");
    assert_int_equal(instant_parse("2026-11-21T09:31:00.125Z", &us, &err), 0);
    assert_string_equal(instant_utc(us, text), "2026-11-21T09:31:00.125Z");
    assert_int_equal(instant_parse("1969-12-31T23:59:59.999999Z", &us, &err), 0);
    assert_int_equal(us, -1);
    assert_string_equal(instant_utc(us, text), "1969-12-31T23:59:59.999999Z");
}

static void an_instant_without_offset_or_of_no_real_day_is_refused(void **state)
{
    static const char *const bad[] = {"2026-11-21T09:31:00", "2026-02-30T09:31:00Z", "tomorrow", "2026-11-21",
        "2026-11-21T25:00:00Z", "2026-11-21T09:31:00+1", "2026-11-21T09:31:00Zx"};
    struct err err;
    int64_t us = 7;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(instant_parse(bad[i], &us, &err), ERR_INVALID);
    assert_int_equal(us, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(an_instant_is_read_with_its_offset_and_shown_in_utc),
        test_case(an_instant_without_offset_or_of_no_real_day_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
