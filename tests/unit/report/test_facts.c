#include "lib/test.h"
#include "report/facts.h"
#include "report/story.h"
#include "report/tree.h"

#include "unit/report/golden.h"
#include "unit/report/incident.h"

#include <locale.h>

static void rows_stand_in_the_order_of_the_tree_even_when_branches_interleave(void **state)
{
    static const struct tale tales[] = {
        {0, EVENT_STEP_STARTED, "a", NULL, -1, 0, -1, 1, 0, NULL},
        {0, EVENT_STEP_STARTED, "a/x", NULL, -1, 0, -1, 1, 0, NULL},
        {0, EVENT_STEP_STARTED, "b", NULL, -1, 0, -1, 1, 0, NULL},
        {0, EVENT_STEP_STARTED, "b/x", NULL, -1, 0, -1, 1, 0, NULL},
        {1, EVENT_STEP_STARTED, "a/y#2", NULL, -1, 0, -1, 2, 0, NULL},
        {1, EVENT_STEP_STARTED, "a#2/z", NULL, -1, 0, -1, 1, 0, NULL},
    };
    static const char *const order[] = {"a", "a/x", "a/y", "a#2/z", "b", "b/x"};
    static const size_t depths[] = {0, 1, 1, 1, 0, 1};
    struct facts facts;

    (void)state;
    incident_begin(&facts, RUN_RUNNING, "");
    for (size_t i = 0; i < sizeof(tales) / sizeof(tales[0]); i++)
        tell(&facts, &tales[i]);
    facts_end(&facts, 0);
    assert_int_equal(facts.row_count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(facts.rows[i].path, order[i]);
        assert_int_equal(facts.rows[i].depth, depths[i]);
    }
    facts_fini(&facts);
}

static void a_step_is_found_by_its_path_its_attempt_or_its_last_part(void **state)
{
    struct facts facts;

    (void)state;
    incident(&facts);
    assert_string_equal(facts_find(&facts, "recover/undo")->path, "recover/undo");
    assert_string_equal(facts_find(&facts, "recover/undo#2")->path, "recover/undo");
    assert_string_equal(facts_find(&facts, "undo")->path, "recover/undo");
    assert_null(facts_find(&facts, "nothing"));
    assert_null(facts_find(&facts, ""));
    assert_null(facts_find(&facts, "!platform"));
    facts_fini(&facts);
}

static void a_last_part_that_two_steps_share_finds_neither(void **state)
{
    static const struct tale tales[] = {
        {0, EVENT_STEP_STARTED, "a/x", NULL, -1, 0, -1, 1, 0, NULL},
        {0, EVENT_STEP_STARTED, "b/x", NULL, -1, 0, -1, 1, 0, NULL},
    };
    struct facts facts;

    (void)state;
    incident_begin(&facts, RUN_RUNNING, "");
    tell(&facts, &tales[0]);
    tell(&facts, &tales[1]);
    facts_end(&facts, 0);
    assert_null(facts_find(&facts, "x"));
    facts_fini(&facts);
}

static void the_culprit_is_the_innermost_failure_that_nobody_tolerated(void **state)
{
    static const struct tale tales[] = {
        {0, EVENT_STEP_FINISHED, "flaky", NULL, STEP_FAILED, FAIL_EXIT, 1, 1, 0,
            "{\"message\":\"exit 1\",\"tolerated\":true}"},
        {1, EVENT_STEP_STARTED, "deploy", NULL, -1, 0, -1, 1, 0, NULL},
        {1, EVENT_STEP_STARTED, "deploy/push", NULL, -1, 0, -1, 1, 0, NULL},
        {2, EVENT_STEP_FINISHED, "deploy/push", NULL, STEP_FAILED, FAIL_EXIT, 3, 1, 0,
            "{\"message\":\"no route\"}"},
        {2, EVENT_STEP_FINISHED, "deploy", NULL, STEP_FAILED, FAIL_EXIT, 3, 1, 0,
            "{\"message\":\"no route\"}"},
    };
    struct facts facts;
    struct text text autotext = {0};

    (void)state;
    incident_begin(&facts, RUN_FAILED, "no route");
    for (size_t i = 0; i < sizeof(tales) / sizeof(tales[0]); i++)
        tell(&facts, &tales[i]);
    facts_end(&facts, 0);
    assert_string_equal(facts_culprit(&facts)->path, "deploy/push");
    story_outcome(&facts, &text);
    assert_string_equal(
        text_str(&text), "failed after 2.0s: step `deploy/push` exited with code 3: no route (class exit)");
    facts_fini(&facts);
}

static void an_open_question_says_which_command_answers_it(void **state)
{
    static const struct tale tales[] = {
        {0, EVENT_ASK_OPENED, "assess", NULL, -1, 0, -1, 0, 0,
            "{\"kind\":\"input\",\"message\":\"Deployed?\",\"fields\":{\"recent\":{\"type\":\"boolean\"}}}"},
        {0, EVENT_ASK_OPENED, "rollback", NULL, -1, 0, -1, 0, 0,
            "{\"kind\":\"approve\",\"message\":\"Now?\"}"},
        {0, EVENT_ASK_OPENED, "look", NULL, -1, 0, -1, 0, 0,
            "{\"kind\":\"manual\",\"instructions\":\"Look\"}"},
        {0, EVENT_ESCALATION_STARTED, "!platform", NULL, -1, 0, -1, 0, 0, "{\"policy\":\"platform\"}"},
    };
    struct facts facts;
    struct text text autotext = {0};

    (void)state;
    incident_begin(&facts, RUN_WAITING, "");
    for (size_t i = 0; i < sizeof(tales) / sizeof(tales[0]); i++)
        tell(&facts, &tales[i]);
    facts_end(&facts, 0);
    story_next(&facts, &(struct paint){.ascii = true}, "abcdef", &text);
    assert_string_equal(text_str(&text),
        "  waiting for: answer assess  ->  runbook answer abcdef assess 'recent=yes|no'\n"
        "  waiting for: approve rollback  ->  runbook approve abcdef rollback\n"
        "  waiting for: manual look  ->  runbook done abcdef look\n"
        "  nobody has acknowledged: platform  ->  runbook ack abcdef platform\n");
    facts_fini(&facts);
}

static void a_question_is_open_until_the_step_has_its_answer(void **state)
{
    static const struct tale tales[] = {
        {0, EVENT_STEP_STARTED, "go", NULL, -1, 0, -1, 1, 0, "{\"kind\":\"approve\"}"},
        {0, EVENT_ASK_OPENED, "go", NULL, -1, 0, -1, 0, 60, "{\"kind\":\"approve\",\"count\":2}"},
        {10, EVENT_ASK_ANSWERED, "go", "ana", -1, 0, -1, 0, 0, "{\"decision\":\"approve\"}"},
        {60, EVENT_ASK_EXPIRED, "go", NULL, -1, 0, -1, 0, 0, NULL},
        {70, EVENT_ASK_ANSWERED, "go", "bo", -1, 0, -1, 0, 0, "{\"decision\":\"approve\"}"},
    };
    size_t last = sizeof(tales) / sizeof(tales[0]) - 1;
    struct facts facts;

    (void)state;
    incident_begin(&facts, RUN_RUNNING, "");
    for (size_t i = 0; i <= last; i++) {
        tell(&facts, &tales[i]);
        if (i > 0)
            assert_int_equal(facts.rows[0].is_open, i < last);
    }
    facts_fini(&facts);
}

static void when_everybody_was_paged_and_nobody_came_the_tree_says_so(void **state)
{
    static const struct tale tales[] = {
        {0, EVENT_ESCALATION_STARTED, "!a", NULL, -1, 0, -1, 0, 0, "{\"policy\":\"a\"}"},
        {1, EVENT_ESCALATION_LEVEL, "!a", NULL, -1, 0, -1, 0, 0, "{\"level\":1}"},
        {2, EVENT_ESCALATION_EXHAUSTED, "!a", NULL, -1, 0, -1, 0, 0, NULL},
        {3, EVENT_ESCALATION_RESOLVED, "close", NULL, -1, 0, -1, 0, 0,
            "{\"name\":\"a\",\"escalations\":[\"a\"]}"},
    };
    static const char *const wanted[] = {"nobody has acknowledged", "nobody has acknowledged",
        "everybody was paged, nobody acknowledged\n", "everybody was paged, nobody acknowledged; resolved\n"};

    (void)state;
    for (size_t count = 1; count <= sizeof(tales) / sizeof(tales[0]); count++) {
        struct text text autotext = {0};
        struct tree_options options = {.width = 80};
        struct facts facts;

        incident_begin(&facts, RUN_RUNNING, "");
        for (size_t i = 0; i < count; i++)
            tell(&facts, &tales[i]);
        facts_end(&facts, 0);
        tree_draw(&facts, &options, &text);
        assert_non_null(strstr(text_str(&text), wanted[count - 1]));
        facts_fini(&facts);
    }
}

static void an_acknowledgement_that_names_nobody_means_every_open_escalation(void **state)
{
    static const struct tale tales[] = {
        {0, EVENT_ESCALATION_STARTED, "!a", NULL, -1, 0, -1, 0, 0, "{\"policy\":\"a\"}"},
        {0, EVENT_ESCALATION_STARTED, "!b", NULL, -1, 0, -1, 0, 0, "{\"policy\":\"b\"}"},
        {1, EVENT_NOTIFY_FAILED, "!b/1/bo/pager", NULL, -1, 0, -1, 0, 0, "{\"target\":\"bo\"}"},
        {2, EVENT_ESCALATION_ACKNOWLEDGED, NULL, "ana", -1, 0, -1, 0, 0,
            "{\"name\":\"\",\"escalations\":[\"a\",\"b\"]}"},
        {3, EVENT_ESCALATION_RESOLVED, "close", NULL, -1, 0, -1, 0, 0,
            "{\"name\":\"b\",\"escalations\":[\"b\"]}"},
    };
    struct facts facts;

    (void)state;
    incident_begin(&facts, RUN_RUNNING, "");
    for (size_t i = 0; i < sizeof(tales) / sizeof(tales[0]); i++)
        tell(&facts, &tales[i]);
    facts_end(&facts, 0);
    assert_int_equal(facts.row_count, 2);
    assert_true(facts.rows[0].is_open && facts.rows[0].is_acknowledged);
    assert_string_equal(facts.rows[0].by, "ana");
    assert_false(facts.rows[1].is_open);
    assert_int_equal(facts.rows[1].pages_failed, 1);
    facts_fini(&facts);
}

/* A question's escalation bears its path, and pages of it have three more parts. */
static void the_pages_of_a_question_in_a_block_belong_to_its_own_escalation(void **state)
{
    static const struct tale tales[] = {
        {0, EVENT_ESCALATION_STARTED, "!deploy/go", NULL, -1, 0, -1, 0, 0, NULL},
        {0, EVENT_ESCALATION_LEVEL, "!deploy/go", NULL, -1, 0, -1, 0, 0, "{\"level\":1}"},
        {1, EVENT_NOTIFY_SENT, "!deploy/go/1/ana/pager", NULL, -1, 0, -1, 0, 0, NULL},
        {2, EVENT_NOTIFY_FAILED, "!deploy/go/1/bo/pager", NULL, -1, 0, -1, 0, 0, NULL},
    };
    struct facts facts;

    (void)state;
    incident_begin(&facts, RUN_RUNNING, "");
    for (size_t i = 0; i < sizeof(tales) / sizeof(tales[0]); i++)
        tell(&facts, &tales[i]);
    facts_end(&facts, 0);
    assert_int_equal(facts.row_count, 1);
    assert_string_equal(facts.rows[0].path, "deploy/go");
    assert_int_equal(facts.rows[0].pages, 1);
    assert_int_equal(facts.rows[0].pages_failed, 1);
    facts_fini(&facts);
}

static void what_was_under_way_at_the_runs_deadline_is_no_culprit(void **state)
{
    static const struct tale tales[] = {
        {0, EVENT_STEP_STARTED, "early", NULL, -1, 0, -1, 1, 0, NULL},
        {1, EVENT_STEP_FINISHED, "early", NULL, STEP_FAILED, FAIL_EXIT, 1, 1, 0, "{\"message\":\"exit 1\"}"},
        {1, EVENT_STEP_STARTED, "slow", NULL, -1, 0, -1, 1, 0, NULL},
        {9, EVENT_STEP_FINISHED, "slow", NULL, STEP_CANCELLED, FAIL_CANCELLED, -1, 1, 0, NULL},
        {9, EVENT_RUN_FINISHED, "", NULL, RUN_FAILED, FAIL_DEADLINE, -1, 0, 0,
            "{\"step\":\"slow\",\"message\":\"the run was not done by its deadline\"}"},
    };
    struct facts facts;
    struct text text autotext = {0};

    (void)state;
    incident_begin(&facts, RUN_FAILED, "");
    for (size_t i = 0; i < sizeof(tales) / sizeof(tales[0]); i++)
        tell(&facts, &tales[i]);
    facts_end(&facts, 0);
    assert_null(facts_culprit(&facts));
    story_outcome(&facts, &text);
    assert_string_equal(text_str(&text), "failed after 9.0s: the run was not done by its deadline");
    facts_fini(&facts);
}

static void an_ended_run_asks_nobody_for_an_answer(void **state)
{
    static const struct tale tale = {
        0, EVENT_ASK_OPENED, "rollback", NULL, -1, 0, -1, 0, 0, "{\"kind\":\"approve\"}"};
    struct facts facts;
    struct text text autotext = {0};

    (void)state;
    incident_begin(&facts, RUN_CANCELLED, "");
    tell(&facts, &tale);
    facts_end(&facts, 0);
    story_next(&facts, &(struct paint){0}, "abcdef", &text);
    assert_string_equal(text_str(&text), "");
    facts_fini(&facts);
}

static void the_passes_of_an_until_are_looks_and_no_retries(void **state)
{
    static const struct tale tales[] = {
        {0, EVENT_STEP_STARTED, "healthy#1", NULL, -1, 0, -1, 1, 0, NULL},
        {1, EVENT_STEP_RETRYING, "healthy#1", NULL, -1, 0, -1, 1, 11, "{\"why\":\"until\"}"},
        {11, EVENT_STEP_STARTED, "healthy#2", NULL, -1, 0, -1, 2, 0, NULL},
        {12, EVENT_STEP_FINISHED, "healthy#2", NULL, STEP_SUCCEEDED, 0, -1, 2, 0, NULL},
    };
    struct facts facts;

    (void)state;
    incident_begin(&facts, RUN_SUCCEEDED, "");
    for (size_t i = 0; i < sizeof(tales) / sizeof(tales[0]); i++)
        tell(&facts, &tales[i]);
    facts_end(&facts, 0);
    assert_int_equal(facts.retries, 0);
    assert_int_equal(facts.row_count, 1);
    assert_int_equal(facts.rows[0].attempts, 2);
    assert_true(facts.rows[0].is_polling);
    assert_int_equal(facts.rows[0].spans[0].to_us, 11000000);
    facts_fini(&facts);
}

static void the_tree_tells_questions_failures_and_attempts(void **state)
{
    struct facts facts;
    struct text text autotext = {0};

    (void)state;
    incident(&facts);
    tree_draw(&facts, &(struct tree_options){.width = 80}, &text);
    facts_fini(&facts);
    golden(&text, "incident-tree.txt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(rows_stand_in_the_order_of_the_tree_even_when_branches_interleave),
        test_case(a_step_is_found_by_its_path_its_attempt_or_its_last_part),
        test_case(a_last_part_that_two_steps_share_finds_neither),
        test_case(the_culprit_is_the_innermost_failure_that_nobody_tolerated),
        test_case(an_open_question_says_which_command_answers_it),
        test_case(a_question_is_open_until_the_step_has_its_answer),
        test_case(when_everybody_was_paged_and_nobody_came_the_tree_says_so),
        test_case(an_acknowledgement_that_names_nobody_means_every_open_escalation),
        test_case(the_pages_of_a_question_in_a_block_belong_to_its_own_escalation),
        test_case(what_was_under_way_at_the_runs_deadline_is_no_culprit),
        test_case(an_ended_run_asks_nobody_for_an_answer),
        test_case(the_passes_of_an_until_are_looks_and_no_retries),
        test_case(the_tree_tells_questions_failures_and_attempts),
    };

    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
