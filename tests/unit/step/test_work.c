#include "lib/test.h"
#include "lib/descriptors.h"

#include "lib/server.h"

#include "base/clock.h"
#include "base/mem.h"
#include "step/notify.h"
#include "step/step.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

/* One attempt and what came of it. */
struct attempt {
    struct loop *loop;
    struct work *work;
    struct step step;
    struct work_options options;
    struct outcome outcome;
    struct text out, err;
    size_t shown;
    int dones;
    bool stop_on_output;
    size_t stop_at; /* bytes shown */
};

static void on_output(void *context, int stream, const char *bytes, size_t len)
{
    struct attempt *attempt = context;

    attempt->shown += len;
    text_add(stream == 1 ? &attempt->out : &attempt->err, bytes, len);
    if (attempt->stop_on_output || (attempt->stop_at && attempt->shown >= attempt->stop_at))
        work_stop(attempt->work, false);
}

static void on_done(void *context, struct outcome *outcome)
{
    struct attempt *attempt = context;

    attempt->outcome = *outcome;
    attempt->dones++;
}

static const struct kind *kind_named(const char *name)
{
    for (size_t i = 0; step_kinds[i]; i++)
        if (strcmp(step_kinds[i]->name, name) == 0)
            return step_kinds[i];
    fail_msg("no kind %s", name);
    return NULL;
}

/* `args` is taken over. */
static void prepare(struct attempt *attempt, const char *kind, json_t *args)
{
    assert_non_null(args);
    attempt->loop = loop_new();
    attempt->step.kind = kind_named(kind);
    attempt->step.id = "s";
    attempt->options = (struct work_options){.loop = attempt->loop,
        .step = &attempt->step,
        .args = args,
        .run_id = "run1",
        .path = "deploy/s",
        .attempt = 2,
        .kill_after_ms = 300,
        .on_output = on_output,
        .on_done = on_done,
        .context = attempt};
}

static void carry_out(struct attempt *attempt)
{
    attempt->work = work_start(&attempt->options);
    assert_non_null(attempt->work);
    assert_int_equal(attempt->dones, 0);
    loop_run(attempt->loop);
    assert_int_equal(attempt->dones, 1);
}

static void fini(struct attempt *attempt)
{
    outcome_fini(&attempt->outcome);
    text_fini(&attempt->out);
    text_fini(&attempt->err);
    json_decref(attempt->options.args);
    json_decref(attempt->options.env);
    loop_free(attempt->loop);
}

static void run_script(struct attempt *attempt, const char *script)
{
    prepare(attempt, "run", json_pack("{s:s}", "script", script));
    carry_out(attempt);
}

static const char *result(const struct attempt *attempt, const char *key)
{
    return value_get_string(attempt->outcome.result, key);
}

static void assert_message(const struct attempt *attempt, enum fail_class class_, const char *message)
{
    assert_string_equal(fail_class_name(attempt->outcome.class_), fail_class_name(class_));
    assert_string_equal(attempt->outcome.message, message);
}

static void assert_message_has(const struct attempt *attempt, enum fail_class class_, const char *part)
{
    assert_string_equal(fail_class_name(attempt->outcome.class_), fail_class_name(class_));
    if (!strstr(attempt->outcome.message, part))
        fail_msg("\"%s\" does not say \"%s\"", attempt->outcome.message, part);
}

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

/* ---- http ---- */

static void request(struct attempt *attempt, const struct server *server, const char *path, json_t *more)
{
    char url[200];
    json_t *args = json_object();

    snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", server->port, path);
    json_object_set_new(args, "url", json_string(url));
    if (more)
        json_object_update(args, more);
    json_decref(more);
    prepare(attempt, "http", args);
    carry_out(attempt);
}

static json_int_t status_of(const struct attempt *attempt)
{
    return json_integer_value(json_object_get(attempt->outcome.result, "status_code"));
}

static void a_request_brings_status_headers_and_body(void **state)
{
    struct attempt attempt = {0};

    request(&attempt, *state, "/two", NULL);
    assert_int_equal(attempt.outcome.class_, FAIL_NONE);
    assert_int_equal(status_of(&attempt), 200);
    assert_string_equal(
        value_get_string(json_object_get(attempt.outcome.result, "headers"), "x-two"), "a, b");
    assert_string_equal(result(&attempt, "body"), "");
    fini(&attempt);
}

static void query_form_json_and_auth_are_encoded(void **state)
{
    struct attempt attempt = {0};

    request(&attempt, *state, "/echo?x=1#part",
        json_pack("{s:{s:s,s:[i,i],s:n},s:{s:s}}", "query", "q", "a b&c=ü", "n", 1, 2, "none", "form", "user",
            "a+b"));
    assert_non_null(strstr(result(&attempt, "body"), "POST /echo?x=1&q=a%20b%26c%3D%C3%BC&n=1&n=2 HTTP/1.1"));
    assert_non_null(strstr(result(&attempt, "body"), "Content-Type: application/x-www-form-urlencoded"));
    assert_non_null(strstr(result(&attempt, "body"), "\r\n\r\nuser=a%2Bb"));
    fini(&attempt);
    attempt = (struct attempt){0};
    request(&attempt, *state, "/echo",
        json_pack("{s:s,s:{s:i},s:{s:s},s:{s:{s:s,s:s}}}", "method", "PUT", "json", "a", 1, "headers", "X-Id",
            "7", "auth", "basic", "user", "u", "password", "p"));
    assert_non_null(strstr(result(&attempt, "body"), "PUT /echo HTTP/1.1"));
    assert_non_null(strstr(result(&attempt, "body"), "Content-Type: application/json"));
    assert_non_null(strstr(result(&attempt, "body"), "X-Id: 7"));
    assert_non_null(strstr(result(&attempt, "body"), "Authorization: Basic dTpw"));
    assert_non_null(strstr(result(&attempt, "body"), "\r\n\r\n{\"a\":1}"));
    fini(&attempt);
}

static void a_bad_status_fails_and_keeps_the_response(void **state)
{
    struct attempt attempt = {0};

    request(&attempt, *state, "/status/503", NULL);
    assert_message(&attempt, FAIL_HTTP, "HTTP status 503: it broke");
    assert_int_equal(status_of(&attempt), 503);
    assert_string_equal(result(&attempt, "body"), "it broke\nbadly\n");
    fini(&attempt);
}

static void expect_says_which_status_is_success(void **state)
{
    struct attempt attempt = {0};

    request(&attempt, *state, "/status/404", json_pack("{s:[i,s]}", "expect", 200, "4xx"));
    assert_int_equal(attempt.outcome.class_, FAIL_NONE);
    fini(&attempt);
    attempt = (struct attempt){0};
    request(&attempt, *state, "/hello", json_pack("{s:i}", "expect", 201));
    assert_message(&attempt, FAIL_HTTP, "HTTP status 200: hi");
    fini(&attempt);
}

static void redirects_are_followed_only_when_asked(void **state)
{
    struct attempt attempt = {0};

    request(&attempt, *state, "/redirect", NULL);
    assert_int_equal(status_of(&attempt), 302);
    fini(&attempt);
    attempt = (struct attempt){0};
    request(&attempt, *state, "/redirect", json_pack("{s:b}", "follow", true));
    assert_int_equal(status_of(&attempt), 200);
    fini(&attempt);
}

static void failures_of_a_request_have_their_classes(void **state)
{
    struct attempt attempt = {0};
    struct server nowhere = {.port = 1};

    request(&attempt, &nowhere, "/", NULL);
    assert_message_has(&attempt, FAIL_NETWORK, "127.0.0.1 port 1");
    fini(&attempt);
    attempt = (struct attempt){0};
    request(&attempt, *state, "/big", json_pack("{s:i}", "max_body", 1000));
    assert_message_has(&attempt, FAIL_HTTP, "longer than 1000 bytes");
    fini(&attempt);
    attempt = (struct attempt){0};
    prepare(&attempt, "http", json_pack("{s:s}", "url", "ftp://x/"));
    carry_out(&attempt);
    assert_message_has(&attempt, FAIL_VALIDATION, "does not begin with http://");
    fini(&attempt);
    attempt = (struct attempt){0};
    request(&attempt, *state, "/hello", json_pack("{s:s,s:i}", "body", "x", "json", 1));
    assert_message_has(&attempt, FAIL_VALIDATION, "only one of");
    fini(&attempt);
}

static void stop_now(void *context)
{
    work_stop(context, false);
}

static void a_request_that_is_stopped_is_cancelled(void **state)
{
    struct attempt attempt = {0};
    const struct server *server = *state;
    char url[200];

    snprintf(url, sizeof(url), "http://127.0.0.1:%d/slow", server->port);
    prepare(&attempt, "http", json_pack("{s:s}", "url", url));
    attempt.work = work_start(&attempt.options);
    loop_timer_start(attempt.loop, loop_now_us(attempt.loop) + 30000, stop_now, attempt.work);
    loop_run(attempt.loop);
    assert_int_equal(attempt.dones, 1);
    assert_message(&attempt, FAIL_CANCELLED, "cancelled");
    fini(&attempt);
}

static void a_missing_libcurl_is_class_spawn(void **state)
{
    struct attempt attempt = {0};

    (void)state;
    setenv("RUNBOOK_LIBCURL", "libnowhere.so", 1);
    prepare(&attempt, "http", json_pack("{s:s}", "url", "http://127.0.0.1/"));
    carry_out(&attempt);
    unsetenv("RUNBOOK_LIBCURL");
    assert_message_has(&attempt, FAIL_SPAWN, "apt install libcurl4");
    fini(&attempt);
}

/* ---- lua ---- */

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

/* ---- notify, preview ---- */

static void notify(struct attempt *attempt, json_t *args)
{
    struct script *script = script_new(NULL);

    prepare(attempt, "run", args);
    attempt->options.step = NULL;
    attempt->options.script = script;
    attempt->work = notify_start(&attempt->options);
    assert_int_equal(attempt->dones, 0);
    loop_run(attempt->loop);
    assert_int_equal(attempt->dones, 1);
    script_free(script);
}

static void a_notification_runs_a_command_that_knows_what_it_is_about(void **state)
{
    struct attempt attempt = {0};

    (void)state;
    notify(&attempt,
        json_pack("{s:s,s:{s:[s,s,s]},s:s,s:s,s:s,s:i}", "uses", "command.run", "with", "argv", "sh", "-c",
            "echo $RUNBOOK_MESSAGE/$RUNBOOK_SEVERITY/$RUNBOOK_CONTACT/$RUNBOOK_LEVEL; cat", "message",
            "it is down", "severity", "P1", "contact", "Ana", "level", 2));
    assert_int_equal(attempt.outcome.class_, FAIL_NONE);
    assert_non_null(strstr(result(&attempt, "stdout"), "it is down/P1/Ana/2\n{"));
    assert_non_null(strstr(result(&attempt, "stdout"), "\"message\":\"it is down\""));
    fini(&attempt);
}

static void an_unknown_action_says_what_there_is(void **state)
{
    struct attempt attempt = {0};

    (void)state;
    notify(&attempt, json_pack("{s:s}", "uses", "http.post_jso"));
    assert_message_has(
        &attempt, FAIL_ACTION, "no action \"http.post_jso\"; did you mean \"http.post_json\"?");
    fini(&attempt);
    attempt = (struct attempt){0};
    notify(&attempt, json_pack("{s:s,s:{}}", "uses", "command.run", "with"));
    assert_message_has(&attempt, FAIL_ACTION, "command.run: argv: the command must be a list");
    fini(&attempt);
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
        test_case(exec_passes_each_element_as_one_argument),
        test_case(exec_refuses_what_is_no_argument),
        test_case(a_command_that_cannot_start_is_class_spawn),
        test_case(bytes_that_are_no_text_are_replaced),
        test_case(of_a_flood_the_beginning_and_the_end_are_kept),
        test_case(stopping_while_the_rest_is_shown_changes_nothing),
        test_case(between_the_caps_nothing_is_lost),
        test_case(a_step_stopped_during_its_output_is_cancelled),
        test_case(a_step_that_ignores_term_is_killed),
        test_case(a_refused_step_can_be_stopped),
        test_case(no_descriptor_stays_open),
        test_case(a_request_brings_status_headers_and_body),
        test_case(query_form_json_and_auth_are_encoded),
        test_case(a_bad_status_fails_and_keeps_the_response),
        test_case(expect_says_which_status_is_success),
        test_case(redirects_are_followed_only_when_asked),
        test_case(failures_of_a_request_have_their_classes),
        test_case(a_request_that_is_stopped_is_cancelled),
        test_case(a_missing_libcurl_is_class_spawn),
        test_case(what_a_chunk_returns_is_the_output),
        test_case(a_file_that_was_not_loaded_is_said_to_be_missing),
        test_case(a_notification_runs_a_command_that_knows_what_it_is_about),
        test_case(an_unknown_action_says_what_there_is),
        test_case(a_preview_is_one_line_as_a_person_would_write_it),
    };

    return cmocka_run_group_tests(tests, start_server, stop_server);
}
