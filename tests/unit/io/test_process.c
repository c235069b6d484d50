#include "lib/test.h"
#include "lib/descriptors.h"

#include "base/clock.h"
#include "base/text.h"
#include "io/loop.h"
#include "io/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

struct child {
    struct loop *loop;
    struct process *process;
    struct text out, err;
    size_t bytes, calls;
    int exit_code, signal, ends;
    int stop_after; /* on the first output: 1 stop, 2 kill */
};

static void on_output(void *context, int stream, const char *bytes, size_t len)
{
    struct child *child = context;

    child->bytes += len;
    child->calls++;
    if (child->bytes < 1000000)
        text_add(stream == 1 ? &child->out : &child->err, bytes, len);
    if (child->stop_after == 1)
        process_stop(child->process);
    if (child->stop_after == 2)
        process_kill(child->process);
}

static void on_exit_(void *context, int exit_code, int signum)
{
    struct child *child = context;

    child->exit_code = exit_code;
    child->signal = signum;
    child->ends++;
}

static struct process_options options_of(struct child *child, const char *const *argv)
{
    return (struct process_options){.argv = argv,
        .env = (const char *const *)environ,
        .kill_after_ms = 200,
        .on_output = on_output,
        .on_exit = on_exit_,
        .context = child};
}

static struct child run_with(const struct process_options *options, struct child *child)
{
    struct err err = {0};

    child->loop = loop_new();
    if (process_start(child->loop, options, &child->process, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(child->ends, 0);
    loop_run(child->loop);
    assert_int_equal(child->ends, 1);
    loop_free(child->loop);
    return *child;
}

static struct child run_sh(const char *script)
{
    struct child child = {0};
    const char *argv[] = {"sh", "-c", script, NULL};
    struct process_options options = options_of(&child, argv);

    return run_with(&options, &child);
}

static void child_fini(struct child *child)
{
    text_fini(&child->out);
    text_fini(&child->err);
}

static int start_error(const char *command, const char *cwd, struct err *err)
{
    struct child child = {0};
    const char *argv[] = {command, NULL};
    struct process_options options = options_of(&child, argv);
    struct loop *loop = loop_new();
    int result;

    options.cwd = cwd;
    result = process_start(loop, &options, &child.process, err);
    loop_run(loop);
    assert_int_equal(child.ends, 0);
    loop_free(loop);
    return result;
}

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

static void a_command_that_does_not_exist_is_named(void **state)
{
    struct err err = {0};

    (void)state;
    assert_int_equal(start_error("kubctl-nowhere", NULL, &err), ERR_NOT_FOUND);
    assert_string_equal(err.text, "no command \"kubctl-nowhere\" in PATH");
    assert_int_equal(start_error("/no/such/command", NULL, &err), ERR_NOT_FOUND);
    assert_string_equal(err.text, "no command \"/no/such/command\"");
    assert_int_equal(start_error("", NULL, &err), ERR_NOT_FOUND);
}

static void a_missing_directory_is_told_from_a_missing_command(void **state)
{
    struct err err = {0};

    (void)state;
    assert_int_equal(start_error("true", "/no/such/dir", &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "no directory \"/no/such/dir\""));
    assert_int_equal(start_error("true", "/etc/passwd", &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "not a directory"));
}

static void make_file(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    chmod(path, mode);
}

static void a_file_that_cannot_be_executed_says_why(void **state)
{
    char dir[] = "/tmp/test-process-XXXXXX", path[200];
    struct err err = {0};

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/x", dir);
    make_file(path, "#!/bin/sh\n", 0600);
    assert_int_equal(start_error(path, NULL, &err), ERR_DENIED);
    assert_non_null(strstr(err.text, "chmod +x"));
    make_file(path, "echo no interpreter\n", 0700);
    assert_int_equal(start_error(path, NULL, &err), ERR_DENIED);
    assert_non_null(strstr(err.text, "#!/bin/sh"));
    make_file(path, "#!/no/such/interpreter\n", 0700);
    assert_int_equal(start_error(path, NULL, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "interpreter"));
    assert_int_equal(start_error(dir, NULL, &err), ERR_DENIED);
    assert_non_null(strstr(err.text, "is a directory"));
    unlink(path);
    rmdir(dir);
}

static void path_of_the_childs_environment_is_searched(void **state)
{
    char dir[] = "/tmp/test-process-XXXXXX", file[200], path[200];
    struct child child = {0};
    const char *argv[] = {"only-here", NULL};
    const char *env[] = {path, NULL};
    struct process_options options = options_of(&child, argv);

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(file, sizeof(file), "%s/only-here", dir);
    snprintf(path, sizeof(path), "PATH=/nowhere::%s", dir);
    make_file(file, "#!/bin/sh\necho found\n", 0700);
    options.env = env;
    child = run_with(&options, &child);
    assert_string_equal(text_str(&child.out), "found\n");
    unlink(file);
    rmdir(dir);
    child_fini(&child);
}

static void arguments_that_are_too_long_say_so(void **state)
{
    struct child child = {0};
    char *huge = malloc(4 << 20);
    const char *argv[] = {"true", huge, NULL};
    struct process_options options = options_of(&child, argv);
    struct loop *loop = loop_new();
    struct err err = {0};

    (void)state;
    memset(huge, 'x', (4 << 20) - 1);
    huge[(4 << 20) - 1] = '\0';
    assert_int_equal(process_start(loop, &options, &child.process, &err), ERR_LIMIT);
    loop_free(loop);
    free(huge);
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

static void the_directory_is_the_given_one(void **state)
{
    struct child child = {0};
    const char *argv[] = {"pwd", NULL};
    struct process_options options = options_of(&child, argv);

    (void)state;
    options.cwd = "/usr/bin";
    child = run_with(&options, &child);
    assert_string_equal(text_str(&child.out), "/usr/bin\n");
    child_fini(&child);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(both_streams_and_the_exit_code_arrive),
        test_case(an_end_by_signal_is_reported_as_such),
        test_case(a_command_that_does_not_exist_is_named),
        test_case(a_missing_directory_is_told_from_a_missing_command),
        test_case(a_file_that_cannot_be_executed_says_why),
        test_case(path_of_the_childs_environment_is_searched),
        test_case(arguments_that_are_too_long_say_so),
        test_case(stdin_is_empty_or_the_given_text),
        test_case(input_nobody_reads_does_no_harm),
        test_case(a_child_inherits_three_descriptors_and_nothing_else),
        test_case(a_closed_stdin_of_ours_does_not_confuse_a_child),
        test_case(a_hundred_children_leave_no_descriptor_open),
        test_case(nothing_blocked_or_ignored_is_inherited),
        test_case(stop_ends_a_child_during_its_output),
        test_case(a_child_that_ignores_term_is_killed_after_a_while),
        test_case(kill_is_at_once),
        test_case(a_grandchild_in_the_group_ends_with_its_leader),
        test_case(a_grandchild_that_ignores_term_is_killed),
        test_case(a_grandchild_in_a_session_of_its_own_is_found),
        test_case(what_may_stay_outlives_its_step_and_those_after_it),
        test_case(what_may_stay_does_not_when_its_step_is_told_to_end),
        test_case(a_daemon_that_hides_its_environment_is_found),
        test_case(a_chain_of_sessions_is_found_link_by_link),
        test_case(a_daemon_of_another_step_that_still_runs_is_left_alone),
        test_case(a_pipe_that_stays_open_stops_nothing),
        test_case(closed_output_is_not_the_end),
        test_case(a_flood_arrives_completely_and_in_bounded_pieces),
        test_case(the_directory_is_the_given_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
