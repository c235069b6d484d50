#include "unit/step/attempt.h"

static void run_lua(struct attempt *attempt, struct script *script, const char *code, bool stop)
{
    struct scope scope = {.params = json_pack("{s:i}", "n", 20)};

    prepare(attempt, "lua", json_pack("{s:s}", "code", code));
    attempt->options.script = script;
    attempt->options.scope = &scope;
    attempt->work = work_start(&attempt->options);
    if (stop)
        work_stop(attempt->work, true);
    json_decref(scope.params); /* the work has its own reference */
    scope = (struct scope){0};
    loop_run(attempt->loop);
    assert_int_equal(attempt->dones, 1);
}

static void what_a_chunk_returns_is_the_output(void **state)
{
    struct script *script = script_new(NULL);
    struct attempt attempt = {0};

    (void)state;
    run_lua(&attempt, script, "local x = params.n * 2\nreturn x + 2", false);
    assert_int_equal(attempt.outcome.class_, FAIL_NONE);
    assert_int_equal(json_integer_value(json_object_get(attempt.outcome.result, "output")), 42);
    fini(&attempt);
    attempt = (struct attempt){0};
    run_lua(&attempt, script, "error('no good')", false);
    assert_message_has(&attempt, FAIL_ACTION, "no good");
    fini(&attempt);
    attempt = (struct attempt){0};
    run_lua(&attempt, script, "return 1", true);
    assert_message(&attempt, FAIL_CANCELLED, "stopped before it began");
    fini(&attempt);
    script_free(script);
}

static void a_file_that_was_not_loaded_is_said_to_be_missing(void **state)
{
    struct script *script = script_new(NULL);
    struct attempt attempt = {0};

    (void)state;
    prepare(&attempt, "lua", json_pack("{s:s}", "file", "x.lua"));
    attempt.options.script = script;
    carry_out(&attempt);
    assert_message_has(&attempt, FAIL_ACTION, "there is no Lua file \"x\"");
    fini(&attempt);
    attempt = (struct attempt){0};
    prepare(&attempt, "lua", json_object());
    carry_out(&attempt);
    assert_message_has(&attempt, FAIL_VALIDATION, "neither `code` nor `file`");
    fini(&attempt);
    script_free(script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(what_a_chunk_returns_is_the_output),
        test_case(a_file_that_was_not_loaded_is_said_to_be_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
