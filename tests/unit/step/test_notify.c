#include "unit/step/attempt.h"
#include "step/notify.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(a_notification_runs_a_command_that_knows_what_it_is_about),
        test_case(an_unknown_action_says_what_there_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
