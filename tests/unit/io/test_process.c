#include "unit/io/child.h"
#include "lib/descriptors.h"
#include "base/clock.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static void both_streams_and_the_exit_code_arrive(void **state)
{
    struct child child = run_sh("echo out; echo err >&2; exit 3");

    (void)state;
    assert_string_equal(text_str(&child.out), "out\n");
    assert_string_equal(text_str(&child.err), "err\n");
    assert_int_equal(child.exit_code, 3);
    assert_int_equal(child.signal, 0);
    child_fini(&child);
}

static void an_end_by_signal_is_reported_as_such(void **state)
{
    struct child child = run_sh("kill -SEGV $$");

    (void)state;
    assert_int_equal(child.exit_code, -1);
    assert_int_equal(child.signal, SIGSEGV);
    child_fini(&child);
}

static void stdin_is_empty_or_the_given_text(void **state)
{
    struct child child = run_sh("wc -c");
    const char *argv[] = {"sha256sum", NULL};
    struct process_options options;
    char *text = malloc(1 << 20);

    (void)state;
    assert_string_equal(text_str(&child.out), "0\n");
    child_fini(&child);
    child = (struct child){0};
    options = options_of(&child, argv);
    memset(text, 0, 1 << 20);
    options.input = text;
    options.input_len = 1 << 20;
    child = run_with(&options, &child);
    assert_string_equal(
        text_str(&child.out), "30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58  -\n");
    free(text);
    child_fini(&child);
}

static void input_nobody_reads_does_no_harm(void **state)
{
    struct child child = {0};
    const char *argv[] = {"true", NULL};
    struct process_options options = options_of(&child, argv);

    (void)state;
    options.input = "unread";
    options.input_len = 6;
    child = run_with(&options, &child);
    assert_int_equal(child.exit_code, 0);
}

static void a_child_inherits_three_descriptors_and_nothing_else(void **state)
{
    int leak = open("/dev/null", O_RDONLY); /* without O_CLOEXEC, as a careless library would */
    struct child child = run_sh("ls /proc/$$/fd");

    (void)state;
    assert_string_equal(text_str(&child.out), "0\n1\n2\n");
    close(leak);
    child_fini(&child);
}

static void a_closed_stdin_of_ours_does_not_confuse_a_child(void **state)
{
    int kept = fcntl(0, F_DUPFD_CLOEXEC, 10);
    struct child child;

    (void)state;
    close(0);
    child = run_sh("wc -c; echo err >&2");
    assert_string_equal(text_str(&child.out), "0\n");
    assert_string_equal(text_str(&child.err), "err\n");
    dup2(kept, 0);
    close(kept);
    child_fini(&child);
}

static void a_hundred_children_leave_no_descriptor_open(void **state)
{
    size_t before = open_fds();
    struct child child = {.loop = loop_new()};
    const char *argv[] = {"true", NULL};
    struct process_options options = options_of(&child, argv);
    struct err err;

    (void)state;
    for (int i = 0; i < 100; i++)
        assert_int_equal(process_start(child.loop, &options, &child.process, &err), 0);
    loop_run(child.loop);
    assert_int_equal(child.ends, 100);
    loop_free(child.loop);
    assert_int_equal(open_fds(), before);
}

static void nothing_blocked_or_ignored_is_inherited(void **state)
{
    struct child child;
    unsigned long long ignored;
    sigset_t set;

    (void)state;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGINT, SIG_IGN);
    child = run_sh("exec grep -E 'Sig(Blk|Ign)' /proc/self/status");
    signal(SIGINT, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    assert_non_null(strstr(text_str(&child.out), "SigBlk:\t0000000000000000\n"));
    ignored = strtoull(strstr(text_str(&child.out), "SigIgn:") + 8, NULL, 16);
    assert_int_equal(ignored & 0x7fffffff, 0); /* 32 and 33 are the C library's own */
    child_fini(&child);
}

static void stop_ends_a_child_during_its_output(void **state)
{
    struct child child = {.stop_after = 1};
    const char *argv[] = {
        "sh", "-c", "trap 'echo bye; exit 7' TERM; echo hi; while :; do sleep 0.05; done", NULL};
    struct process_options options = options_of(&child, argv);

    (void)state;
    options.kill_after_ms = 5000;
    child = run_with(&options, &child);
    assert_string_equal(text_str(&child.out), "hi\nbye\n");
    assert_int_equal(child.exit_code, 7);
    child_fini(&child);
}

static void a_child_that_ignores_term_is_killed_after_a_while(void **state)
{
    struct child child = {.stop_after = 1};
    const char *argv[] = {"sh", "-c", "trap '' TERM; echo hi; while :; do sleep 0.05; done", NULL};
    struct process_options options = options_of(&child, argv);
    int64_t began = clock_mono_us();

    (void)state;
    child = run_with(&options, &child);
    assert_int_equal(child.signal, SIGKILL);
    assert_in_range(clock_mono_us() - began, 200000, 1500000);
    child_fini(&child);
}

static void kill_is_at_once(void **state)
{
    struct child child = {.stop_after = 2};
    const char *argv[] = {"sh", "-c", "trap '' TERM; echo hi; sleep 100", NULL};
    struct process_options options = options_of(&child, argv);
    int64_t began = clock_mono_us();

    (void)state;
    options.kill_after_ms = 60000;
    child = run_with(&options, &child);
    assert_int_equal(child.signal, SIGKILL);
    assert_in_range(clock_mono_us() - began, 0, 1500000);
    child_fini(&child);
}

static void stand_still(void *context)
{
    (void)context;
    usleep(500000);
}

/* When the loop looks again, the leader has ended, and then a daemon that is left alone has written to the
 * pipe, which it keeps open: to read twice would be to wait for the daemon. */
static void a_pipe_that_stays_open_stops_nothing(void **state)
{
    struct child child = {.loop = loop_new()};
    const char *slow[] = {"sh", "-c", "sleep 1", NULL};
    const char *argv[] = {
        "sh", "-c", "RUNBOOK_CHILD= setsid sh -c 'sleep 0.2; echo late; exec sleep 4' & sleep 0.1", NULL};
    struct process_options options = options_of(&child, slow);
    int64_t began_us = clock_mono_us();
    struct err err;

    (void)state;
    assert_int_equal(process_start(child.loop, &options, &child.process, &err), 0);
    options.argv = argv;
    assert_int_equal(process_start(child.loop, &options, &child.process, &err), 0);
    loop_defer(child.loop, stand_still, NULL);
    loop_run(child.loop);
    assert_int_equal(child.ends, 2);
    assert_string_equal(text_str(&child.out), "late\n");
    assert_true(clock_mono_us() - began_us < 3000000);
    loop_free(child.loop);
    child_fini(&child);
}

static void closed_output_is_not_the_end(void **state)
{
    struct child child = run_sh("exec >&- 2>&-; sleep 0.1; exit 4");

    (void)state;
    assert_int_equal(child.exit_code, 4);
    child_fini(&child);
}

static void a_flood_arrives_completely_and_in_bounded_pieces(void **state)
{
    struct child child = run_sh("head -c 67108864 /dev/zero");

    (void)state;
    assert_int_equal(child.bytes, 67108864);
    assert_true(child.calls >= 64);
    child_fini(&child);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(both_streams_and_the_exit_code_arrive),
        test_case(an_end_by_signal_is_reported_as_such),
        test_case(stdin_is_empty_or_the_given_text),
        test_case(input_nobody_reads_does_no_harm),
        test_case(a_child_inherits_three_descriptors_and_nothing_else),
        test_case(a_closed_stdin_of_ours_does_not_confuse_a_child),
        test_case(a_hundred_children_leave_no_descriptor_open),
        test_case(nothing_blocked_or_ignored_is_inherited),
        test_case(stop_ends_a_child_during_its_output),
        test_case(a_child_that_ignores_term_is_killed_after_a_while),
        test_case(kill_is_at_once),
        test_case(a_pipe_that_stays_open_stops_nothing),
        test_case(closed_output_is_not_the_end),
        test_case(a_flood_arrives_completely_and_in_bounded_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
