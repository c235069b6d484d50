/* Expressions that are evaluated often. assert_value and assert_fails evaluate each as often as that, here
 * and in the other tests of this room; what is tested here is what changes from one evaluation to the next.
 */
#include "lib/test.h"
#include "unit/script/bench.h"

#include "script/sandbox.h"

enum { OFTEN = 30 };

/* An expression that has been evaluated often. */
static struct expr often(struct bench *bench, const char *text)
{
    struct expr expr = {.text = text, .pos = {.line = 7, .column = 9}};
    struct err err;

    assert_int_equal(script_compile_one(bench->script, &expr, &err), 0);
    for (int i = 0; i < OFTEN; i++)
        free(bench_show(bench, &expr));
    return expr;
}

static void assert_shows(struct bench *bench, const struct expr *expr, const char *expected)
{
    char *shown = bench_show(bench, expr);

    assert_string_equal(shown, expected);
    free(shown);
}

static bool is_quick(struct bench *bench, const char *text)
{
    struct expr expr = often(bench, text);

    return bench->script->slots[expr.slot].quick != NULL;
}

static void only_an_expression_with_constant_names_and_no_function_gets_a_quick_way(void **state)
{
    assert_true(is_quick(*state, "params.replicas > 3"));
    assert_true(is_quick(*state, "params['replicas'] > vars.count"));
    assert_true(is_quick(*state, "vars['count']and 1"));
    assert_true(is_quick(*state, "steps.deploy.ok"));
    assert_true(is_quick(*state, "result.exit_code == 0"));
    assert_true(is_quick(*state, "host == 'web1'"));
    assert_false(is_quick(*state, "any(params.list, function(x) return x == 'b' end)"));
    assert_false(is_quick(*state, "params['repl' .. 'icas']"));
    assert_false(is_quick(*state, "now() > 3"));
    assert_false(is_quick(*state, "params"));
    assert_false(is_quick(*state, "steps.deploy"));
    assert_false(is_quick(*state, "vars.count + path__0"));
}

static void paths_are_found_however_they_are_written(void **state)
{
    struct bench *bench = *state;
    struct scope saved = bench->scope;

    bench->scope.vars = bench_json(bench,
        "{\"a b\":1,\"c\":{\"d\":{\"e\":{\"f\":{\"g\":7}}}},\"s\":\"text\",\"none\":null,\"l\":[[1],[2,3]]}");
    assert_value(bench, "params.replicas + params.replicas", "20");
    assert_value(bench, "vars['a b'] + vars[\"a b\"]", "2");
    assert_value(bench, "vars . c . d . e . f . g", "7");
    assert_value(bench, "vars.c['d'].e", "{\"f\":{\"g\":7}}");
    assert_value(bench, "vars --[[ where ]] .\nc -- a comment\n.d.e.f.g", "7");
    assert_value(bench, "1 ..vars.s..vars['s']", "\"1texttext\"");
    assert_value(bench, "not vars['none']and\"x\"or 1", "\"x\"");
    assert_value(bench, "vars.s:upper() .. #vars.s .. -vars['a b']", "\"TEXT4-1\"");
    assert_value(bench, "#vars.l[2] + vars.l[1][1]", "3");
    assert_value(bench, "({vars = vars.s, s = 1, 'vars.s'}).vars", "\"text\"");
    bench->scope = saved;
}

static void any_number_of_paths_may_be_named(void **state)
{
    assert_value(*state,
        "params.namespace .. params.replicas .. params.ratio .. params.labels.team .. vars.count .. env.HOME "
        ".. "
        "run.id .. run.severity .. steps.deploy.exit_code .. steps.fetch.body",
        "\"production100.5core3/rootr1P13hello\"");
}

static void each_evaluation_sees_the_values_of_its_scope(void **state)
{
    struct bench *bench = *state;
    struct scope saved = bench->scope;
    struct expr expr = often(bench, "vars.count * 2 + params.replicas");
    json_t *vars = bench_json(bench, "{}");

    bench->scope.vars = vars;
    for (int i = 0; i < OFTEN; i++) {
        char expected[20];

        json_object_set_new(vars, "count", json_integer(i));
        snprintf(expected, sizeof(expected), "%d", i * 2 + 10);
        assert_shows(bench, &expr, expected);
    }
    bench->scope = saved;
    assert_shows(bench, &expr, "16");
}

static void a_name_on_the_side_not_taken_is_not_asked_for(void **state)
{
    struct bench *bench = *state;
    struct scope saved = bench->scope;
    struct expr expr = often(bench, "vars.ready and vars.cuont > 1"),
                step = often(bench, "vars.ready and steps.roll_out.stdout == ''");

    assert_shows(bench, &expr, "7:9: there is no variable \"ready\"; there is count");
    bench->scope.vars = bench_json(bench, "{\"ready\":false,\"count\":1}");
    assert_shows(bench, &expr, "false");
    assert_shows(bench, &step, "false");
    bench->scope.vars = bench_json(bench, "{\"ready\":true,\"count\":1}");
    assert_shows(bench, &expr, "7:9: there is no variable \"cuont\"; did you mean \"count\"?");
    assert_shows(
        bench, &step, "7:9: the step has not run yet, so it has no \"stdout\"; .ok and .status can be asked");
    bench->scope = saved;
}

static void an_error_is_told_in_the_words_of_the_author(void **state)
{
    struct bench *bench = *state;
    struct scope saved = bench->scope;
    struct expr sum = often(bench, "vars.count\n+ params.labels.none"),
                field = often(bench, "params.labels.none.more == 1"), call = often(bench, "vars.count(1)");

    assert_shows(bench, &sum, "8:1: attempt to perform arithmetic on a nil value (field 'none')");
    assert_shows(bench, &field, "7:9: attempt to index a nil value (field 'none')");
    assert_shows(bench, &call, "7:9: attempt to call a number value (field 'count')");
    bench->scope.params = NULL;
    assert_shows(bench, &field, "7:9: params cannot be used here");
    bench->scope = saved;
}

static void a_step_shows_what_it_has_come_to_by_now(void **state)
{
    struct bench *bench = *state;
    struct result saved = bench->pending;
    struct expr ok = often(bench, "steps.roll_out.ok"), code = often(bench, "steps['roll-out'].exit_code"),
                ready = often(bench, "steps.roll_out.output.pods.ready");

    assert_shows(bench, &ok, "false");
    bench->pending.status = STEP_SUCCEEDED;
    bench->pending.exit_code = 0;
    bench->pending.result = bench_json(bench, "{\"output\":{\"pods\":{\"ready\":3}}}");
    assert_shows(bench, &ok, "true");
    assert_shows(bench, &code, "0");
    assert_shows(bench, &ready, "3");
    bench->pending = saved;
    assert_shows(bench, &code,
        "7:9: the step has not run yet, so it has no \"exit_code\"; .ok and .status can be asked");
}

static void the_items_of_loops_are_found_by_their_names(void **state)
{
    struct bench *bench = *state;
    struct scope outer = {.item = bench_json(bench, "\"web1\""), .item_name = "host"}, saved = bench->scope;
    struct expr expr = often(bench, "host .. ':' .. item.port.number .. index");

    bench->scope.item = bench_json(bench, "{\"port\":{\"number\":80}}");
    bench->scope.outer = &outer;
    bench->scope.index = 1;
    assert_shows(bench, &expr, "\"web1:801\"");
    outer.item = bench_json(bench, "\"web2\"");
    bench->scope.index = 2;
    assert_shows(bench, &expr, "\"web2:802\"");
    bench->scope.item_name = "result";
    bench->scope.result = bench_json(bench, "{\"port\":1}");
    expr = often(bench, "result.port.number");
    assert_shows(bench, &expr, "80");
    bench->scope = saved;
    assert_shows(
        bench, &expr, "7:9: \"result\" can be used only in until, success_when, retry.when and outputs");
}

static void a_text_of_any_length_is_seen(void **state)
{
    struct bench *bench = *state;
    struct scope saved = bench->scope;
    struct expr expr = often(bench, "#vars.count");

    bench->scope.vars = bench_json(bench, "{}");
    for (size_t len = 1; len < 300000; len *= 3) {
        char *text = calloc(1, len + 1), expected[20];

        memset(text, 'x', len);
        json_object_set_new(bench->scope.vars, "count", json_string(text));
        snprintf(expected, sizeof(expected), "%zu", len);
        for (int i = 0; i < 3; i++)
            assert_shows(bench, &expr, expected);
        free(text);
    }
    bench->scope = saved;
}

static void memory_is_capped_as_ever(void **state)
{
    static const struct script_limits tiny = {.instructions = 1000, .memory = 16 * 1024};
    struct bench *bench = *state;
    struct script *saved = bench->script;
    struct scope scope = bench->scope;
    char *text = calloc(1, 40001);

    memset(text, 'x', 40000);
    bench->script = script_new(&tiny);
    bench->scope.vars = bench_json(bench, "{\"s\":\"x\"}");
    struct expr expr = often(bench, "#vars.s");
    json_object_set_new(bench->scope.vars, "s", json_string(text));
    for (int i = 0; i < OFTEN; i++)
        assert_shows(bench, &expr, "7:9: the expression needs too much memory");
    json_object_set_new(bench->scope.vars, "s", json_string("xyz"));
    assert_shows(bench, &expr, "3");
    script_free(bench->script);
    bench->script = saved;
    bench->scope = scope;
    free(text);
}

/* Looks the step up by evaluating an expression of its own. */
static const struct result *step_that_evaluates(void *context, const char *id)
{
    struct bench *bench = context;

    assert_value(bench, "params.list[1] .. vars.count .. ('x'):rep(3)", "\"a3xxx\"");
    return bench_step(context, id);
}

static void one_evaluation_may_run_inside_another(void **state)
{
    struct bench *bench = *state;
    struct expr expr = often(bench, "vars.count + steps.deploy.exit_code + params.replicas");
    struct scope saved = bench->scope, outer = saved;
    struct err err;
    json_t *value;

    outer.step = step_that_evaluates;
    assert_int_equal(script_eval(bench->script, &expr, &outer, &value, &err), 0);
    assert_int_equal(json_integer_value(value), 16);
    json_decref(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(only_an_expression_with_constant_names_and_no_function_gets_a_quick_way),
        test_case(paths_are_found_however_they_are_written),
        test_case(any_number_of_paths_may_be_named),
        test_case(each_evaluation_sees_the_values_of_its_scope),
        test_case(a_name_on_the_side_not_taken_is_not_asked_for),
        test_case(an_error_is_told_in_the_words_of_the_author),
        test_case(a_step_shows_what_it_has_come_to_by_now),
        test_case(the_items_of_loops_are_found_by_their_names),
        test_case(a_text_of_any_length_is_seen),
        test_case(memory_is_capped_as_ever),
        test_case(one_evaluation_may_run_inside_another),
    };

    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
