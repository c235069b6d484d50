/* Templates, settings, chunks and secrets. */
#include "lib/test.h"
#include "unit/script/bench.h"
#include "unit/script/book.h"

#include "script/secret.h"

static struct template *whole(struct small_book *small, struct template *tmpl)
{
    static struct named_template env = {.name = "X"};
    struct step *step;

    small->document->body = book_block(small, 1);
    step = book_step(small, small->document->body, "only");
    env.value = tmpl;
    step->env = (struct named_templates){&env, 1};
    script_compile(small->script, small->book, &small->diags);
    return tmpl;
}

/* The template `text` as a string with ${{ }}, resolved: canonical JSON or the error. malloc'd. */
static char *resolve_text(struct bench *bench, const char *text)
{
    struct small_book small;
    struct template *tmpl;
    struct text shown = {0};
    struct err err;
    json_t *value;
    static const char *params[] = {"namespace", "replicas", "list", "labels", "ratio", "on"};
    static void *declared[6];

    book_begin(&small);
    small.document->params = (struct items){declared, params, NULL, 6};
    tmpl = whole(&small, book_pieces(&small, TEMPLATE_CONCAT, text));
    if (small.diags.len)
        fail_msg("%s: %s", text, small.diags.items[0].text);
    if (script_resolve(small.script, tmpl, &bench->scope, &value, &err)) {
        text_puts(&shown, err.text);
    } else {
        value_canonical(value, &shown);
        json_decref(value);
    }
    book_end(&small);
    return text_take(&shown);
}

static void assert_text(struct bench *bench, const char *text, const char *expected)
{
    char *shown = resolve_text(bench, text);

    assert_string_equal(shown, expected);
    free(shown);
}

static void a_text_takes_values_in_their_plain_form(void **state)
{
    assert_text(*state, "a ${{ params.namespace }} b", "\"a production b\"");
    assert_text(*state, "${{ params.replicas }}${{ params.ratio }}${{ params.on }}", "\"100.5false\"");
    assert_text(*state, "${{ 4.0 }} ${{ params.list }}", "\"4 [\\\"a\\\",\\\"b\\\",\\\"c\\\"]\"");
    assert_text(*state, "no value", "\"no value\"");
    assert_text(*state, "x${{ params.labels.none }}",
        "1:1: the expression is nil, which is no text; default(…, \"\") gives one");
}

static void a_whole_expression_keeps_its_type_and_a_constant_its_place(void **state)
{
    static const char *keys[] = {"n", "list"};
    struct bench *bench = *state;
    struct small_book small;
    struct template *map, *list, *constant, *replicas;
    json_t *value;
    struct err err;

    book_begin(&small);
    constant = book_const(&small, "text", 4);
    replicas = book_hole(&small, "1 + 1", 1, 1);
    list = book_template(&small, TEMPLATE_LIST);
    list->items = (struct template *[]){constant, replicas};
    list->len = 2;
    map = book_template(&small, TEMPLATE_MAP);
    map->keys = keys;
    map->items = (struct template *[]){replicas, list};
    map->len = 2;
    whole(&small, map);
    assert_int_equal(script_resolve(small.script, map, &bench->scope, &value, &err), 0);
    assert_int_equal(json_integer_value(json_object_get(value, "n")), 2);
    assert_ptr_equal(json_array_get(json_object_get(value, "list"), 0), constant->constant);
    json_decref(value);
    book_end(&small);
}

static void a_value_of_the_run_is_handed_on_without_copying(void **state)
{
    struct bench *bench = *state;
    struct expr expr = {.text = "params.list"};
    struct err err;
    json_t *value;

    assert_int_equal(script_compile_one(bench->script, &expr, &err), 0);
    assert_int_equal(script_eval(bench->script, &expr, &bench->scope, &value, &err), 0);
    assert_ptr_equal(value, json_object_get(bench->scope.params, "list"));
    json_decref(value);
}

static void a_decoded_value_outlives_its_evaluation(void **state)
{
    struct bench *bench = *state;
    struct expr expr = {.text = "{json.decode('{\"a\": [1]}').a, steps.deploy}"};
    struct err err;
    json_t *value;

    assert_int_equal(script_compile_one(bench->script, &expr, &err), 0);
    assert_int_equal(script_eval(bench->script, &expr, &bench->scope, &value, &err), 0);
    assert_int_equal(json_integer_value(json_array_get(json_array_get(value, 0), 0)), 1);
    assert_string_equal(value_get_string(json_array_get(value, 1), "status"), "failed");
    assert_string_equal(value_get_string(json_array_get(value, 1), "stdout"), "out\n");
    json_decref(value);
}

/* What the setting comes to, or the error's text in `err`. */
static int64_t setting(struct bench *bench, const char *text, bool duration, struct err *err)
{
    struct expr expr = {.text = text, .pos = {.line = 7, .column = 9}};
    struct amount amount = {.given = true, .expr = &expr};
    int64_t value = -1;

    *err = (struct err){0};
    assert_int_equal(script_compile_one(bench->script, &expr, err), 0);
    (duration ? script_duration : script_integer)(bench->script, &amount, &bench->scope, &value, err);
    return value;
}

static void a_setting_may_be_an_expression(void **state)
{
    struct amount plain = {.given = true, .value = 1500};
    struct bench *bench = *state;
    struct err err;
    int64_t value;

    assert_int_equal(script_duration(bench->script, &plain, &bench->scope, &value, &err), 0);
    assert_int_equal(value, 1500);
    assert_int_equal(setting(bench, "'5m'", true, &err), 300000);
    assert_int_equal(setting(bench, "1.5", true, &err), 1500);
    assert_int_equal(setting(bench, "0", true, &err), 0);
    assert_int_equal(setting(bench, "params.replicas", false, &err), 10);
    assert_int_equal(setting(bench, "4.0", false, &err), 4);
}

static void a_setting_of_the_wrong_kind_is_an_expression_error(void **state)
{
    static const struct {
        const char *text;
        bool duration;
        const char *part;
    } cases[] = {
        {"-1", true, "not a duration"},
        {"'5'", true, "5 has no unit"},
        {"true", true, "not a boolean"},
        {"1e300", true, "not a duration"},
        {"1.5", false, "a whole number is needed here"},
        {"'3'", false, "a whole number is needed here, not a string"},
    };
    struct err err;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(setting(*state, cases[i].text, cases[i].duration, &err), -1);
        assert_int_equal(err.code, ERR_EXPRESSION);
        assert_int_equal(strncmp(err.text, "7:9: ", 5), 0);
        assert_non_null(strstr(err.text, cases[i].part));
    }
}

static void a_chunk_returns_its_output(void **state)
{
    struct bench *bench = *state;
    struct outcome outcome;

    assert_int_equal(
        script_run_chunk(bench->script,
            "local ready = 0\nfor _, pod in ipairs(steps.deploy.output.items) do\n"
            "if pod.ready then ready = ready + 1 end\nend\nreturn {ready = ready, of = params.list}",
            "count", &bench->scope, &outcome),
        0);
    assert_int_equal(outcome.class_, FAIL_NONE);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(outcome.result, "output"), "ready")), 1);
    outcome_fini(&outcome);
    assert_int_equal(script_run_chunk(bench->script, "local x = 1", "nothing", &bench->scope, &outcome), 0);
    assert_true(json_is_null(json_object_get(outcome.result, "output")));
    outcome_fini(&outcome);
}

static void a_chunk_that_fails_says_where(void **state)
{
    static const char *const cases[][2] = {
        {"local x\nreturn x.y", "count:2: attempt to index a nil value (local 'x')"},
        {"error('no pods')", "count:1: no pods"},
        {"return return", "count:1: unexpected symbol near 'return'"},
        {"counter = 1", "cannot be changed"},
        {"return io", "there is no name \"io\""},
        {"while true do end", "runs too long"},
        {"_ENV = {}", "_ENV cannot be used"},
        {"local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end", "too much memory"},
        {"return tostring", "a function cannot be a value"},
    };
    struct bench *bench = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct outcome outcome;

        assert_int_equal(
            script_run_chunk(bench->script, cases[i][0], "count", &bench->scope, &outcome), ERR_EXPRESSION);
        assert_int_equal(outcome.class_, FAIL_ACTION);
        if (!strstr(outcome.message, cases[i][1]))
            fail_msg("%s: %s", cases[i][0], outcome.message);
        outcome_fini(&outcome);
    }
}

static const char *secret_of(void *context, const char *name)
{
    (void)context;
    return strcmp(name, "db") == 0 ? "pa55" : NULL;
}

static void only_the_tokens_of_this_run_become_secrets(void **state)
{
    struct text in = {0}, out = {0};

    (void)state;
    text_puts(&in, "postgres://x:");
    secret_token(&in, "nonce", "db");
    text_puts(&in, "@host ");
    secret_token(&in, "other", "db");
    secret_token(&in, "nonce", "unknown");
    text_puts(&in, "\xEF\xA3\xB0secret:");
    assert_int_equal(secret_expand(&out, text_str(&in), "nonce", secret_of, NULL), 1);
    assert_int_equal(strncmp(text_str(&out), "postgres://x:pa55@host \xEF\xA3\xB0secret:db:other", 40), 0);
    assert_non_null(strstr(text_str(&out), "secret:unknown:nonce"));
    assert_string_equal(text_str(&out) + out.len - 10, "\xEF\xA3\xB0secret:");
    text_fini(&in);
    text_fini(&out);
}

static const struct result *step_that_evaluates(void *context, const char *id)
{
    static const struct result result = {.status = STEP_SUCCEEDED, .exit_code = -1};
    struct bench *bench = context;
    struct expr expr = {.text = "any({1}, function(x) return #params.list == 3 end)"};
    bool value = false;
    struct err err;

    (void)id;
    assert_int_equal(script_compile_one(bench->script, &expr, &err), 0);
    assert_int_equal(script_eval_bool(bench->script, &expr, &bench->scope, &value, &err), 0);
    assert_true(value);
    return &result;
}

static void one_evaluation_may_run_inside_another(void **state)
{
    struct bench *bench = *state;
    struct scope saved = bench->scope, outer = saved;
    struct expr expr = {.text = "(function() local n = 0 for i = 1, 10 do if steps.x.ok then n = n + "
                                "vars.count end end return n end)()"};
    struct err err;
    json_t *value;

    outer.step = step_that_evaluates;
    assert_int_equal(script_compile_one(bench->script, &expr, &err), 0);
    assert_int_equal(script_eval(bench->script, &expr, &outer, &value, &err), 0);
    assert_int_equal(json_integer_value(value), 30);
    json_decref(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(a_text_takes_values_in_their_plain_form),
        test_case(a_whole_expression_keeps_its_type_and_a_constant_its_place),
        test_case(a_value_of_the_run_is_handed_on_without_copying),
        test_case(a_decoded_value_outlives_its_evaluation),
        test_case(a_setting_may_be_an_expression),
        test_case(a_setting_of_the_wrong_kind_is_an_expression_error),
        test_case(a_chunk_returns_its_output),
        test_case(a_chunk_that_fails_says_where),
        test_case(only_the_tokens_of_this_run_become_secrets),
        test_case(one_evaluation_may_run_inside_another),
    };

    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
