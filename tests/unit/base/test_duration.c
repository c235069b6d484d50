#include "lib/test.h"

#include "base/duration.h"

static void every_form_is_read_and_written_back(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {{"500ms", 500}, {"90s", 90000}, {"15m", 900000}, {"1h30m", 5400000}, {"2d", 172800000},
        {"1w", 604800000}, {"0s", 0}, {"1w2d3h4m5s6ms", 788645006}};
    char back[DURATION_TEXT_SIZE];
    struct err err;
    int64_t ms;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(duration_parse(cases[i].text, &ms, &err), 0);
        assert_int_equal(ms, cases[i].ms);
        assert_int_equal(duration_parse(duration_exact(ms, back), &ms, &err), 0);
        assert_int_equal(ms, cases[i].ms);
    }
}

static void what_is_no_duration_is_refused_with_the_right_form(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {{"90", "90 has no unit; write 90s or 90m"}, {"", "is not a duration"},
        {"5x", "is not a unit"}, {"5m1h", "from large to small"}, {"5m5m", "from large to small"},
        {"-5s", "is not a duration"}, {"1.5h", "no unit"}, {"99999999999999999999s", "is not a duration"},
        {"5 m", "no unit"}, {"5M", "is not a unit"}};
    struct err err;
    int64_t ms = 7;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        err.text[0] = '\0';
        assert_true(duration_parse(cases[i].text, &ms, &err) < 0);
        assert_non_null(strstr(err.text, cases[i].says));
        assert_int_equal(ms, 7);
    }
    assert_int_equal(duration_parse("5300w", &ms, &err), ERR_LIMIT);
}

static void people_see_two_units_at_most(void **state)
{
    char text[DURATION_TEXT_SIZE];

    (void)state;
    assert_string_equal(duration_short(412, text), "412ms");
    assert_string_equal(duration_short(1249, text), "1.2s");
    assert_string_equal(duration_short(61000, text), "1m1s");
    assert_string_equal(duration_short(3600000 * 26 + 59000, text), "1d2h");
    assert_string_equal(duration_short(-1500, text), "-1.5s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(every_form_is_read_and_written_back),
        test_case(what_is_no_duration_is_refused_with_the_right_form),
        test_case(people_see_two_units_at_most),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
