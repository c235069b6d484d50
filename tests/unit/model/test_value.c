#include "lib/test.h"

#include "model/class.h"
#include "model/diag.h"
#include "model/document.h"
#include "model/outcome.h"

static void canonical(const char *json, const char *expected)
{
    json_t *value autovalue = json_loads(json, JSON_DECODE_ANY, NULL);
    struct text text autotext = {0};

    assert_non_null(value);
    value_canonical(value, &text);
    assert_string_equal(text_str(&text), expected);
}

static void canonical_json_sorts_keys_and_escapes_little(void **state)
{
    (void)state;
    canonical(
        "{\"b\": 1, \"a\": [true, null, 1.5], \"aa\": {}}", "{\"a\":[true,null,1.5],\"aa\":{},\"b\":1}");
    canonical("\"\\u001f\\n\\\"\\\\\\u00e9/\"", "\"\\u001f\\n\\\"\\\\é/\"");
    canonical("[2.0, 1e300, 0.1, -3]", "[2.0,1e+300,0.1,-3]");
}

static void values_become_text_as_a_person_would_write_them(void **state)
{
    struct text text autotext = {0};
    json_t *list autovalue = json_pack("[i,f,b,s,{s:i}]", 5, 2.0, 1, "x y", "k", 1);

    (void)state;
    for (size_t i = 0; i < json_array_size(list); i++) {
        assert_true(value_to_text(json_array_get(list, i), &text));
        text_putc(&text, '|');
    }
    assert_string_equal(text_str(&text), "5|2|true|x y|{\"k\":1}|");
    assert_false(value_to_text(NULL, &text));
}

static void names_and_numbers_of_the_closed_lists_agree(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_COUNT; i++)
        assert_int_equal(event_type_parse(event_type_name((enum event_type)i)), i);
    for (int i = 0; i < FAIL_COUNT; i++)
        assert_int_equal(fail_class_parse(fail_class_name((enum fail_class)i)), i);
    for (int i = 0; i < RUN_STATUS_COUNT; i++)
        assert_int_equal(run_status_parse(run_status_name((enum run_status)i)), i);
    for (int i = 0; i < STEP_STATUS_COUNT; i++)
        assert_int_equal(step_status_parse(step_status_name((enum step_status)i)), i);
    assert_int_equal(event_type_parse("run.exploded"), -1);
}

static void an_outcome_survives_json(void **state)
{
    struct outcome outcome = {FAIL_EXIT, 3, strdup("exit status 3"), json_pack("{s:s}", "stdout", "x")},
                   again;
    json_t *json autovalue = outcome_to_json(&outcome);

    (void)state;
    assert_int_equal(outcome_from_json(json, &again), 0);
    assert_int_equal(again.class_, FAIL_EXIT);
    assert_int_equal(again.exit_code, 3);
    assert_string_equal(again.message, "exit status 3");
    assert_true(json_equal(again.result, outcome.result));
    outcome_fini(&outcome);
    outcome_fini(&again);
}

static void diagnostics_show_the_line_and_a_caret(void **state)
{
    static const char source_text[] = "steps:\n  - comand: ls\n";
    const struct source source = {.path = "a.yaml", .text = source_text, .len = sizeof(source_text) - 1};
    struct text text autotext = {0};
    struct diags diags = {0};
    struct diag *diag;

    (void)state;
    diag = diag_error(&diags, (struct pos){&source, 2, 5, 6}, "unknown-key", "unknown key \"%s\"", "comand");
    diag_did_you_mean(&diags, diag, "comand", (const char *const[]){"command", "exec"}, 2);
    diag_warning(&diags, (struct pos){&source, 1, 1, 0}, "x", "first");
    diags_render(&diags, &text, false);
    assert_string_equal(text_str(&text), "a.yaml:1:1: warning: first\n    1 | steps:\n      | ^\n"
                                         "a.yaml:2:5: error: unknown key \"comand\"\n"
                                         "    2 |   - comand: ls\n      |     ^~~~~~\n"
                                         "      = hint: did you mean \"command\"?\n");
    assert_int_equal(diags.errors, 1);
    diags_fini(&diags);
}

static void more_diagnostics_than_the_cap_are_counted(void **state)
{
    struct text text autotext = {0};
    struct diags diags = {0};

    (void)state;
    for (int i = 0; i < DIAGS_MAX + 5; i++)
        diag_hint(&diags, diag_error(&diags, (struct pos){0}, "x", "problem %d", i), "hint");
    diags_render(&diags, &text, false);
    assert_non_null(strstr(text_str(&text), "and 5 more"));
    assert_int_equal(diags.errors, DIAGS_MAX + 5);
    diags_fini(&diags);
}

static json_t *check(const struct param *param, const char *given, const char **ret_text, struct diags *diags)
{
    void *items[] = {(void *)param};
    const char *names[] = {param->name};
    const struct items params = {.items = items, .names = names, .len = 1};
    json_t *map autovalue = json_object();
    json_t *full;

    if (given)
        json_object_set_new(map, param->name, json_string(given));
    full = params_check(&params, map, true, diags);
    *ret_text = diags->len ? diags->items[diags->len - 1].text : "";
    return full;
}

static void parameters_are_converted_and_checked(void **state)
{
    static const struct {
        struct param param;
        const char *given, *becomes, *says;
    } cases[] = {
        {{.name = "n", .type = PARAM_INTEGER}, "12", "{\"n\":12}", NULL},
        {{.name = "n", .type = PARAM_INTEGER}, "1.5", NULL, "must be of type integer"},
        {{.name = "s", .type = PARAM_STRING}, "12", "{\"s\":\"12\"}", NULL},
        {{.name = "s", .type = PARAM_STRING}, NULL, NULL, "is required"},
        {{.name = "b", .type = PARAM_BOOLEAN}, "yes", NULL, "must be of type boolean"},
        {{.name = "b", .type = PARAM_BOOLEAN}, "true", "{\"b\":true}", NULL},
        {{.name = "d", .type = PARAM_DURATION}, "5", NULL, "must be of type duration"},
        {{.name = "l", .type = PARAM_LIST}, "a,b", "{\"l\":[\"a\",\"b\"]}", NULL},
        {{.name = "p", .type = PARAM_STRING, .pattern = "[a-z]+"}, "ab1", NULL,
            "does not have the required form"},
        {{.name = "p", .type = PARAM_STRING, .secret = true, .pattern = "x"}, "hunter2", NULL, "(secret)"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct text text autotext = {0};
        struct diags diags = {0};
        const char *says;
        json_t *full autovalue = check(&cases[i].param, cases[i].given, &says, &diags);

        if (cases[i].becomes) {
            assert_non_null(full);
            value_canonical(full, &text);
            assert_string_equal(text_str(&text), cases[i].becomes);
        } else {
            assert_null(full);
            assert_non_null(strstr(says, cases[i].says));
            assert_null(strstr(says, "hunter2"));
        }
        diags_fini(&diags);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(canonical_json_sorts_keys_and_escapes_little),
        test_case(values_become_text_as_a_person_would_write_them),
        test_case(names_and_numbers_of_the_closed_lists_agree),
        test_case(an_outcome_survives_json),
        test_case(diagnostics_show_the_line_and_a_caret),
        test_case(more_diagnostics_than_the_cap_are_counted),
        test_case(parameters_are_converted_and_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
