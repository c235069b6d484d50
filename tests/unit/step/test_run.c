#include "unit/step/attempt.h"

#include <signal.h>

static void a_script_brings_its_output_and_exit_code(void **state)
{
    struct attempt attempt = {0};

    (void)state;
    run_script(&attempt, "echo out; echo err >&2");
    assert_int_equal(attempt.outcome.class_, FAIL_NONE);
    assert_null(attempt.outcome.message);
    assert_int_equal(attempt.outcome.exit_code, 0);
    assert_string_equal(result(&attempt, "stdout"), "out\n");
    assert_string_equal(result(&attempt, "stderr"), "err\n");
    assert_string_equal(text_str(&attempt.out), "out\n");
    assert_string_equal(text_str(&attempt.err), "err\n");
    fini(&attempt);
}

static void a_failed_command_ends_the_script_with_its_last_words(void **state)
{
    struct attempt attempt = {0};

    (void)state;
    run_script(&attempt, "echo first >&2; printf 'no such pod\\n\\n' >&2; (exit 3); echo not reached");
    assert_message(&attempt, FAIL_EXIT, "exit status 3: no such pod");
    assert_int_equal(attempt.outcome.exit_code, 3);
    assert_string_equal(result(&attempt, "stdout"), "");
    fini(&attempt);
}

static void the_last_words_are_not_an_indented_continuation(void **state)
{
    struct attempt attempt = {0};

    (void)state;
    run_script(&attempt, "printf 'noise\\nno connection\\n\\tIs it running?\\n  Really?\\n\\n' >&2; exit 2");
    assert_message(&attempt, FAIL_EXIT, "exit status 2: no connection");
    fini(&attempt);
    attempt = (struct attempt){0};
    run_script(&attempt, "printf '  all\\n  indented' >&2; exit 2");
    assert_message(&attempt, FAIL_EXIT, "exit status 2: indented");
    fini(&attempt);
    attempt = (struct attempt){0};
    run_script(&attempt, "printf '\\n \\n' >&2; exit 2");
    assert_message(&attempt, FAIL_EXIT, "exit status 2");
    fini(&attempt);
}

static void a_death_by_signal_has_its_own_class(void **state)
{
    struct attempt attempt = {0};

    (void)state;
    run_script(&attempt, "kill -SEGV $$");
    assert_message(&attempt, FAIL_SIGNAL, "killed by SIGSEGV (signal 11)");
    assert_int_equal(attempt.outcome.exit_code, -1);
    assert_int_equal(json_integer_value(json_object_get(attempt.outcome.result, "signal")), 11);
    fini(&attempt);
}

static void values_reach_a_script_as_they_are(void **state)
{
    static const char hostile[] = "'; rm -rf ~ #\n$(id)`id` * -rf \\";
    struct attempt attempt = {0};

    (void)state;
    prepare(&attempt, "run",
        json_pack("{s:{s:s,s:{s:s,s:i}}}", "script", "text", "printf %s \"${RB_1}${RB_2}\"", "env", "RB_1",
            hostile, "RB_2", 7));
    carry_out(&attempt);
    assert_string_equal(result(&attempt, "stdout"), "'; rm -rf ~ #\n$(id)`id` * -rf \\7");
    fini(&attempt);
}

static void a_script_knows_its_run_and_has_the_steps_environment(void **state)
{
    struct attempt attempt = {0};

    (void)state;
    setenv("RB_TEST_INHERITED", "yes", 1);
    setenv("RB_TEST_OVERRIDDEN", "no", 1);
    prepare(&attempt, "run",
        json_pack("{s:s}", "script",
            "echo $RUNBOOK_RUN_ID $RUNBOOK_STEP $RUNBOOK_ATTEMPT $RB_TEST_INHERITED $RB_TEST_OVERRIDDEN; env "
            "| grep -c RB_TEST"));
    attempt.options.env = json_pack("{s:s}", "RB_TEST_OVERRIDDEN", "mine");
    carry_out(&attempt);
    assert_string_equal(result(&attempt, "stdout"), "run1 deploy/s 2 yes mine\n2\n");
    fini(&attempt);
}

static void a_variable_that_cannot_be_one_is_refused(void **state)
{
    struct attempt attempt = {0};

    (void)state;
    prepare(&attempt, "run", json_pack("{s:s}", "script", "true"));
    attempt.options.env = json_pack("{s:s}", "A=B", "x");
    carry_out(&attempt);
    assert_message(&attempt, FAIL_SPAWN, "\"A=B\" cannot be the name of a variable");
    fini(&attempt);
}

static void runbook_output_becomes_outputs(void **state)
{
    struct attempt attempt = {0};
    json_t *outputs;

    (void)state;
    run_script(&attempt,
        "echo version=1.2 >> \"$RUNBOOK_OUTPUT\"; printf 'log<<E\\na\\nb\\nE\\n' >> $RUNBOOK_OUTPUT");
    outputs = json_object_get(attempt.outcome.result, "outputs");
    assert_string_equal(value_get_string(outputs, "version"), "1.2");
    assert_string_equal(value_get_string(outputs, "log"), "a\nb");
    fini(&attempt);
    attempt = (struct attempt){0};
    run_script(&attempt, "echo nonsense > $RUNBOOK_OUTPUT");
    assert_message(
        &attempt, FAIL_PARSE, "RUNBOOK_OUTPUT: line 1: \"nonsense\" is neither name=value nor name<<END");
    fini(&attempt);
    attempt = (struct attempt){0};
    run_script(&attempt, "head -c 2000000 /dev/zero > $RUNBOOK_OUTPUT");
    assert_message_has(&attempt, FAIL_PARSE, "more than 1048576 bytes");
    fini(&attempt);
    attempt = (struct attempt){0};
    run_script(&attempt, "true");
    assert_null(json_object_get(attempt.outcome.result, "outputs"));
    fini(&attempt);
}

static void stdin_is_given_to_a_script(void **state)
{
    struct attempt attempt = {0};

    (void)state;
    prepare(&attempt, "run", json_pack("{s:s,s:s}", "script", "tr a-z A-Z", "stdin", "shout"));
    carry_out(&attempt);
    assert_string_equal(result(&attempt, "stdout"), "SHOUT");
    fini(&attempt);
}

static void a_long_script_goes_through_a_file(void **state)
{
    struct attempt attempt = {0};
    struct text script autotext = {0};

    (void)state;
    while (script.len < 300000)
        text_puts(&script, ": a comment of no use\n");
    text_puts(&script, "(exit 4)\n");
    run_script(&attempt, text_str(&script));
    assert_int_equal(attempt.outcome.exit_code, 4);
    fini(&attempt);
}

static void run_with_shell(struct attempt *attempt, const char *const *words, size_t len, const char *script)
{
    const char *items[8];

    memcpy(items, words, len * sizeof(*words));
    prepare(attempt, "run", json_pack("{s:s}", "script", script));
    attempt->step.shell = (struct strings){.items = items, .len = len};
    carry_out(attempt);
}

static void each_shell_carries_out_its_own_language(void **state)
{
    static const char *const shells[][2] = {
        {"sh", "echo ok"},
        {"bash", "a=(o k); echo ${a[0]}${a[1]}"},
        {"python3", "print('o' + 'k')"},
        {"perl", "print \"ok\\n\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
        struct attempt attempt = {0};

        run_with_shell(&attempt, &shells[i][0], 1, shells[i][1]);
        if (attempt.outcome.class_ != FAIL_SPAWN) /* not installed */
            assert_string_equal(result(&attempt, "stdout"), "ok\n");
        fini(&attempt);
    }
}

static void a_path_without_a_shell_does_not_keep_a_script_from_running(void **state)
{
    struct attempt attempt = {0};

    (void)state;
    prepare(&attempt, "run", json_pack("{s:s}", "script", "echo $PATH"));
    attempt.options.env = json_pack("{s:s}", "PATH", "/nowhere");
    carry_out(&attempt);
    assert_string_equal(result(&attempt, "stdout"), "/nowhere\n");
    fini(&attempt);
}

static void bash_fails_when_any_part_of_a_pipe_fails(void **state)
{
    const char *bash[] = {"bash"};
    struct attempt attempt = {0};

    (void)state;
    run_with_shell(&attempt, bash, 1, "false | true; echo not reached");
    assert_int_equal(attempt.outcome.exit_code, 1);
    fini(&attempt);
}

static void a_shell_may_be_any_command_with_a_place_for_the_script(void **state)
{
    const char *inline_[] = {"sh", "-c", "x={script}; echo $x"}, *file[] = {"cat", "{file}"};
    struct attempt attempt = {0};

    (void)state;
    run_with_shell(&attempt, inline_, 3, "5");
    assert_string_equal(result(&attempt, "stdout"), "5\n");
    fini(&attempt);
    attempt = (struct attempt){0};
    run_with_shell(&attempt, file, 2, "the script itself");
    assert_string_equal(result(&attempt, "stdout"), "the script itself");
    fini(&attempt);
}

static void a_shell_that_is_none_is_refused_with_a_hint(void **state)
{
    const char *typo[] = {"bsah"}, *other[] = {"tclsh-nowhere"};
    struct attempt attempt = {0};

    (void)state;
    run_with_shell(&attempt, typo, 1, "true");
    assert_message(&attempt, FAIL_SPAWN, "no shell \"bsah\"; did you mean \"bash\"?");
    fini(&attempt);
    attempt = (struct attempt){0};
    run_with_shell(&attempt, other, 1, "true");
    assert_message_has(&attempt, FAIL_SPAWN, "{script}");
    fini(&attempt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(a_script_brings_its_output_and_exit_code),
        test_case(a_failed_command_ends_the_script_with_its_last_words),
        test_case(the_last_words_are_not_an_indented_continuation),
        test_case(a_death_by_signal_has_its_own_class),
        test_case(values_reach_a_script_as_they_are),
        test_case(a_script_knows_its_run_and_has_the_steps_environment),
        test_case(a_variable_that_cannot_be_one_is_refused),
        test_case(runbook_output_becomes_outputs),
        test_case(stdin_is_given_to_a_script),
        test_case(a_long_script_goes_through_a_file),
        test_case(each_shell_carries_out_its_own_language),
        test_case(a_path_without_a_shell_does_not_keep_a_script_from_running),
        test_case(bash_fails_when_any_part_of_a_pipe_fails),
        test_case(a_shell_may_be_any_command_with_a_place_for_the_script),
        test_case(a_shell_that_is_none_is_refused_with_a_hint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
