#include "lib/test.h"
#include "report/timeline.h"

#include "unit/report/golden.h"
#include "unit/report/incident.h"

#include <locale.h>

static void draw(struct text *text, size_t width, bool ascii, bool colour)
{
    struct facts facts;

    incident(&facts);
    timeline_draw(&facts,
        &(struct timeline_options){.paint = {.ascii = ascii, .colour = colour}, .width = width}, text);
    facts_fini(&facts);
}

static void an_incident_is_drawn_with_its_pages_question_retry_and_failure(void **state)
{
    struct text text autotext = {0};

    (void)state;
    draw(&text, 100, false, false);
    golden(&text, "incident-100.txt");
}

static void without_utf8_the_drawing_is_ascii(void **state)
{
    struct text text autotext = {0};

    (void)state;
    draw(&text, 80, true, false);
    golden(&text, "incident-80-ascii.txt");
    for (size_t i = 0; i < text.len; i++)
        assert_true((unsigned char)text.ptr[i] < 0x80);
}

/* Colours are no columns. */
static size_t columns(const char *line, size_t len)
{
    struct text plain autotext = {0};

    for (size_t i = 0; i < len; i++) {
        if (line[i] == '\033')
            while (i < len && line[i] != 'm')
                i++;
        else
            text_putc(&plain, line[i]);
    }
    return utf8_width(text_str(&plain), plain.len);
}

static void no_line_is_wider_than_asked_for_at_any_width(void **state)
{
    (void)state;
    for (size_t width = 40; width <= 200; width++) {
        struct text text autotext = {0};

        draw(&text, width, width % 2, true);
        for (const char *at = text_str(&text); *at;) {
            size_t len = strcspn(at, "\n");

            if (columns(at, len) > width)
                fail_msg("%zu columns at width %zu: %.*s", columns(at, len), width, (int)len, at);
            at += len + (at[len] == '\n');
        }
    }
}

static void begin_long(struct facts *facts, size_t steps)
{
    incident_begin(facts, RUN_SUCCEEDED, "");
    for (size_t i = 0; i < steps; i++) {
        char *path autofree = mem_printf("rollout[%zu]", i + 1);
        struct tale start = {(double)i, EVENT_STEP_STARTED, path, NULL, -1, 0, -1, 1, 0, NULL};
        struct tale end = {(double)i + 1, EVENT_STEP_FINISHED, path, NULL, STEP_SUCCEEDED, 0, 0, 1, 0, NULL};

        if (i == 777) {
            end.status = STEP_FAILED;
            end.class_ = FAIL_EXIT;
            end.exit_code = 3;
        }
        tell(facts, &start);
        tell(facts, &end);
    }
    facts_end(facts, 0);
}

static void thousands_of_steps_are_bounded_and_the_rest_is_told_but_never_a_failure(void **state)
{
    struct facts facts;
    struct text text autotext = {0};

    (void)state;
    begin_long(&facts, 3000);
    timeline_draw(&facts, &(struct timeline_options){.paint = {.ascii = true}, .width = 100}, &text);
    facts_fini(&facts);
    assert_non_null(strstr(text_str(&text), "... 2952 more rows (2952 succeeded): --all shows them"));
    assert_non_null(strstr(text_str(&text), "x rollout[778]"));
    assert_non_null(strstr(text_str(&text), "more events: --all shows all"));
    assert_non_null(strstr(text_str(&text), "`rollout[778]` exited with code 3"));
    assert_non_null(strstr(text_str(&text), "`rollout[1]` succeeded"));
    assert_non_null(strstr(text_str(&text), "`rollout[3000]` succeeded"));
}

static void all_shows_every_row(void **state)
{
    struct facts facts;
    struct text text autotext = {0};

    (void)state;
    begin_long(&facts, 300);
    timeline_draw(
        &facts, &(struct timeline_options){.paint = {.ascii = true}, .width = 100, .all = true}, &text);
    facts_fini(&facts);
    for (size_t i = 1; i <= 300; i++) {
        char *row autofree = mem_printf("+ rollout[%zu] ", i);

        assert_non_null(strstr(text_str(&text), row));
    }
    assert_null(strstr(text_str(&text), "--all"));
}

static void a_run_of_days_has_a_scale_of_days_with_dates(void **state)
{
    static const struct tale tales[] = {
        {0, EVENT_STEP_STARTED, "soak", NULL, -1, 0, -1, 1, 0, "{\"kind\":\"wait\"}"},
        {3.5 * 86400, EVENT_STEP_FINISHED, "soak", NULL, STEP_SUCCEEDED, 0, -1, 1, 0, NULL},
    };
    struct facts facts;
    struct text text autotext = {0};

    (void)state;
    incident_begin(&facts, RUN_SUCCEEDED, "");
    tell(&facts, &tales[0]);
    tell(&facts, &tales[1]);
    facts_end(&facts, 0);
    timeline_draw(&facts, &(struct timeline_options){.paint = {.ascii = true}, .width = 100}, &text);
    facts_fini(&facts);
    golden(&text, "days-100-ascii.txt");
}

static void a_run_that_goes_on_is_drawn_up_to_the_present(void **state)
{
    static const struct tale tale = {
        1, EVENT_STEP_STARTED, "copy", NULL, -1, 0, -1, 1, 0, "{\"kind\":\"run\"}"};
    struct facts facts;
    struct text text autotext = {0};

    (void)state;
    incident_begin(&facts, RUN_RUNNING, "");
    tell(&facts, &tale);
    facts_end(&facts, INCIDENT_START_US + 600 * INT64_C(1000000));
    timeline_draw(&facts, &(struct timeline_options){.paint = {.ascii = true}, .width = 80}, &text);
    facts_fini(&facts);
    assert_non_null(strstr(text_str(&text), "running for 10m, now in `copy`"));
    assert_non_null(strstr(text_str(&text), "=>"));
    assert_non_null(strstr(text_str(&text), "`copy` started"));
}

static void an_empty_run_can_be_drawn(void **state)
{
    struct facts facts;
    struct text text autotext = {0};

    (void)state;
    incident_begin(&facts, RUN_QUEUED, "");
    facts_end(&facts, 0);
    timeline_draw(&facts, &(struct timeline_options){.paint = {.ascii = true}, .width = 80}, &text);
    facts_fini(&facts);
    assert_non_null(strstr(text_str(&text), "queued"));
}

static void what_a_step_says_cannot_reach_the_terminal_as_control(void **state)
{
    static const struct tale tales[] = {
        {0, EVENT_STEP_STARTED, "evil", NULL, -1, 0, -1, 1, 0, "{\"title\":\"\\u001b[2Jx\"}"},
        {1, EVENT_STEP_FINISHED, "evil", "\033]0;owned\a", STEP_FAILED, FAIL_EXIT, 1, 1, 0,
            "{\"message\":\"\\u001b[31mred\\r\\n\\u009bhidden\\u202e\"}"},
        {1, EVENT_NOTE_ADDED, NULL, "\033[5mana", -1, 0, -1, 0, 0, "{\"text\":\"\\u0007bell\"}"},
    };
    struct facts facts;
    struct text text autotext = {0};

    (void)state;
    incident_begin(&facts, RUN_FAILED, "\033[31mred");
    for (size_t i = 0; i < 3; i++)
        tell(&facts, &tales[i]);
    facts_end(&facts, 0);
    timeline_draw(&facts, &(struct timeline_options){.width = 80}, &text);
    timeline_markdown(&facts, &text);
    timeline_csv(&facts, &text);
    facts_fini(&facts);
    for (size_t i = 0; i < text.len; i++)
        assert_true((unsigned char)text.ptr[i] >= 0x20 || text.ptr[i] == '\n' || text.ptr[i] == '\r');
    assert_null(strstr(text_str(&text), "\xC2\x9B"));
    assert_null(strstr(text_str(&text), "\xE2\x80\xAE"));
}

static void the_same_facts_come_as_json(void **state)
{
    struct facts facts;

    (void)state;
    incident(&facts);
    json_t *json autovalue = timeline_facts(&facts);
    facts_fini(&facts);
    assert_string_equal(value_get_string(json, "outcome"),
        "failed after 3m12s: step `recover/healthy` timed out: still 503 after 2m (class timeout)");
    assert_int_equal(json_array_size(json_object_get(json, "steps")), 6);
    assert_int_equal(json_array_size(json_object_get(json, "escalations")), 1);
    json_t *page = json_array_get(json_object_get(json, "escalations"), 0);
    assert_string_equal(value_get_string(page, "state"), "triggered");
    json_t *undo = json_array_get(json_object_get(json, "steps"), 3);
    assert_string_equal(value_get_string(undo, "path"), "recover/undo");
    assert_int_equal(json_integer_value(json_object_get(undo, "attempts")), 2);
    assert_string_equal(value_get_string(undo, "started_at"), "2026-11-21T09:31:45Z");
}

static void markdown_and_csv_tell_the_story_too(void **state)
{
    struct facts facts;
    struct text markdown autotext = {0}, csv autotext = {0};

    (void)state;
    incident(&facts);
    timeline_markdown(&facts, &markdown);
    timeline_csv(&facts, &csv);
    facts_fini(&facts);
    golden(&markdown, "incident.md");
    golden(&csv, "incident.csv");
}

/* Excel, LibreOffice and Sheets carry out what begins so. */
static void no_field_of_the_csv_is_a_formula(void **state)
{
    static const char *const starts[] = {"=1+1", "+1", "-1", "@sum", "  =1",
        "\xEF\xBC\x9D"
        "1"};

    (void)state;
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        struct facts facts;
        struct text csv autotext = {0};
        struct tale tale = {
            0, EVENT_NOTE_ADDED, NULL, starts[i], -1, 0, -1, 0, 0, "{\"text\":\"say \\\"x\\\", y\"}"};
        char *field autofree = mem_printf(",\"'%s\",", starts[i]);

        incident_begin(&facts, RUN_SUCCEEDED, "");
        tell(&facts, &tale);
        facts_end(&facts, 0);
        timeline_csv(&facts, &csv);
        facts_fini(&facts);
        if (!strstr(text_str(&csv), field))
            fail_msg("%s has no %s", text_str(&csv), field);
        assert_non_null(strstr(text_str(&csv), "say \"\"x\"\", y\"\r\n"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(an_incident_is_drawn_with_its_pages_question_retry_and_failure),
        test_case(without_utf8_the_drawing_is_ascii),
        test_case(no_line_is_wider_than_asked_for_at_any_width),
        test_case(thousands_of_steps_are_bounded_and_the_rest_is_told_but_never_a_failure),
        test_case(all_shows_every_row),
        test_case(a_run_of_days_has_a_scale_of_days_with_dates),
        test_case(a_run_that_goes_on_is_drawn_up_to_the_present),
        test_case(an_empty_run_can_be_drawn),
        test_case(what_a_step_says_cannot_reach_the_terminal_as_control),
        test_case(the_same_facts_come_as_json),
        test_case(markdown_and_csv_tell_the_story_too),
        test_case(no_field_of_the_csv_is_a_formula),
    };

    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
