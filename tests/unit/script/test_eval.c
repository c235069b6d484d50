#include "lib/test.h"
#include "unit/script/bench.h"

static void a_value_is_seen_with_its_type(void **state)
{
    assert_value(*state, "params.namespace", "\"production\"");
    assert_value(*state, "params.replicas + 1", "11");
    assert_value(*state, "params.ratio * 2", "1.0");
    assert_value(*state, "params.on", "false");
    assert_value(*state, "params.labels.team", "\"core\"");
    assert_value(*state, "params.list[2]", "\"b\"");
    assert_value(*state, "params.labels", "{\"owner\":null,\"team\":\"core\"}");
    assert_value(*state, "type(params.list)", "\"table\"");
    assert_value(*state, "params",
        "{\"labels\":{\"owner\":null,\"team\":\"core\"},\"list\":[\"a\",\"b\",\"c\"],"
        "\"namespace\":\"production\",\"on\":false,\"ratio\":0.5,\"replicas\":10}");
}

static void an_undefined_name_is_an_error_with_a_hint(void **state)
{
    assert_fails(*state, "parms.x", "there is no name \"parms\"; did you mean \"params\"?");
    assert_fails(
        *state, "params.namespac", "there is no parameter \"namespac\"; did you mean \"namespace\"?");
    assert_fails(*state, "vars.cuont", "there is no variable \"cuont\"; did you mean \"count\"?");
    assert_fails(*state, "env.PATH", "there is no environment variable \"PATH\"; there is HOME");
    assert_fails(*state, "run.sevrity", "did you mean \"severity\"?");
    assert_fails(*state, "steps.deplyo.ok", "there is no step \"deplyo\"");
    assert_fails(*state, "steps.deploy.stdour", "did you mean \"stdout\"?");
    assert_fails(*state, "secrets.pdkey", "did you mean \"pd_key\"?");
    assert_fails(*state, "result.exit_code", "\"result\" can be used only in until");
    assert_fails(*state, "failed.message", "only in rescue");
    assert_fails(*state, "item", "only in a step with foreach");
    assert_fails(*state, "index", "only in a loop");
    assert_fails(*state, "event.x", "only in a run that a trigger started");
    assert_fails(*state, "params[1]", "wants a name, not a number");
}

static void what_data_does_not_have_is_nil(void **state)
{
    assert_value(*state, "params.labels.none", "null");
    assert_value(*state, "params.labels.owner", "null");
    assert_value(*state, "params.labels.owner == nil", "true");
    assert_value(*state, "params.list[4]", "null");
    assert_value(*state, "params.list[0]", "null");
    assert_value(*state, "params.list.name", "null");
    assert_value(*state, "steps.deploy.output.items[1].none", "null");
    assert_fails(*state, "steps.deploy.output.none.name", "attempt to index a nil value (field 'none')");
}

static void a_step_shows_what_it_has_come_to(void **state)
{
    assert_value(*state, "steps.deploy.status", "\"failed\"");
    assert_value(*state, "steps.deploy.ok", "false");
    assert_value(*state, "steps.deploy.exit_code", "3");
    assert_value(*state, "steps.deploy.stdout", "\"out\\n\"");
    assert_value(*state, "steps.deploy.error", "\"exit\"");
    assert_value(*state, "steps.deploy.message", "\"it ended with 3\"");
    assert_value(*state, "steps.deploy.attempts", "2");
    assert_value(*state, "steps.deploy.seconds", "2.5");
    assert_value(*state, "steps.deploy.started_at", "\"2023-11-14T22:13:20Z\"");
    assert_value(*state, "steps.deploy.outputs.version", "\"1.2\"");
    assert_value(*state, "steps.deploy.answer", "null");
    assert_value(*state, "steps.deploy.output.items[2].name", "\"b\"");
    assert_value(*state, "steps.fetch.status_code", "200");
    assert_value(*state, "steps.fetch.headers['x-a']", "\"1\"");
    assert_value(*state, "steps.fetch.exit_code", "null");
    assert_value(*state, "steps['fetch'].body", "\"hello\"");
}

static void a_step_that_has_not_run_can_only_be_asked_whether_it_has(void **state)
{
    assert_value(*state, "steps.roll_out.ok", "false");
    assert_value(*state, "steps['roll-out'].status", "\"pending\"");
    assert_fails(*state, "steps.roll_out.stdout", "the step has not run yet");
}

static void names_without_a_value_of_their_own_are_no_values(void **state)
{
    assert_fails(*state, "steps", "is not a value");
    assert_fails(*state, "{a = secrets}", "is not a value");
    assert_fails(*state, "#steps", "no length");
    assert_fails(*state, "pairs", "a function cannot be a value");
}

static void a_table_becomes_a_list_or_a_map(void **state)
{
    assert_value(*state, "{1, 2.5, 'x', true}", "[1,2.5,\"x\",true]");
    assert_value(*state, "{}", "[]");
    assert_value(*state, "{a = 1, ['b c'] = {2}}", "{\"a\":1,\"b c\":[2]}");
    assert_value(*state, "{params.list, steps.deploy.output.items[1]}",
        "[[\"a\",\"b\",\"c\"],{\"name\":\"a\",\"ready\":true}]");
    assert_fails(*state, "{1, nil, 3, a = 1}", "neither a list nor a map");
    assert_fails(*state, "{[1] = 1, [5] = 2}", "neither a list nor a map");
    assert_fails(*state, "{[true] = 1}", "a key of a map is a text, not a boolean");
    assert_fails(*state, "0/0", "nan is not a number");
    assert_fails(*state, "1/0", "infinity");
    assert_fails(*state, "(function() local t = {} t.t = t return t end)()", "contains itself");
    assert_value(*state, "'a\\0b\\xff'",
        "\"a\xEF\xBF\xBD"
        "b\xEF\xBF\xBD\"");
    assert_value(*state, "9007199254740993", "9007199254740993");
    assert_value(*state, "2^53", "9007199254740992.0");
}

static void a_value_that_holds_itself_many_times_over_is_refused(void **state)
{
    assert_fails_once(
        *state, "(function() local t = {1} for i = 1, 60 do t = {t, t} end return t end)()", "too large");
    assert_fails_once(*state,
        "json((function() local t = {} for i = 1, 50 do t = {t, t} end return t end)())", "too large");
    assert_fails_once(*state,
        "(function() local t, s = {}, string.rep('x', 1000000) for i = 1, 100 do t[i] = s end return t "
        "end)()",
        "too large");
}

static void values_can_be_gone_through_like_tables_in_the_order_of_their_keys(void **state)
{
    assert_value(*state,
        "(function() local out = '' for k, v in pairs(params.labels) do out = out .. k .. '=' .. v end "
        "return out end)()",
        "\"team=core\"");
    assert_value(*state,
        "(function() local out = {} for k in pairs({z = 1, a = 1, [2] = 1, [1] = 1, [1.5] = 1, B = 1}) do "
        "out[#out + 1] = "
        "k end return out end)()",
        "[1,1.5,2,\"B\",\"a\",\"z\"]");
    assert_value(*state,
        "(function() local n = 0 for i, v in ipairs(params.list) do n = n + i end return n end)()", "6");
    assert_value(*state, "table.concat(params.list, '-')", "\"a-b-c\"");
    assert_value(*state, "{table.unpack(params.list)}", "[\"a\",\"b\",\"c\"]");
    assert_value(*state, "select('#', table.unpack(params.list))", "3");
    assert_value(*state, "keys(params)", "[\"labels\",\"list\",\"namespace\",\"on\",\"ratio\",\"replicas\"]");
    assert_fails(*state, "pairs({[{}] = 1})", "has no order");
    assert_fails(*state, "pairs(nil)", "a table is needed");
}

static void equal_values_are_equal(void **state)
{
    assert_value(*state, "params.list == params.list", "true");
    assert_value(*state, "json.decode('[\"a\",\"b\",\"c\"]') == params.list", "true");
    assert_value(*state, "json.decode('[\"a\",\"b\"]') == params.list", "false");
    assert_value(*state,
        "contains({json.decode('{\"name\":\"a\",\"ready\":true}')}, steps.deploy.output.items[1])", "true");
}

static void a_value_cannot_be_joined_to_text_by_mistake(void **state)
{
    assert_fails(*state, "'x' .. params.list", "a list cannot be joined to a text");
    assert_fails(*state, "params.labels .. 'x'", "a map cannot be joined to a text");
    assert_value(*state, "'x' .. json(params.list)", "\"x[\\\"a\\\",\\\"b\\\",\\\"c\\\"]\"");
}

static void the_scope_of_a_loop_shows_its_items(void **state)
{
    struct bench *bench = *state;
    struct scope outer = {.item = bench_json(bench, "\"web1\""), .item_name = "host"}, saved = bench->scope;

    bench->scope.item = bench_json(bench, "{\"name\":\"db\"}");
    bench->scope.index = 2;
    bench->scope.outer = &outer;
    assert_value(bench, "host .. ':' .. item.name .. index", "\"web1:db2\"");
    bench->scope.item_name = "service";
    assert_value(bench, "service.name", "\"db\"");
    assert_fails(bench, "item", "only in a step with foreach");
    bench->scope = saved;
}

static void a_secret_is_a_token(void **state)
{
    assert_value(*state, "'Bearer ' .. secrets.db", "\"Bearer \xEF\xA3\xB0secret:db:n0nce\xEF\xA3\xB1\"");
}

static void nil_and_false_are_false(void **state)
{
    static const struct {
        const char *text;
        bool expected;
    } cases[] = {{"nil", false}, {"false", false}, {"0", true}, {"''", true}, {"params.labels.none", false}};
    struct bench *bench = *state;

    for (size_t i = 0; i < 5; i++) {
        struct expr expr = {.text = cases[i].text};
        struct err err;
        bool value = !cases[i].expected;

        assert_int_equal(script_compile_one(bench->script, &expr, &err), 0);
        assert_int_equal(script_eval_bool(bench->script, &expr, &bench->scope, &value, &err), 0);
        assert_int_equal(value, cases[i].expected);
    }
}

static void what_is_no_expression_is_told_in_plain_words(void **state)
{
    assert_fails(*state, "", "an expression is missing");
    assert_fails(*state, "1 +", "unexpected symbol near the end");
    assert_fails(*state, "1, 2", "one expression is expected here");
    assert_fails(*state, "1;", "one expression is expected here");
    assert_fails(*state, "a = 1", "near '='");
    assert_fails(*state, "_ENV", "_ENV cannot be used");
    assert_fails(*state, "(function() _ENV = {} end)()", "_ENV cannot be used");
    assert_value(*state, "1 -- one", "1");
    assert_value(*state, "'_ENV'", "\"_ENV\"");
}

static void an_error_names_its_line_and_column(void **state)
{
    struct bench *bench = *state;
    struct source source = {
        .path = "b.yaml", .text = "steps:\n- when: |\n    true and\n    params.nothing\n"};
    struct expr expr = {
        .text = "true and\nparams.nothing", .pos = {.source = &source, .line = 3, .column = 5}};
    json_t *value;
    struct err err;

    assert_int_equal(script_compile_one(bench->script, &expr, &err), 0);
    assert_int_equal(script_eval(bench->script, &expr, &bench->scope, &value, &err), ERR_EXPRESSION);
    assert_string_equal(err.text,
        "4:5: there is no parameter \"nothing\"; there is labels, list, namespace, on, ratio, replicas");
}

/* Lua takes a vertical tab for a space, and the search for the place of the mistake stood still before it. */
static void a_mistake_behind_a_vertical_tab_is_found(void **state)
{
    struct script *script = script_new(NULL);
    struct expr expr = {.text = "\n\n\v\nx y", .pos = {.line = 1, .column = 1}};
    struct err err = {0};

    (void)state;
    assert_true(script_compile_one(script, &expr, &err) < 0);
    assert_true(*err.text);
    script_free(script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(a_mistake_behind_a_vertical_tab_is_found),
        test_case(a_value_is_seen_with_its_type),
        test_case(an_undefined_name_is_an_error_with_a_hint),
        test_case(what_data_does_not_have_is_nil),
        test_case(a_step_shows_what_it_has_come_to),
        test_case(a_step_that_has_not_run_can_only_be_asked_whether_it_has),
        test_case(names_without_a_value_of_their_own_are_no_values),
        test_case(a_table_becomes_a_list_or_a_map),
        test_case(a_value_that_holds_itself_many_times_over_is_refused),
        test_case(values_can_be_gone_through_like_tables_in_the_order_of_their_keys),
        test_case(equal_values_are_equal),
        test_case(a_value_cannot_be_joined_to_text_by_mistake),
        test_case(the_scope_of_a_loop_shows_its_items),
        test_case(a_secret_is_a_token),
        test_case(nil_and_false_are_false),
        test_case(what_is_no_expression_is_told_in_plain_words),
        test_case(an_error_names_its_line_and_column),
    };

    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
