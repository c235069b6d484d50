#include "lib/test.h"
#include "report/review.h"
#include "report/timeline.h"

#include "unit/report/golden.h"
#include "unit/report/incident.h"

/* A night with pages, a late phase and what people said of it, some of it the morning after. */
static void night(struct facts *facts, enum run_status status)
{
    static const struct tale tales[] = {
        {0, EVENT_RUN_STARTED, NULL, "ana", RUN_RUNNING, 0, -1, 0, 0, NULL},
        {0, EVENT_TIMER_SET, "repair", NULL, -1, 0, -1, 0, 300, "{\"timer\":\"deadline\"}"},
        {60, EVENT_ESCALATION_STARTED, "!platform", NULL, -1, 0, -1, 0, 0, "{\"policy\":\"platform\"}"},
        {60, EVENT_ESCALATION_LEVEL, "!platform", NULL, -1, 0, -1, 0, 0, "{\"level\":1,\"pass\":1}"},
        {61, EVENT_NOTIFY_SENT, "!platform/1/bo/pager", NULL, -1, 0, -1, 0, 0,
            "{\"target\":\"bo\",\"channel\":\"pager\",\"level\":1}"},
        {180, EVENT_ESCALATION_ACKNOWLEDGED, NULL, "bo", -1, 0, -1, 0, 0, "{\"escalations\":[\"platform\"]}"},
        {200, EVENT_STEP_STARTED, "repair", NULL, -1, 0, -1, 1, 0, "{\"kind\":\"run\"}"},
        {300, EVENT_DEADLINE_MISSED, "repair", NULL, -1, 0, -1, 0, 0, NULL},
        {360, EVENT_NOTE_ADDED, NULL, "bo", -1, 0, -1, 0, 0, "{\"text\":\"Mitigated: traffic moved away\"}"},
        {420, EVENT_STEP_FINISHED, "repair", NULL, STEP_SUCCEEDED, 0, 0, 1, 0, NULL},
        {420, EVENT_NOTE_ADDED, NULL, "bo", -1, 0, -1, 0, 0, "{\"text\":\"it was the balancer\"}"},
        {600, EVENT_ESCALATION_RESOLVED, NULL, "bo", -1, 0, -1, 0, 0, "{\"escalations\":[\"platform\"]}"},
        {600, EVENT_RUN_FINISHED, NULL, NULL, RUN_SUCCEEDED, 0, -1, 0, 0, NULL},
        {36000, EVENT_NOTE_ADDED, NULL, "ana", -1, 0, -1, 0, 0,
            "{\"text\":\"impact: 300 users | <b>none</b>\"}"},
        {36001, EVENT_NOTE_ADDED, NULL, "ana", -1, 0, -1, 0, 0,
            "{\"text\":\"follow-up: alert on it, ana, Friday\"}"},
        {36002, EVENT_CORRECTION_ADDED, NULL, "ana", -1, 0, -1, 0, 0,
            "{\"text\":\"it was db1\",\"event\":11}"},
    };

    incident_begin(facts, status, "");
    for (size_t i = 0; i < sizeof tales / sizeof *tales; i++)
        tell(facts, &tales[i]);
    facts_end(facts, 0);
}

static void times_are_counted_from_the_first_page(void **state)
{
    struct facts facts;
    struct review review;
    char text[REVIEW_TEXT_SIZE];

    (void)state;
    night(&facts, RUN_SUCCEEDED);
    review_init(&review, &facts);
    assert_string_equal(review_acknowledged(&review, text), "2m");
    assert_string_equal(review_mitigated(&review, text), "5m");
    assert_string_equal(review_resolved(&review, text), "9m");
    review_fini(&review);
    facts_fini(&facts);
}

static void a_deadline_that_was_missed_is_late_by_what_its_step_took_longer(void **state)
{
    struct facts facts;
    struct review review;

    (void)state;
    night(&facts, RUN_SUCCEEDED);
    review_init(&review, &facts);
    assert_int_equal(review.late_count, 1);
    assert_int_equal(review.lates[0].at_us, 300 * 1000000);
    assert_int_equal(review.lates[0].by_us, 120 * 1000000);
    review_fini(&review);
    facts_fini(&facts);
}

static void people_and_deadlines_have_lanes(void **state)
{
    struct facts facts;

    (void)state;
    night(&facts, RUN_SUCCEEDED);
    assert_int_equal(facts.deadline_count, 1);
    assert_int_equal(facts.deadlines[0].status, STEP_FAILED);
    assert_int_equal(facts.person_count, 2);
    assert_string_equal(facts.people[0].path, "bo");
    assert_int_equal(facts.people[0].pages, 1);
    assert_true(facts.people[0].is_acknowledged);
    assert_int_equal(facts.people[0].span_count, 2);
    assert_int_equal(facts.people[0].spans[0].to_us, 180 * 1000000);
    assert_int_equal(facts.people[0].spans[1].type, SPAN_WORK);
    assert_int_equal(facts.people[0].spans[1].to_us, 600 * 1000000);
    facts_fini(&facts);
}

static void who_is_paged_when_somebody_has_acknowledged_is_not_waited_for(void **state)
{
    static const struct tale tales[] = {
        {0, EVENT_ESCALATION_STARTED, "!platform", NULL, -1, 0, -1, 0, 0, "{}"},
        {1, EVENT_ESCALATION_ACKNOWLEDGED, NULL, "bo", -1, 0, -1, 0, 0, "{\"escalations\":[\"platform\"]}"},
        {2, EVENT_NOTIFY_SENT, "!platform/1/ana/pager", NULL, -1, 0, -1, 0, 0, "{\"target\":\"ana\"}"},
    };
    struct facts facts;

    (void)state;
    incident_begin(&facts, RUN_RUNNING, "");
    for (size_t i = 0; i < sizeof(tales) / sizeof(tales[0]); i++)
        tell(&facts, &tales[i]);
    facts_end(&facts, INCIDENT_START_US + 60000000);
    assert_string_equal(facts.people[1].path, "ana");
    assert_int_equal(facts.people[1].mark_count, 1);
    assert_int_equal(facts.people[1].span_count, 0);
    facts_fini(&facts);
}

static void a_run_ends_when_it_ends_whatever_is_said_later(void **state)
{
    struct facts facts;

    (void)state;
    night(&facts, RUN_SUCCEEDED);
    assert_int_equal(facts.end_us, 600 * 1000000);
    assert_int_equal(facts.afterwards, 3);
    assert_false(facts.events[12].is_after);
    assert_true(facts.events[13].is_after);
    assert_true(row_is_drawn(&facts, &facts.people[0]));
    assert_string_equal(facts.people[1].path, "ana");
    assert_false(row_is_drawn(&facts, &facts.people[1]));
    facts_fini(&facts);
}

static void the_report_is_whole(void **state)
{
    struct facts facts;
    struct review review;
    struct text text autotext = {0};

    (void)state;
    night(&facts, RUN_SUCCEEDED);
    review_init(&review, &facts);
    review_markdown(&review, &text);
    golden(&text, "night-report.md");
    review_fini(&review);
    facts_fini(&facts);
}

static void the_same_comes_as_json(void **state)
{
    struct facts facts;
    struct review review;

    (void)state;
    night(&facts, RUN_SUCCEEDED);
    review_init(&review, &facts);
    json_t *json autovalue = review_json(&review);
    json_t *times = json_object_get(json, "times");
    assert_true(json_real_value(json_object_get(times, "acknowledge_seconds")) == 120);
    assert_true(json_real_value(json_object_get(times, "resolve_seconds")) == 540);
    json_t *impact = json_array_get(json_object_get(json, "impact"), 0);
    assert_string_equal(value_get_string(impact, "text"), "300 users | <b>none</b>");
    assert_true(json_is_true(json_object_get(impact, "after_the_end")));
    json_t *correction = json_array_get(json_object_get(json, "corrections"), 0);
    assert_int_equal(json_integer_value(json_object_get(correction, "corrects")), 11);
    assert_int_equal(json_array_size(json_object_get(json, "people")), 2);
    review_fini(&review);
    facts_fini(&facts);
}

static void who_was_never_paged_did_not_fail_to_acknowledge(void **state)
{
    struct facts facts;
    struct review review;
    char text[REVIEW_TEXT_SIZE];

    (void)state;
    incident_begin(&facts, RUN_FAILED, "no");
    tell(&facts, &(struct tale){3, EVENT_RUN_FINISHED, NULL, NULL, RUN_FAILED, 0, -1, 0, 0, NULL});
    facts_end(&facts, 0);
    review_init(&review, &facts);
    assert_string_equal(review_acknowledged(&review, text), "nobody was paged");
    assert_string_equal(review_resolved(&review, text), "not resolved");
    review_fini(&review);
    facts_fini(&facts);
}

/* What the one and the other document make of a stranger's words. */
static void words_are_words_in_markdown_and_in_html(void **state)
{
    static const struct {
        const char *words, *markdown, *html;
    } cases[] = {
        {"a <b> & `c|d` `", "a \\<b\\> \\& `c\\|d` \\`\n\n", "<p>a &lt;b&gt; &amp; <code>c|d</code> `</p>\n"},
        {"# no heading", "\\# no heading\n\n", "<p># no heading</p>\n"},
        {"12. no list", "12\\. no list\n\n", "<p>12. no list</p>\n"},
        {"- no list", "\\- no list\n\n", "<p>- no list</p>\n"},
        {"one\n\n    code", "one      code\n\n", NULL},
        {"![x](http://a) ``", "!\\[x\\](http://a) \\`\\`\n\n", NULL},
        {"`<i onclick='x'>`", "`<i onclick='x'>`\n\n", "<p><code>&lt;i onclick=&#39;x&#39;&gt;</code></p>\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct text markdown autotext = {0}, html autotext = {0};

        prose_markdown.paragraph(&markdown, cases[i].words);
        assert_string_equal(text_str(&markdown), cases[i].markdown);
        prose_html.paragraph(&html, cases[i].words);
        if (cases[i].html)
            assert_string_equal(text_str(&html), cases[i].html);
    }
}

static void what_a_program_printed_cannot_end_its_block(void **state)
{
    static const char printed[] = "```\n</pre><script>x\n\n# done\033[31m";
    struct text markdown autotext = {0}, html autotext = {0};

    (void)state;
    prose_markdown.code(&markdown, printed, sizeof(printed) - 1);
    assert_string_equal(text_str(&markdown), "    ```\n    </pre><script>x\n    \n    # done\n\n");
    prose_html.code(&html, printed, sizeof(printed) - 1);
    assert_string_equal(
        text_str(&html), "<pre tabindex=\"0\">```\n&lt;/pre&gt;&lt;script&gt;x\n\n# done</pre>\n");
}

static void hostile_words_stay_words_on_the_page(void **state)
{
    static const char evil[] = "</script><img src=x onerror='a'>\"";
    static const struct tale tales[] = {
        {0, EVENT_STEP_STARTED, "evil", NULL, -1, 0, -1, 1, 0,
            "{\"title\":\"</script><img src=x onerror='a'>\\\"\",\"args\":{\"script\":\"<img>\"}}"},
        {1, EVENT_STEP_FINISHED, "evil", NULL, STEP_FAILED, FAIL_EXIT, 1, 1, 0,
            "{\"message\":\"</script><img src=x onerror='a'>\\\"\"}"},
        {1, EVENT_NOTE_ADDED, NULL, "<img>", -1, 0, -1, 0, 0, "{\"text\":\"impact: <img>\"}"},
        {2, EVENT_NOTIFY_SENT, "!<img>/1/<img>/x", NULL, -1, 0, -1, 0, 0, "{\"target\":\"<img>\"}"},
        {2, EVENT_DEADLINE_MISSED, "<img>", NULL, -1, 0, -1, 0, 0, NULL},
    };
    struct facts facts;
    struct review review;
    struct text page autotext = {0};

    (void)state;
    incident_begin(&facts, RUN_FAILED, evil);
    for (size_t i = 0; i < sizeof(tales) / sizeof(tales[0]); i++)
        tell(&facts, &tales[i]);
    facts_end(&facts, 0);
    review_init(&review, &facts);
    review_html(&review, &page);
    assert_null(strstr(text_str(&page), "<img"));
    assert_non_null(strstr(text_str(&page), "&lt;img src=x onerror=&#39;a&#39;&gt;&quot;"));
    const char *script = strstr(text_str(&page), "</script>");
    assert_non_null(script);
    assert_null(strstr(script + 1, "</script>"));
    review_fini(&review);
    facts_fini(&facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(times_are_counted_from_the_first_page),
        test_case(a_deadline_that_was_missed_is_late_by_what_its_step_took_longer),
        test_case(people_and_deadlines_have_lanes),
        test_case(who_is_paged_when_somebody_has_acknowledged_is_not_waited_for),
        test_case(a_run_ends_when_it_ends_whatever_is_said_later),
        test_case(the_report_is_whole),
        test_case(the_same_comes_as_json),
        test_case(who_was_never_paged_did_not_fail_to_acknowledge),
        test_case(words_are_words_in_markdown_and_in_html),
        test_case(what_a_program_printed_cannot_end_its_block),
        test_case(hostile_words_stay_words_on_the_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
