#include "unit/step/attempt.h"
#include "lib/descriptors.h"
#include "base/clock.h"

#include <signal.h>

static void a_step_stopped_during_its_output_is_cancelled(void **state)
{
    struct attempt attempt = {.stop_on_output = true};

    (void)state;
    run_script(&attempt, "echo begun; while :; do echo more; sleep 0.02; done");
    assert_message(&attempt, FAIL_CANCELLED, "stopped, killed by SIGTERM (signal 15)");
    fini(&attempt);
}

static void a_step_that_ignores_term_is_killed(void **state)
{
    struct attempt attempt = {.stop_on_output = true};
    int64_t began = clock_mono_us();

    (void)state;
    run_script(&attempt, "trap '' TERM; echo begun; while :; do sleep 0.02; done");
    assert_message(&attempt, FAIL_CANCELLED, "stopped, killed by SIGKILL (signal 9)");
    assert_in_range(clock_mono_us() - began, 300000, 2000000);
    fini(&attempt);
}

static void a_refused_step_can_be_stopped(void **state)
{
    struct attempt attempt = {0};

    (void)state;
    prepare(&attempt, "exec", json_pack("{s:[s]}", "argv", "no-such-command-at-all"));
    attempt.work = work_start(&attempt.options);
    work_stop(attempt.work, true);
    loop_run(attempt.loop);
    assert_int_equal(attempt.dones, 1);
    fini(&attempt);
}

static void no_descriptor_stays_open(void **state)
{
    size_t before = open_fds();

    (void)state;
    for (int i = 0; i < 20; i++) {
        struct attempt attempt = {0};

        run_script(&attempt, "echo a=1 > $RUNBOOK_OUTPUT");
        fini(&attempt);
    }
    assert_int_equal(open_fds(), before);
}

static void assert_preview(const char *kind, json_t *args, const char *expected)
{
    struct step step = {.kind = kind_named(kind), .id = "s"};
    struct text text autotext = {0};

    assert_non_null(args);
    work_preview(&step, args, &text);
    assert_string_equal(text_str(&text), expected);
    json_decref(args);
}

static void a_preview_is_one_line_as_a_person_would_write_it(void **state)
{
    (void)state;
    assert_preview("exec", json_pack("{s:[s,s,s,i,s]}", "argv", "kubectl", "get", "a b", 3, "it's"),
        "kubectl get 'a b' 3 'it'\\''s'");
    assert_preview("run",
        json_pack("{s:{s:s,s:{s:s,s:s}}}", "script", "text",
            "\nkubectl get \"${RB_1}\" -n '\"${RB_2}\"'\nsecond\n", "env", "RB_1", "pods", "RB_2", "prod"),
        "kubectl get pods -n prod …");
    assert_preview("run", json_pack("{s:s}", "script", "echo hi\n"), "echo hi");
    assert_preview("http", json_pack("{s:s,s:s}", "url", "http://x/", "body", "b"), "POST http://x/");
    assert_preview("lua", json_pack("{s:s}", "code", "return 1"), "return 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(a_step_stopped_during_its_output_is_cancelled),
        test_case(a_step_that_ignores_term_is_killed),
        test_case(a_refused_step_can_be_stopped),
        test_case(no_descriptor_stays_open),
        test_case(a_preview_is_one_line_as_a_person_would_write_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
