#include "unit/step/attempt.h"

static void bytes_that_are_no_text_are_replaced(void **state)
{
    struct attempt attempt = {0};

    (void)state;
    run_script(&attempt, "printf 'a\\377b\\000c'");
    assert_string_equal(result(&attempt, "stdout"), "a\xEF\xBF\xBD"
                                                    "b\xEF\xBF\xBD"
                                                    "c");
    assert_int_equal(attempt.out.len, 5); /* shown as it came */
    fini(&attempt);
}

static void of_a_flood_the_beginning_and_the_end_are_kept(void **state)
{
    struct attempt attempt = {0};
    const char *out;

    (void)state;
    run_script(&attempt, "echo begin; head -c 67108864 /dev/zero | tr '\\0' x; echo end");
    assert_int_equal(attempt.outcome.class_, FAIL_NONE);
    out = result(&attempt, "stdout");
    assert_in_range(strlen(out), 4194304, 4194304 + 100);
    assert_memory_equal(out, "begin\nxxx", 9);
    assert_string_equal(out + strlen(out) - 4, "end\n");
    assert_non_null(strstr(out, "\n… 62914570 bytes omitted …\n"));
    assert_int_equal(json_integer_value(json_object_get(attempt.outcome.result, "omitted_bytes")), 62914570);
    assert_int_equal(attempt.shown, strlen(out)); /* what was shown is what is kept */
    assert_string_equal(text_str(&attempt.out), out);
    fini(&attempt);
}

static void stopping_while_the_rest_is_shown_changes_nothing(void **state)
{
    struct attempt attempt = {.stop_at = 2097152 + 1};

    (void)state;
    run_script(&attempt, "head -c 9000000 /dev/zero | tr '\\0' x; exit 3");
    assert_message(&attempt, FAIL_EXIT, "exit status 3");
    assert_int_equal(attempt.shown, strlen(result(&attempt, "stdout")));
    fini(&attempt);
}

static void between_the_caps_nothing_is_lost(void **state)
{
    struct attempt attempt = {0};

    (void)state;
    run_script(&attempt, "head -c 4000000 /dev/zero | tr '\\0' x; echo end >&2");
    assert_int_equal(strlen(result(&attempt, "stdout")), 4000000);
    assert_null(json_object_get(attempt.outcome.result, "omitted_bytes"));
    assert_int_equal(attempt.out.len, 4000000);
    fini(&attempt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(bytes_that_are_no_text_are_replaced),
        test_case(of_a_flood_the_beginning_and_the_end_are_kept),
        test_case(stopping_while_the_rest_is_shown_changes_nothing),
        test_case(between_the_caps_nothing_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
