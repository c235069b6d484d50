#include "lib/test.h"
#include "report/words.h"

static void says(struct event *event, const char *data, const char *want)
{
    struct text text autotext = {0};

    event->data = data ? json_loads(data, 0, NULL) : NULL;
    if (!event->path)
        event->path = "";
    if (!event->by.user)
        event->by = (struct principal){"", "", ""};
    event_words(event, &text);
    json_decref(event->data);
    assert_string_equal(text_str(&text), want);
}

#define EVENT(...) (&(struct event){.status = -1, .exit_code = -1, .due_us = -1, __VA_ARGS__})
#define EVENT_OF_STEP(...) (&(struct event){__VA_ARGS__})

static void what_the_event_does_not_say_is_left_out(void **state)
{
    (void)state;
    says(EVENT(.type = EVENT_RUN_STARTED), NULL, "the run started");
    says(EVENT(.type = EVENT_RUN_STARTED, .by = {"ana", "db1", "terminal"}), NULL, "the run started, by ana");
    says(EVENT(.type = EVENT_ASK_OPENED, .path = "rollback"), NULL, "`rollback` asks: a question");
}

static void a_failed_step_reads_as_a_sentence(void **state)
{
    (void)state;
    says(EVENT_OF_STEP(.type = EVENT_STEP_FINISHED, .path = "a/b#3", .status = STEP_FAILED,
             .class_ = FAIL_EXIT, .exit_code = 3, .due_us = -1),
        "{\"message\":\"disk full\"}", "`a/b` exited with code 3: disk full");
    says(EVENT_OF_STEP(.type = EVENT_STEP_RETRYING, .status = -1, .exit_code = -1, .path = "a#1",
             .class_ = FAIL_TIMEOUT, .mono_us = 1000000, .due_us = 11000000),
        "{\"message\":\"no answer\"}", "`a` is tried again in 10s: it timed out: no answer");
    says(EVENT_OF_STEP(.type = EVENT_STEP_RETRYING, .status = -1, .exit_code = -1, .path = "a#1",
             .mono_us = 0, .due_us = 5000000),
        "{\"why\":\"until\"}", "`a` is not there yet, looks again in 5.0s");
}

static void a_message_that_ends_the_sentence_is_not_put_behind_it(void **state)
{
    static const struct {
        enum fail_class class_;
        const char *message, *want;
    } cases[] = {
        {FAIL_EXIT, "exit status 3", "exited with code 3"},
        {FAIL_TIMEOUT, "timed out after 10s", "timed out after 10s"},
        {FAIL_DENIED, "denied by ana: wrong cluster", "was denied by ana: wrong cluster"},
        {FAIL_UNANSWERED, "nobody answered in time", "was not answered in time"},
        {FAIL_DEADLINE, "not done by its deadline", "was not done by its deadline"},
        {FAIL_HTTP, "503 Service Unavailable", "was refused by the server: 503 Service Unavailable"},
        {FAIL_EXIT, "3 of 20 failed: [2] db: exit status 3", "failed for 3 of 20: [2] db: exit status 3"},
        {FAIL_NONE, "", "failed"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct text text autotext = {0};

        failure_sentence(cases[i].class_, 3, cases[i].message, &text);
        assert_string_equal(text_str(&text), cases[i].want);
    }
}

static void a_decision_names_who_decided_and_what(void **state)
{
    (void)state;
    says(EVENT(.type = EVENT_ASK_ANSWERED, .path = "rollback", .by = {"bo", "db1", "terminal"}),
        "{\"decision\":\"deny\",\"note\":\"wrong cluster\"}", "bo denied `rollback`: wrong cluster");
    says(EVENT(.type = EVENT_ASK_ANSWERED, .path = "assess", .by = {"bo", "db1", "terminal"}),
        "{\"decision\":\"answer\",\"fields\":{\"recent\":true}}", "bo answered `assess` with recent=true");
}

static void an_escalation_is_named_by_its_path_or_by_the_list(void **state)
{
    (void)state;
    says(EVENT(.type = EVENT_ESCALATION_LEVEL, .path = "!platform"), "{\"level\":2,\"pass\":1}",
        "escalation platform pages level 2");
    says(EVENT(.type = EVENT_ESCALATION_LEVEL, .path = "!platform"), "{\"level\":1,\"pass\":2}",
        "escalation platform pages level 1 again (pass 2)");
    says(EVENT(.type = EVENT_ESCALATION_ACKNOWLEDGED, .by = {"ana", "", ""}),
        "{\"name\":\"\",\"escalations\":[\"a\",\"b\"]}", "ana acknowledged escalation a, b");
}

static void control_characters_in_data_are_shown_not_sent(void **state)
{
    (void)state;
    says(EVENT(.type = EVENT_NOTE_ADDED, .by = {"ana", "", ""}), "{\"text\":\"a\\u001b[2Jb\\nc\"}",
        "ana: a^[[2Jb c");
}

static void every_event_type_has_words(void **state)
{
    (void)state;
    for (int type = 0; type < EVENT_COUNT; type++) {
        struct text text autotext = {0};
        struct event event = {.type = (enum event_type)type,
            .path = "x",
            .by = {"", "", ""},
            .status = -1,
            .exit_code = -1,
            .due_us = -1};

        event_words(&event, &text);
        assert_true(text.len > 0);
        assert_string_not_equal(text_str(&text), "something happened");
    }
}

static void every_failure_class_has_words(void **state)
{
    (void)state;
    for (int class_ = 0; class_ < FAIL_COUNT; class_++) {
        struct text text autotext = {0};

        failure_words((enum fail_class)class_, -1, &text);
        assert_true(text.len > 3);
        assert_null(strchr(text_str(&text), '{'));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(what_the_event_does_not_say_is_left_out),
        test_case(a_failed_step_reads_as_a_sentence),
        test_case(a_message_that_ends_the_sentence_is_not_put_behind_it),
        test_case(a_decision_names_who_decided_and_what),
        test_case(an_escalation_is_named_by_its_path_or_by_the_list),
        test_case(control_characters_in_data_are_shown_not_sent),
        test_case(every_event_type_has_words),
        test_case(every_failure_class_has_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
