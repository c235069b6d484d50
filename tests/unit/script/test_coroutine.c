/* Code that stands still while the world answers. */
#include "lib/test.h"
#include "unit/script/bench.h"

#include "script/actions.h"
#include "script/coroutine.h"

static struct coroutine *start(struct bench *bench, const char *text)
{
    return coroutine_new(bench->script, &(struct code){.name = "step", .text = text}, &bench->scope);
}

/* What it asks for, "name {args}", or how it ends. malloc'd. */
static char *go_on(struct coroutine *coroutine, const char *answer)
{
    json_t *given = answer ? json_loads(answer, JSON_DECODE_ANY, NULL) : NULL, *args;
    struct outcome outcome = {.exit_code = -1};
    struct text shown = {0};

    if (coroutine_resume(coroutine, given, &outcome)) {
        text_printf(&shown, "%s ", coroutine_request(coroutine, &args));
        value_canonical(args, &shown);
    } else if (outcome.class_) {
        text_printf(&shown, "%s: %s", fail_class_name(outcome.class_), outcome.message);
    } else {
        value_canonical(json_object_get(outcome.result, "output"), &shown);
    }
    outcome_fini(&outcome);
    json_decref(given);
    return text_take(&shown);
}

static void expect(struct coroutine *coroutine, const char *answer, const char *wanted)
{
    char *shown = go_on(coroutine, answer);

    if (strcmp(shown, wanted) != 0)
        fail_msg("%s, expected %s", shown, wanted);
    free(shown);
}

static void expect_with(struct coroutine *coroutine, const char *answer, const char *part)
{
    char *shown = go_on(coroutine, answer);

    if (!strstr(shown, part))
        fail_msg("%s, expected %s", shown, part);
    free(shown);
}

static void each_request_waits_for_its_answer(void **state)
{
    struct coroutine *coroutine =
        start(*state, "local a = exec {'ls', params.namespace}\nlocal t = now()\nreturn {a.stdout, t + 1}");

    expect(coroutine, NULL, "exec {\"argv\":[\"ls\",\"production\"]}");
    expect(coroutine, "{\"stdout\":\"x\"}", "now {}");
    expect(coroutine, "41", "[\"x\",42]");
    coroutine_free(coroutine);
}

static void two_that_stand_still_know_nothing_of_each_other(void **state)
{
    static const char code[] =
        "local r = json.decode(exec {'a'}.text)\nsleep(1)\nreturn {r.who, #steps.deploy.output.items}";
    struct coroutine *one = start(*state, code), *two = start(*state, code);

    expect(one, NULL, "exec {\"argv\":[\"a\"]}");
    expect(two, NULL, "exec {\"argv\":[\"a\"]}");
    expect(one, "{\"text\":\"{\\\"who\\\":\\\"one\\\"}\"}", "sleep {\"seconds\":1}");
    expect(two, "{\"text\":\"{\\\"who\\\":\\\"two\\\"}\"}", "sleep {\"seconds\":1}");
    free(bench_eval(*state, "1 + 1")); /* an evaluation between two slices */
    expect(one, "null", "[\"one\",2]");
    coroutine_free(one);
    expect(two, "null", "[\"two\",2]");
    coroutine_free(two);
}

static void a_call_may_stand_in_pcall_and_in_functions(void **state)
{
    struct coroutine *coroutine =
        start(*state, "local function get() return exec {'a'}.n end\n"
                      "local ok, n = pcall(function() return get() + get() end)\n"
                      "local bad, why = pcall(function() exec {'b'} error('no', 0) end)\n"
                      "return {ok, n, bad, why}");

    expect(coroutine, NULL, "exec {\"argv\":[\"a\"]}");
    expect(coroutine, "{\"n\":1}", "exec {\"argv\":[\"a\"]}");
    expect(coroutine, "{\"n\":2}", "exec {\"argv\":[\"b\"]}");
    expect(coroutine, "{}", "[true,3,false,\"no\"]");
    coroutine_free(coroutine);
}

static void what_goes_wrong_ends_it_with_the_line(void **state)
{
    static const char *const cases[][2] = {
        {"local x\nx()", "action: step:2: "},
        {"error({})", "action: error() was called with a value that is not a text"},
        {"fail('no more')", "action: no more"},
        {"while true do end", "runs too long"},
        {"pcall(function() while true do end end) return 1", "runs too long"},
        {"local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end", "too much memory"},
        {"table.sort({2, 1}, function(a, b) sleep(1) return a < b end)", "sleep cannot be called here"},
        {"('x'):gsub('x', function() now() end)", "now cannot be called here"},
        {"exec {argv = {}}", "exec wants argv"},
        {"exec {argv = {'a'}, wd = 'x'}", "exec knows no \"wd\"; it takes argv, cwd"},
        {"exec {argv = {'a'}, cwd = 1}", "exec: cwd is a string, not a number"},
        {"exec {argv = {print}}", "there is no name \"print\""},
        {"http.get(1)", "http.get: url is a string, not a number"},
        {"sleep('soon')", "duration"},
        {"x = 1", "cannot be changed"},
        {"http.get = nil", "cannot be changed"},
        {"return ask", "there is no name \"ask\""},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct coroutine *coroutine = start(*state, cases[i][0]);

        expect_with(coroutine, NULL, cases[i][1]);
        coroutine_free(coroutine);
    }
}

static void each_slice_has_its_own_budget(void **state)
{
    struct coroutine *coroutine =
        start(*state, "for i = 1, 10 do for j = 1, 150000 do end now() end return 'done'");
    char *shown = go_on(coroutine, NULL);

    for (int i = 0; i < 10; i++) {
        assert_string_equal(shown, "now {}");
        free(shown);
        shown = go_on(coroutine, "1");
    }
    assert_string_equal(shown, "\"done\"");
    free(shown);
    coroutine_free(coroutine);
}

static void one_that_is_dropped_leaves_nothing(void **state)
{
    for (int i = 0; i < 100; i++) {
        struct coroutine *coroutine = start(*state, "local t = json.decode('[1,2]') sleep(1) return t");

        expect(coroutine, NULL, "sleep {\"seconds\":1}");
        coroutine_free(coroutine);
    }
}

static void the_pure_helpers_are_those_of_the_standards(void **state)
{
    /* RFC 4231, test case 2; RFC 4648, 10; FIPS 180-2, B.1. */
    struct coroutine *coroutine = start(*state,
        "return {hmac('Jefe', 'what do ya want for nothing?'), base64.encode('fooba'), "
        "base64.decode('Zm9vYmE='),\n"
        "sha256('abc'), url.encode('a b/ü'), url.decode('a+b%2F'), url.query({a = 1, b = {'x', 'y z'}})}");

    expect(coroutine, NULL,
        "[\"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843\",\"Zm9vYmE=\",\"fooba\","
        "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\",\"a%20b%2F%C3%BC\",\"a b/\","
        "\"a=1&b=x&b=y%20z\"]");
    coroutine_free(coroutine);
}

static void an_action_is_found_by_its_name_and_given_its_defaults(void **state)
{
    struct bench *bench = *state;
    struct err err;
    const struct action *action = actions_find(bench->script, "file.rotate", &err);
    json_t *with = json_pack("{s:s}", "path", "/x"), *full, *wrong;

    assert_non_null(action);
    assert_int_equal(action->effect, STEP_EFFECT_WRITE);
    full = actions_fill(action, with, &err);
    assert_int_equal(json_integer_value(json_object_get(full, "keep")), 7);
    assert_true(json_is_true(json_object_get(full, "create")));
    wrong = json_pack("{s:s, s:i}", "path", "/x", "keep", 0);
    assert_null(actions_fill(action, wrong, &err));
    assert_non_null(strstr(err.text, "less than its minimum"));
    assert_null(actions_find(bench->script, "file.rotat", &err));
    assert_non_null(strstr(err.text, "did you mean \"file.rotate\"?"));
    json_decref(with);
    json_decref(wrong);
    json_decref(full);
}

/* Everything that the standard library says of itself holds together. */
static void every_action_can_be_listed(void **state)
{
    struct bench *bench = *state;
    struct err err = {0};
    size_t count;
    const struct action **all = actions_all(bench->script, &count, &err);

    if (!all)
        fail_msg("%s", err.text);
    assert_true(count >= 7);
    for (size_t i = 0; i < count; i++) {
        const char *about = all[i]->about;

        if (about[strlen(about) - 1] != '.')
            fail_msg("%s: what it is about is a sentence with a full stop: %s", all[i]->name, about);
    }
    free(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(each_request_waits_for_its_answer),
        test_case(two_that_stand_still_know_nothing_of_each_other),
        test_case(a_call_may_stand_in_pcall_and_in_functions),
        test_case(what_goes_wrong_ends_it_with_the_line),
        test_case(each_slice_has_its_own_budget),
        test_case(one_that_is_dropped_leaves_nothing),
        test_case(the_pure_helpers_are_those_of_the_standards),
        test_case(an_action_is_found_by_its_name_and_given_its_defaults),
        test_case(every_action_can_be_listed),
    };

    return cmocka_run_group_tests(tests, bench_open, bench_close);
}
