#include "unit/io/child.h"
#include "base/clock.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

static void assert_gone(const struct child *child)
{
    pid_t pid = (pid_t)strtol(text_str(&child->out), NULL, 10);

    assert_true(pid > 1);
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(errno, ESRCH);
}

static void a_grandchild_in_the_group_ends_with_its_leader(void **state)
{
    int64_t began = clock_mono_us();
    struct child child = run_sh("sleep 100 & echo $!");

    (void)state;
    assert_int_equal(child.exit_code, 0);
    assert_gone(&child);
    assert_in_range(clock_mono_us() - began, 0, 1500000);
    child_fini(&child);
}

static void a_grandchild_that_ignores_term_is_killed(void **state)
{
    struct child child = run_sh("(trap '' TERM; while :; do sleep 0.05; done) & echo $!");

    (void)state;
    assert_int_equal(child.exit_code, 0);
    assert_gone(&child);
    child_fini(&child);
}

static void a_grandchild_in_a_session_of_its_own_is_found(void **state)
{
    struct child child = run_sh("setsid sleep 100 & echo $!; sleep 0.1");

    (void)state;
    assert_gone(&child);
    child_fini(&child);
}

static pid_t assert_alive(const struct child *child)
{
    pid_t pid = (pid_t)strtol(text_str(&child->out), NULL, 10);

    assert_true(pid > 1);
    assert_int_equal(kill(pid, 0), 0);
    return pid;
}

static void what_may_stay_outlives_its_step_and_those_after_it(void **state)
{
    struct child child = {0}, later = {0};
    const char *leave[] = {"sh", "-c", "setsid sleep 100 >/dev/null 2>&1 & echo $!; sleep 0.1", NULL},
               *rest[] = {"sh", "-c", "sleep 0.1 &", NULL};
    struct process_options options = options_of(&child, leave), others = options_of(&later, rest);
    struct loop *loop = loop_new();
    struct err err = {0};

    (void)state;
    options.leave_running = true;
    assert_int_equal(process_start(loop, &options, &child.process, &err), 0);
    loop_run(loop);
    assert_int_equal(process_start(loop, &others, &later.process, &err), 0);
    loop_run(loop);
    assert_int_equal(child.ends + later.ends, 2);
    kill(assert_alive(&child), SIGKILL);
    loop_free(loop);
    child_fini(&child);
    child_fini(&later);
}

static void what_may_stay_does_not_when_its_step_is_told_to_end(void **state)
{
    struct child child = {.stop_after = 1};
    const char *argv[] = {"sh", "-c", "setsid sleep 100 & sleep 0.1; echo $!; sleep 100", NULL};
    struct process_options options = options_of(&child, argv);

    (void)state;
    options.leave_running = true;
    child = run_with(&options, &child);
    assert_gone(&child);
    child_fini(&child);
}

static void a_daemon_that_hides_its_environment_is_found(void **state)
{
    struct child child = run_sh("env -i /usr/bin/setsid /bin/sh -c 'echo $$; exec sleep 100' & sleep 0.2");

    (void)state;
    assert_gone(&child);
    child_fini(&child);
}

static void a_chain_of_sessions_is_found_link_by_link(void **state)
{
    struct child child = run_sh("setsid sh -c 'setsid sh -c \"echo \\$\\$; trap : TERM; sleep 100; sleep "
                                "100\"; sleep 100' & sleep 0.3");

    (void)state;
    assert_gone(&child);
    child_fini(&child);
}

static void start_slow(void *context)
{
    struct child *child = context;
    const char *argv[] = {"sh", "-c", "setsid sh -c 'sleep 0.5; echo lives' & wait", NULL};
    struct process_options options = options_of(child, argv);

    assert_int_equal(process_start(child->loop, &options, &child->process, NULL), 0);
}

static void a_daemon_of_another_step_that_still_runs_is_left_alone(void **state)
{
    struct child slow = {.loop = loop_new()}, quick = {0};
    const char *argv[] = {"sh", "-c", "sleep 0.2", NULL};
    struct process_options options = options_of(&quick, argv);

    (void)state;
    start_slow(&slow);
    assert_int_equal(process_start(slow.loop, &options, &quick.process, NULL), 0);
    loop_run(slow.loop);
    assert_int_equal(quick.ends, 1);
    assert_string_equal(text_str(&slow.out), "lives\n");
    loop_free(slow.loop);
    child_fini(&slow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(a_grandchild_in_the_group_ends_with_its_leader),
        test_case(a_grandchild_that_ignores_term_is_killed),
        test_case(a_grandchild_in_a_session_of_its_own_is_found),
        test_case(what_may_stay_outlives_its_step_and_those_after_it),
        test_case(what_may_stay_does_not_when_its_step_is_told_to_end),
        test_case(a_daemon_that_hides_its_environment_is_found),
        test_case(a_chain_of_sessions_is_found_link_by_link),
        test_case(a_daemon_of_another_step_that_still_runs_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
