#include "drive/table.h"
#include "lib/test.h"

static int values[5000];

static void what_was_put_is_found_until_it_is_taken(void **state)
{
    struct table table = {0};

    (void)state;
    assert_null(table_get(&table, 1));
    assert_null(table_take(&table, 1));
    table_put(&table, 1, &values[1]);
    table_put(&table, 17, &values[17]);
    assert_ptr_equal(table_get(&table, 1), &values[1]);
    assert_ptr_equal(table_take(&table, 1), &values[1]);
    assert_null(table_get(&table, 1));
    assert_ptr_equal(table_get(&table, 17), &values[17]);
    table_fini(&table);
}

/* Keys that come and go, as frames and timers do: nothing is lost, and the table does not grow without end.
 */
static void a_window_of_keys_moves_through_a_small_table(void **state)
{
    struct table table = {0};

    (void)state;
    for (uint32_t key = 1; key < 200000; key++) {
        table_put(&table, key, &values[key % 5000]);
        if (key > 40)
            assert_ptr_equal(table_take(&table, key - 40), &values[(key - 40) % 5000]);
        for (uint32_t back = 0; back < 3 && key > 40; back++)
            assert_ptr_equal(table_get(&table, key - back * 13), &values[(key - back * 13) % 5000]);
    }
    assert_int_equal(table.len, 40);
    assert_true(table.cap <= 256);
    table_fini(&table);
}

static void removing_in_any_order_leaves_the_rest(void **state)
{
    struct table table = {0};
    uint32_t random = 12345;
    static uint32_t keys[4000];

    (void)state;
    for (uint32_t i = 0; i < 4000; i++) {
        keys[i] = i * 64 + 1; /* many with the same home in a small table */
        table_put(&table, keys[i], &values[i]);
    }
    for (size_t left = 4000; left > 0; left--) {
        size_t at = (random = random * 1103515245 + 12345) / 65536 % left;
        uint32_t key = keys[at];

        keys[at] = keys[left - 1];
        assert_ptr_equal(table_take(&table, key), &values[(key - 1) / 64]);
        assert_null(table_get(&table, key));
        if (left > 1)
            assert_non_null(table_get(&table, keys[0]));
    }
    assert_null(table_any(&table));
    table_fini(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(what_was_put_is_found_until_it_is_taken),
        test_case(a_window_of_keys_moves_through_a_small_table),
        test_case(removing_in_any_order_leaves_the_rest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
