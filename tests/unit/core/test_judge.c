#include "lib/test.h"

#include "core/judge.h"

#include "model/step.h"

static void each_delay_is_the_one_before_times_the_backoff_up_to_the_cap(void **state)
{
    const struct retry retry = {.backoff = 3.0};

    (void)state;
    assert_int_equal(retry_delay(&retry, 1000, 20000, 1, 1, 1), 1000);
    assert_int_equal(retry_delay(&retry, 1000, 20000, 2, 1, 1), 3000);
    assert_int_equal(retry_delay(&retry, 1000, 20000, 3, 1, 1), 9000);
    assert_int_equal(retry_delay(&retry, 1000, 20000, 4, 1, 1), 20000);
    assert_int_equal(retry_delay(&retry, 1000, 20000, 1000000, 1, 1), 20000);
}

static void without_a_backoff_the_delay_doubles(void **state)
{
    const struct retry retry = {0};

    (void)state;
    assert_int_equal(retry_delay(&retry, 500, 60000, 4, 1, 1), 4000);
}

static void jitter_stays_within_the_delay_and_is_spread_over_it(void **state)
{
    const struct retry retry = {.backoff = 1.0, .jitter = JITTER_FULL};
    int64_t sum = 0;

    (void)state;
    for (uint32_t frame = 1; frame <= 1000; frame++) {
        int64_t ms = retry_delay(&retry, 1000, 60000, 1, 7, frame);

        assert_in_range(ms, 0, 1000);
        sum += ms;
    }
    assert_in_range(sum / 1000, 450, 550);
}

static void jitter_is_the_same_for_the_same_seed_frame_and_attempt_only(void **state)
{
    const struct retry retry = {.backoff = 1.0, .jitter = JITTER_FULL};
    int64_t ms = retry_delay(&retry, 1000000, 9000000, 1, 7, 3);

    (void)state;
    assert_int_equal(retry_delay(&retry, 1000000, 9000000, 1, 7, 3), ms);
    assert_int_not_equal(retry_delay(&retry, 1000000, 9000000, 2, 7, 3), ms);
    assert_int_not_equal(retry_delay(&retry, 1000000, 9000000, 1, 8, 3), ms);
    assert_int_not_equal(retry_delay(&retry, 1000000, 9000000, 1, 7, 4), ms);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(each_delay_is_the_one_before_times_the_backoff_up_to_the_cap),
        test_case(without_a_backoff_the_delay_doubles),
        test_case(jitter_stays_within_the_delay_and_is_spread_over_it),
        test_case(jitter_is_the_same_for_the_same_seed_frame_and_attempt_only),
    };

    return cmocka_run_group_tests_name("core/judge", tests, NULL, NULL);
}
