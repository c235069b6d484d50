#include "unit/step/attempt.h"

static void exec_passes_each_element_as_one_argument(void **state)
{
    struct attempt attempt = {0};

    (void)state;
    prepare(&attempt, "exec",
        json_pack("{s:[s,s,s,s,i,b]}", "argv", "printf", "[%s]", "a b", "$(id)'\"*", 7, true));
    carry_out(&attempt);
    assert_string_equal(result(&attempt, "stdout"), "[a b][$(id)'\"*][7][true]");
    fini(&attempt);
}

static void exec_refuses_what_is_no_argument(void **state)
{
    struct attempt attempt = {0};

    (void)state;
    prepare(&attempt, "exec", json_pack("{s:[s,[s]]}", "argv", "echo", "x"));
    carry_out(&attempt);
    assert_message_has(&attempt, FAIL_VALIDATION, "element 2 of the command is a list");
    fini(&attempt);
    attempt = (struct attempt){0};
    prepare(&attempt, "exec", json_pack("{s:[]}", "argv"));
    carry_out(&attempt);
    assert_message_has(&attempt, FAIL_VALIDATION, "at least one element");
    fini(&attempt);
}

static void a_command_that_cannot_start_is_class_spawn(void **state)
{
    struct attempt attempt = {0};

    (void)state;
    prepare(&attempt, "exec", json_pack("{s:[s,s]}", "argv", "kubctl-nowhere", "get"));
    carry_out(&attempt);
    assert_message(&attempt, FAIL_SPAWN, "no command \"kubctl-nowhere\" in PATH");
    fini(&attempt);
    attempt = (struct attempt){0};
    prepare(&attempt, "exec", json_pack("{s:[s]}", "argv", "true"));
    attempt.options.cwd = "/no/such/place";
    carry_out(&attempt);
    assert_message_has(&attempt, FAIL_SPAWN, "no directory \"/no/such/place\"");
    fini(&attempt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(exec_passes_each_element_as_one_argument),
        test_case(exec_refuses_what_is_no_argument),
        test_case(a_command_that_cannot_start_is_class_spawn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
