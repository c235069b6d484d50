/* Plain data: what each scalar is in the core schema of YAML 1.2. */
#include "lib/test.h"

#include "load/load.h"

static json_t *load(const char *text, struct diags *diags)
{
    struct source source = {.path = "v.yaml", .text = text, .len = strlen(text)};

    return load_value(&source, diags);
}

static void assert_value(const char *yaml, const char *json)
{
    struct diags diags = {0};
    json_t *got = load(yaml, &diags), *want = json_loads(json, JSON_DECODE_ANY, NULL);

    assert_non_null(want);
    if (!got || !json_equal(got, want))
        fail_msg("%s is %s, not %s", yaml, got ? json_dumps(got, JSON_ENCODE_ANY) : "nothing", json);
    json_decref(got);
    json_decref(want);
    diags_fini(&diags);
}

static void words_that_older_yaml_took_for_something_else_are_texts(void **state)
{
    (void)state;
    assert_value("[on, off, yes, no, y, n, On, YES]",
        "[\"on\", \"off\", \"yes\", \"no\", \"y\", \"n\", \"On\", \"YES\"]");
    assert_value("[1:30, 2001-12-14, 12e03x, 0b1, 0x, 0o9, 1_000, +, -, ., \"\", '1']",
        "[\"1:30\", \"2001-12-14\", \"12e03x\", \"0b1\", \"0x\", \"0o9\", \"1_000\", \"+\", \"-\", \".\", "
        "\"\", \"1\"]");
    assert_value("[tRUE, nULL, .Infinity, nan, e5, 1e, -0x10]",
        "[\"tRUE\", \"nULL\", \".Infinity\", \"nan\", \"e5\", \"1e\", \"-0x10\"]");
}

static void numbers_are_those_of_the_core_schema(void **state)
{
    (void)state;
    assert_value("[12, 012, 0o14, 0x1F, -7, +7, 0]", "[12, 12, 12, 31, -7, 7, 0]");
    assert_value("[1.5, .5, 5., 1e3, -1.5E-2, +2.0]", "[1.5, 0.5, 5.0, 1000.0, -0.015, 2.0]");
    assert_value(
        "[9223372036854775807, -9223372036854775808]", "[9223372036854775807, -9223372036854775808]");
    assert_value("9223372036854775808", "9223372036854775808.0");
}

static void there_is_no_infinity_in_data(void **state)
{
    (void)state;
    assert_value("[.inf, -.INF, .nan]", "[\".inf\", \"-.INF\", \".nan\"]");
}

static void null_and_booleans_have_three_spellings(void **state)
{
    (void)state;
    assert_value("[true, True, TRUE, false, False, FALSE, null, Null, NULL, ~]",
        "[true, true, true, false, false, false, null, null, null, null]");
    assert_value("{a: , b: ''}", "{\"a\": null, \"b\": \"\"}");
    assert_value("", "null");
    assert_value("# only a comment\n", "null");
}

static void blocks_and_quotes_are_texts(void **state)
{
    (void)state;
    assert_value("a: |\n  12\nb: >-\n  true\n  x\nc: \"null\"",
        "{\"a\": \"12\\n\", \"b\": \"true x\", \"c\": \"null\"}");
    assert_value("{\"a b\": \"\\u00e9\\t\"}", "{\"a b\": \"é\\t\"}");
}

static void problems_are_diagnostics_and_no_value(void **state)
{
    struct diags diags = {0};

    (void)state;
    assert_null(load("{a: 1, a: 2}", &diags));
    assert_int_equal(diags.errors, 1);
    assert_string_equal(diags.items[0].name, "duplicate-key");
    assert_int_equal(diags.items[0].pos.column, 8);
    assert_null(load("[1, 2", &diags));
    assert_int_equal(diags.errors, 2);
    diags_fini(&diags);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(words_that_older_yaml_took_for_something_else_are_texts),
        test_case(numbers_are_those_of_the_core_schema),
        test_case(there_is_no_infinity_in_data),
        test_case(null_and_booleans_have_three_spellings),
        test_case(blocks_and_quotes_are_texts),
        test_case(problems_are_diagnostics_and_no_value),
    };

    return cmocka_run_group_tests_name("load/value", tests, NULL, NULL);
}
