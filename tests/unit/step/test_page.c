#include "lib/test.h"

#include "step/page.h"

#include <string.h>

static const char *part_of(const char *json, const char *part, struct text *text)
{
    json_t *args autovalue = json_loads(json, 0, NULL), *page autovalue = NULL;

    assert_non_null(args);
    page = page_of(args);
    text_puts(text, value_get_string(page, part));
    return text_str(text);
}

#define assert_part(json, part, expected)                                                                    \
    do {                                                                                                     \
        struct text text autotext = {0};                                                                     \
        assert_string_equal(part_of(json, part, &text), expected);                                           \
    } while (0)

static const char page[] =
    "{\"target\": \"ana\", \"channel\": \"mail\", \"message\": \"api is <down>\", \"severity\": \"P1\","
    " \"runbook\": \"p1-system-down\", \"title\": \"System down\", \"level\": 2, \"pass\": 1,"
    " \"started_at\": \"2026-03-01T03:12:00Z\", \"at\": \"2026-03-01T03:28:00Z\", \"run\": \"4hjx3t\","
    " \"host\": \"db1\", \"ack_command\": \"runbook ack 4hjx3t\","
    " \"next\": {\"who\": [\"Bo\", \"Cy\"], \"at\": \"2026-03-01T03:58:00.25Z\"}}";

static void a_page_says_what_where_how_long_who_is_next_and_how_to_acknowledge(void **state)
{
    (void)state;
    assert_part(page, "text",
        "api is <down>\n"
        "\n"
        "System down (p1-system-down), severity P1\n"
        "Run 4hjx3t on db1, since 03:12 UTC (16m)\n"
        "\n"
        "Level 2. Next is Bo, Cy at 03:58 UTC, unless somebody acknowledges. To acknowledge:\n"
        "\n"
        "    runbook ack 4hjx3t\n");
    assert_part(page, "subject", "[P1] System down: api is <down>");
    assert_part(page, "message", "api is <down>");
}

static void nothing_in_a_message_becomes_markup(void **state)
{
    struct text text autotext = {0};

    (void)state;
    part_of(page, "html", &text);
    assert_non_null(strstr(text_str(&text), "<p><b>api is &lt;down&gt;</b></p>"));
    assert_null(strstr(text_str(&text), "<down>"));
}

static void the_last_page_says_that_nobody_follows(void **state)
{
    struct text text autotext = {0};

    (void)state;
    part_of("{\"message\": \"m\", \"level\": 3, \"pass\": 2, \"next\": null, \"ack_command\": \"a\"}", "text",
        &text);
    assert_string_equal(
        text_str(&text), "m\n\nLevel 3, pass 2. Nobody is paged after this. To acknowledge:\n\n    a\n");
}

static void what_a_step_says_is_nothing_to_acknowledge(void **state)
{
    (void)state;
    assert_part("{\"message\": \"all is well\", \"runbook\": \"deploy\", \"ack_command\": \"runbook ack x\"}",
        "text", "all is well\n\ndeploy\n");
}

static void a_page_without_words_has_the_title(void **state)
{
    (void)state;
    assert_part("{\"message\": \"\", \"title\": \"Disk full\", \"runbook\": \"disk\", \"level\": 1}",
        "subject", "Disk full");
    assert_part("{\"message\": \"\", \"runbook\": \"disk\", \"severity\": \"P2\"}", "subject", "[P2] disk");
}

static void a_subject_is_one_line_whatever_the_message_is(void **state)
{
    (void)state;
    assert_part("{\"message\": \"first\\r\\nBcc: eve\", \"title\": \"T\"}", "subject", "T: first…");
    assert_part("{\"message\": \"a\\u0007b\", \"title\": \"T\"}", "subject", "T: a b");
}

static void several_messages_are_counted_and_listed(void **state)
{
    static const char several[] =
        "{\"message\": \"m1\", \"title\": \"T\", \"at\": \"2026-03-01T03:15:00Z\", \"messages\": ["
        "{\"at\": \"2026-03-01T03:12:05Z\", \"message\": \"m1\"}, {\"at\": \"2026-03-01T03:12:09Z\", "
        "\"message\": \"m2\\nmore\"}]}";

    (void)state;
    assert_part(several, "subject", "T: 2 messages since 03:12 UTC");
    assert_part(several, "text", "2 messages since 03:12 UTC\n\n- 03:12 UTC  m1\n- 03:12 UTC  m2…\n\nT\n");
}

static void a_time_of_another_day_has_its_date(void **state)
{
    struct text text autotext = {0};

    (void)state;
    part_of("{\"message\": \"m\", \"runbook\": \"r\", \"run\": \"x\", \"started_at\": "
            "\"2026-02-28T23:59:00Z\", \"at\": \"2026-03-01T00:01:00Z\"}",
        "text", &text);
    assert_string_equal(text_str(&text), "m\n\nr\nRun x, since 2026-02-28 23:59 UTC (2m)\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_says_what_where_how_long_who_is_next_and_how_to_acknowledge),
        cmocka_unit_test(nothing_in_a_message_becomes_markup),
        cmocka_unit_test(the_last_page_says_that_nobody_follows),
        cmocka_unit_test(what_a_step_says_is_nothing_to_acknowledge),
        cmocka_unit_test(a_page_without_words_has_the_title),
        cmocka_unit_test(a_subject_is_one_line_whatever_the_message_is),
        cmocka_unit_test(several_messages_are_counted_and_listed),
        cmocka_unit_test(a_time_of_another_day_has_its_date),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
