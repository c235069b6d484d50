#include "lib/test.h"

#include "base/mem.h"
#include "step/outputs.h"
#include "step/step.h"

static struct outcome parsed_n(const char *text, size_t len, enum parse_as parse)
{
    struct outcome outcome = {.exit_code = 0, .result = json_object()};

    json_object_set_new(outcome.result, "stdout", value_string(text, len));
    outcome_parse(&outcome, parse);
    return outcome;
}

static struct outcome parsed(const char *text, enum parse_as parse)
{
    return parsed_n(text, strlen(text), parse);
}

static void assert_parses(const char *text, enum parse_as parse, const char *canonical)
{
    struct outcome outcome = parsed(text, parse);
    struct text json autotext = {0};

    if (outcome.class_ != FAIL_NONE)
        fail_msg("%s", outcome.message);
    value_canonical(json_object_get(outcome.result, "output"), &json);
    assert_string_equal(text_str(&json), canonical);
    outcome_fini(&outcome);
}

static void assert_refused(const char *text, enum parse_as parse, const char *why)
{
    struct outcome outcome = parsed(text, parse);

    assert_int_equal(outcome.class_, FAIL_PARSE);
    if (!strstr(outcome.message, why))
        fail_msg("\"%s\" does not say \"%s\"", outcome.message, why);
    assert_null(json_object_get(outcome.result, "output"));
    outcome_fini(&outcome);
}

static void json_is_parsed_whatever_its_type(void **state)
{
    (void)state;
    assert_parses("{\"a\": [1, 2.5, null]}\n", PARSE_JSON, "{\"a\":[1,2.5,null]}");
    assert_parses("42", PARSE_JSON, "42");
    assert_refused("{\"a\": 1,}\n", PARSE_JSON, "the output is not JSON: line 1, column");
    assert_refused("", PARSE_JSON, "line 1");
    assert_refused("{} {}", PARSE_JSON, "line 1");
}

static void yaml_is_parsed_with_the_loaders_rules(void **state)
{
    (void)state;
    assert_parses("a: on\nb: [1, 0o14]\n", PARSE_YAML, "{\"a\":\"on\",\"b\":[1,12]}");
    assert_refused("a: 1\nb: [\n", PARSE_YAML, "the output is not YAML: line");
}

static void lines_are_a_list_of_texts(void **state)
{
    (void)state;
    assert_parses("one\r\n\ntwo", PARSE_LINES, "[\"one\",\"\",\"two\"]");
    assert_parses("one\n", PARSE_LINES, "[\"one\"]");
    assert_parses("", PARSE_LINES, "[]");
}

static void pairs_are_a_map(void **state)
{
    (void)state;
    assert_parses("# os-release\nNAME=\"Debian GNU\"\nID=debian\n\nup: 3 days\nE='a'\nX=\n", PARSE_KV,
        "{\"E\":\"a\",\"ID\":\"debian\",\"NAME\":\"Debian GNU\",\"X\":\"\",\"up\":\"3 days\"}");
    assert_refused("a=1\nnothing here\n", PARSE_KV, "line 2: \"nothing here\" is not name=value");
    assert_refused("=1\n", PARSE_KV, "line 1");
}

static void csv_is_a_list_of_maps_by_column(void **state)
{
    (void)state;
    assert_parses("a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n,\n", PARSE_CSV,
        "[{\"a\":\"1\",\"b\":\"x, \\\"y\\\"\\nz\"},{\"a\":\"\",\"b\":\"\"}]");
    assert_parses("\xEF\xBB\xBF"
                  "a\n1\n\n2",
        PARSE_CSV, "[{\"a\":\"1\"},{\"a\":\"\"},{\"a\":\"2\"}]");
    assert_parses("a,b\n", PARSE_CSV, "[]");
    assert_parses("", PARSE_CSV, "[]");
}

static void csv_that_does_not_hold_together_is_located(void **state)
{
    (void)state;
    assert_refused("a,b\n1,2\n1,2,3\n", PARSE_CSV, "line 3: 3 fields, but the first line names 2 columns");
    assert_refused("a,b\n\"x\n\ny,2\n", PARSE_CSV, "line 2: the quote is not closed");
    assert_refused("a\n\"x\"y\n", PARSE_CSV, "line 2: there is text after the closing quote");
    assert_refused("a\nx\"y\n", PARSE_CSV, "line 2: a quote inside a field");
    assert_refused("a,a\n1,2\n", PARSE_CSV, "the column \"a\" appears twice");
}

static void text_loses_only_its_last_line_breaks(void **state)
{
    (void)state;
    assert_parses(" v1 \n\n", PARSE_TEXT, "\" v1 \"");
    assert_parses("", PARSE_TEXT, "\"\"");
}

static void bytes_that_are_no_text_are_replaced_first(void **state)
{
    struct outcome outcome = parsed_n("a\xff\0b", 4, PARSE_LINES);
    json_t *line = json_array_get(json_object_get(outcome.result, "output"), 0);

    (void)state;
    assert_string_equal(json_string_value(line), "a\xEF\xBF\xBD\xEF\xBF\xBD"
                                                 "b");
    outcome_fini(&outcome);
}

static void the_body_of_a_response_is_parsed_too(void **state)
{
    struct outcome outcome = {.exit_code = -1, .result = json_pack("{s:s}", "body", "[1]")};

    (void)state;
    outcome_parse(&outcome, PARSE_JSON);
    assert_int_equal(json_array_size(json_object_get(outcome.result, "output")), 1);
    outcome_fini(&outcome);
    outcome = (struct outcome){.exit_code = -1, .result = json_pack("{s:s}", "body", "<html>")};
    outcome_parse(&outcome, PARSE_JSON);
    assert_int_equal(outcome.class_, FAIL_PARSE);
    assert_non_null(strstr(outcome.message, "the body is not JSON"));
    outcome_fini(&outcome);
}

static void an_attempt_that_failed_keeps_its_class(void **state)
{
    struct outcome outcome = {
        .class_ = FAIL_EXIT, .exit_code = 1, .message = mem_strdup("exit status 1"), .result = json_object()};

    (void)state;
    json_object_set_new(outcome.result, "stdout", json_string("not json"));
    outcome_parse(&outcome, PARSE_JSON);
    assert_int_equal(outcome.class_, FAIL_EXIT);
    assert_string_equal(outcome.message, "exit status 1");
    outcome_fini(&outcome);
}

static void output_with_a_hole_in_it_is_not_parsed(void **state)
{
    struct outcome outcome = {.result = json_pack("{s:s,s:i}", "stdout", "[1]", "omitted_bytes", 9)};

    (void)state;
    outcome_parse(&outcome, PARSE_JSON);
    assert_int_equal(outcome.class_, FAIL_PARSE);
    assert_non_null(strstr(outcome.message, "too long"));
    outcome_fini(&outcome);
}

static void assert_outputs(const char *text, const char *canonical)
{
    struct err err = {0};
    json_t *map autovalue = outputs_parse(text, strlen(text), &err);
    struct text json autotext = {0};

    if (!map)
        fail_msg("%s", err.text);
    value_canonical(map, &json);
    assert_string_equal(text_str(&json), canonical);
}

static void outputs_are_read_as_in_github_actions(void **state)
{
    (void)state;
    assert_outputs("a=1\nb=x=y\nc=\n", "{\"a\":\"1\",\"b\":\"x=y\",\"c\":\"\"}");
    assert_outputs("t<<END\none\ntwo\nEND\nz=1", "{\"t\":\"one\\ntwo\",\"z\":\"1\"}");
    assert_outputs("t<<E\nE\n", "{\"t\":\"\"}");
    assert_outputs("a=1\r\n\na=2\r\n", "{\"a\":\"2\"}");
    assert_outputs("", "{}");
}

static void outputs_that_make_no_sense_are_located(void **state)
{
    struct err err;

    (void)state;
    assert_null(outputs_parse("a=1\nwhat\n", 9, &err));
    assert_string_equal(err.text, "RUNBOOK_OUTPUT: line 2: \"what\" is neither name=value nor name<<END");
    assert_null(outputs_parse("a<<X\n1\n", 7, &err));
    assert_string_equal(err.text, "RUNBOOK_OUTPUT: line 1: \"a<<X\" is not closed by a line \"X\"");
    assert_null(outputs_parse("a b=1\n", 6, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(json_is_parsed_whatever_its_type),
        test_case(yaml_is_parsed_with_the_loaders_rules),
        test_case(lines_are_a_list_of_texts),
        test_case(pairs_are_a_map),
        test_case(csv_is_a_list_of_maps_by_column),
        test_case(csv_that_does_not_hold_together_is_located),
        test_case(text_loses_only_its_last_line_breaks),
        test_case(bytes_that_are_no_text_are_replaced_first),
        test_case(the_body_of_a_response_is_parsed_too),
        test_case(an_attempt_that_failed_keeps_its_class),
        test_case(output_with_a_hole_in_it_is_not_parsed),
        test_case(outputs_are_read_as_in_github_actions),
        test_case(outputs_that_make_no_sense_are_located),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
