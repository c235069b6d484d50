#include "lib/test.h"

#include "core/core.h"

static int read_event(struct event event, struct input *input, struct outcome *outcome)
{
    struct err err;
    int rc = core_input_of(&event, input, outcome, &err);

    if (rc < 0)
        assert_true(strlen(err.text) > 5);
    return rc;
}

static void what_the_core_concluded_is_no_input(void **state)
{
    struct outcome outcome;
    struct input input;

    (void)state;
    for (int type = 0; type < EVENT_COUNT; type++)
        assert_int_equal(
            read_event((struct event){.type = (enum event_type)type, .path = ""}, &input, &outcome),
            ERR_INVALID);
}

static void a_judged_attempt_remembers_how_it_ended_by_itself(void **state)
{
    json_t *data = json_pack(
        "{s:s, s:s, s:{s:s}}", "outcome", "exit", "message", "exited with 3", "result", "stdout", "x");
    struct outcome outcome;
    struct input input;

    (void)state;
    assert_int_equal(read_event((struct event){.type = EVENT_STEP_FINISHED,
                                    .cause = true,
                                    .path = "a#2",
                                    .mono_us = 5,
                                    .exit_code = 3,
                                    .data = data},
                         &input, &outcome),
        0);
    assert_int_equal(input.type, INPUT_RESULT);
    assert_string_equal(input.path, "a#2");
    assert_int_equal(input.mono_us, 5);
    assert_ptr_equal(input.outcome, &outcome);
    assert_int_equal(outcome.class_, FAIL_EXIT);
    assert_int_equal(outcome.exit_code, 3);
    assert_string_equal(outcome.message, "exited with 3");
    assert_string_equal(value_get_string(outcome.result, "stdout"), "x");
    outcome_fini(&outcome);
    json_decref(data);
}

static void an_attempt_that_failed_only_in_the_judgement_had_succeeded(void **state)
{
    json_t *data = json_pack("{s:s, s:s}", "outcome", "ok", "message", "success_when is not true");
    struct outcome outcome;
    struct input input;

    (void)state;
    read_event((struct event){.type = EVENT_STEP_FINISHED,
                   .cause = true,
                   .path = "a",
                   .class_ = FAIL_ASSERTION,
                   .exit_code = 0,
                   .data = data},
        &input, &outcome);
    assert_int_equal(outcome.class_, FAIL_NONE);
    assert_null(outcome.message);
    outcome_fini(&outcome);
    json_decref(data);
}

static void a_timer_is_named_by_its_frame_and_purpose(void **state)
{
    json_t *data = json_pack("{s:s}", "timer", "wait");
    struct outcome outcome;
    struct input input;

    (void)state;
    assert_int_equal(
        read_event((struct event){.type = EVENT_TIMER_FIRED, .cause = true, .path = "a/b", .data = data},
            &input, &outcome),
        0);
    assert_int_equal(input.type, INPUT_TIMER);
    assert_int_equal(input.timer, 0);
    assert_string_equal(input.name, "wait");
    json_decref(data);
}

static void a_cause_that_lacks_its_facts_is_corrupt(void **state)
{
    static const enum event_type types[] = {EVENT_TIMER_FIRED, EVENT_ASK_ANSWERED, EVENT_NOTE_ADDED,
        EVENT_SIGNAL_RECEIVED, EVENT_ESCALATION_ACKNOWLEDGED};
    json_t *odd = json_pack("{s:s}", "outcome", "nonsense");
    struct outcome outcome;
    struct input input;

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        assert_int_equal(
            read_event((struct event){.type = types[i], .cause = true, .path = ""}, &input, &outcome),
            ERR_CORRUPT);
    assert_int_equal(
        read_event((struct event){.type = EVENT_STEP_FINISHED, .cause = true, .path = "a", .data = odd},
            &input, &outcome),
        ERR_CORRUPT);
    json_decref(odd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(what_the_core_concluded_is_no_input),
        test_case(a_judged_attempt_remembers_how_it_ended_by_itself),
        test_case(an_attempt_that_failed_only_in_the_judgement_had_succeeded),
        test_case(a_timer_is_named_by_its_frame_and_purpose),
        test_case(a_cause_that_lacks_its_facts_is_corrupt),
    };

    return cmocka_run_group_tests_name("core/fold", tests, NULL, NULL);
}
