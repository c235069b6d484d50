#include "drive/plan.h"
#include "base/mem.h"
#include "lib/test.h"

#include <string.h>
#include <unistd.h>

/* One runbook, and the plan made of it. */
struct stage {
    struct program program;
    json_t *params, *selection, *plan;
};

static void make(struct stage *stage, const char *yaml)
{
    struct diags diags = {0};
    char path[] = "/tmp/plan.XXXXXX";
    FILE *file;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    file = fdopen(fd, "w");
    fprintf(file, "runbook: planned\n%s", yaml);
    fclose(file);
    assert_int_equal(program_open(path, &stage->program, &diags), 0);
    unlink(path);
    stage->params = params_check(&stage->program.book->documents[0]->params, NULL, true, &diags);
    assert_non_null(stage->params);
    stage->plan = plan_make(&(struct plan_options){
        .program = &stage->program,
        .params = stage->params,
        .selection = stage->selection,
        .initiator = "olga",
    });
    diags_fini(&diags);
}

static void fini(struct stage *stage)
{
    json_decref(stage->params);
    json_decref(stage->selection);
    json_decref(stage->plan);
    program_fini(&stage->program);
}

/* The node of a step, wherever it stands; NULL when there is none. */
static json_t *find(json_t *value, const char *id)
{
    const char *own = json_object_get(value, "kind") ? value_get_string(value, "id") : NULL, *key;
    json_t *item, *found = own && strcmp(own, id) == 0 ? value : NULL;
    size_t i;

    json_object_foreach(value, key, item) found = found ? found : find(item, id);
    json_array_foreach(value, i, item) found = found ? found : find(item, id);
    return found;
}

static json_t *step(const struct stage *stage, const char *id)
{
    json_t *node = find(stage->plan, id);

    assert_non_null(node);
    return node;
}

static void assert_does(const struct stage *stage, const char *id, const char *does)
{
    assert_string_equal(value_get_string(step(stage, id), "does"), does);
}

static void assert_json(const json_t *value, const char *expected)
{
    struct text text autotext = {0};

    assert_non_null(value);
    value_canonical(value, &text);
    assert_string_equal(text_str(&text), expected);
}

/* A note's text as it was resolved. */
static void assert_note(const struct stage *stage, const char *id, const char *expected)
{
    json_t *text = json_object_get(json_object_get(step(stage, id), "args"), "text");

    json_object_del(text, "parts");
    assert_json(text, expected);
}

static void parameters_and_what_follows_from_them_are_known(void **state)
{
    struct stage stage = {0};

    (void)state;
    make(&stage, "params: {host: {type: string, default: web-1}}\n"
                 "env: {TARGET: \"${{ params.host }}.example.org\"}\n"
                 "steps:\n"
                 "  - {id: where, set: {url: \"https://${{ env.TARGET }}/\"}}\n"
                 "  - {id: told, note: \"${{ vars.url }} for ${{ run.initiator }}\"}\n"
                 "  - {id: typed, note: \"${{ #params.host }}\"}\n");
    assert_note(&stage, "told", "{\"value\":\"https://web-1.example.org/ for olga\"}");
    assert_note(&stage, "typed", "{\"value\":5}");
    fini(&stage);
}

static void what_a_step_comes_to_is_known_after_it(void **state)
{
    struct stage stage = {0};

    (void)state;
    make(&stage, "steps:\n"
                 "  - {id: a-one, run: date}\n"
                 "  - {id: b, run: date}\n"
                 "  - {id: one, note: \"at ${{ steps.a_one.stdout }}\"}\n"
                 "  - {id: both, note: \"${{ steps['a-one'].stdout .. steps.b.stdout }}\"}\n"
                 "  - {id: keep, set: {at: \"${{ trim(steps.b.stdout) }}\"}}\n"
                 "  - {id: var, note: \"${{ vars.at }}\"}\n"
                 "  - {id: partly, set: {file: \"report-${{ run.id }}.md\"}}\n"
                 "  - {id: named, note: \"in ${{ vars.file }}\"}\n"
                 "  - {id: made, note: \"${{ #vars.file }}\"}\n"
                 "  - {id: later, note: \"${{ run.id }}\"}\n"
                 "  - {id: clock, note: \"${{ now() }}\"}\n");
    assert_note(&stage, "one", "{\"known_after\":[\"a-one\"],\"shown\":\"at (known after step a-one)\"}");
    assert_note(
        &stage, "both", "{\"known_after\":[\"a-one\",\"b\"],\"shown\":\"(known after steps a-one and b)\"}");
    assert_note(&stage, "var", "{\"known_after\":[\"b\"],\"shown\":\"(known after step b)\"}");
    assert_note(&stage, "named",
        "{\"known_after\":[\"partly\"],\"shown\":\"in report-(known when the run starts).md\"}");
    assert_note(&stage, "made", "{\"known_after\":[\"partly\"],\"shown\":\"(known after step partly)\"}");
    assert_note(&stage, "later",
        "{\"known_after\":[],\"known_when\":[\"start\"],\"shown\":\"(known when the run starts)\"}");
    assert_note(&stage, "clock",
        "{\"known_after\":[],\"known_when\":[\"evaluated\"],\"shown\":\"(known when it runs)\"}");
    fini(&stage);
}

static void an_expression_that_gets_by_without_the_unknown_is_known(void **state)
{
    struct stage stage = {0};

    (void)state;
    make(&stage, "params: {fast: {type: boolean, default: true}}\n"
                 "steps:\n"
                 "  - {id: a, run: date}\n"
                 "  - {id: told, note: \"${{ params.fast or steps.a.ok }}\"}\n"
                 "  - {id: guarded, note: \"${{ select(2, pcall(function() return steps.a.ok end)) }}\"}\n");
    assert_note(&stage, "told", "{\"value\":true}");
    assert_note(&stage, "guarded", "{\"known_after\":[\"a\"],\"shown\":\"(known after step a)\"}");
    fini(&stage);
}

static void an_expression_that_must_fail_is_a_problem(void **state)
{
    struct stage stage = {0};

    (void)state;
    make(&stage, "steps:\n  - {id: bad, note: \"${{ 1 + {} }}\"}\n");
    assert_non_null(strstr(
        value_get_string(json_object_get(json_object_get(step(&stage, "bad"), "args"), "text"), "problem"),
        "arithmetic on a table"));
    fini(&stage);
}

static void a_condition_that_is_known_decides_and_one_that_is_not_is_shown(void **state)
{
    struct stage stage = {0};

    (void)state;
    make(&stage, "params: {fast: {type: boolean, default: true}}\n"
                 "steps:\n"
                 "  - {id: a, run: date}\n"
                 "  - {id: never, when: not params.fast, steps: [{id: inside, run: date}]}\n"
                 "  - {id: sure, when: params.fast, run: date}\n"
                 "  - {id: open, when: steps.a.ok, run: date}\n"
                 "  - {id: told, note: \"${{ steps.never.status }} ${{ steps.inside.ok }}\"}\n");
    assert_string_equal(value_get_string(step(&stage, "never"), "skipped"), "when");
    assert_json(json_object_get(step(&stage, "never"), "not_taken"), "[\"inside\"]");
    assert_null(find(stage.plan, "inside"));
    assert_true(json_is_true(json_object_get(json_object_get(step(&stage, "sure"), "when"), "value")));
    assert_json(json_object_get(step(&stage, "open"), "when"),
        "{\"expression\":\"steps.a.ok\",\"known_after\":[\"a\"],\"shown\":\"(known after step a)\"}");
    assert_note(&stage, "told", "{\"value\":\"skipped false\"}");
    fini(&stage);
}

static void a_switch_shows_the_branches_that_may_be_taken(void **state)
{
    struct stage stage = {0};
    json_t *pick;

    (void)state;
    make(&stage, "params: {n: {type: integer, default: 2}}\n"
                 "steps:\n"
                 "  - {id: a, run: date}\n"
                 "  - id: pick\n"
                 "    switch:\n"
                 "      - {when: params.n == 1, steps: [{id: one, run: date}]}\n"
                 "      - {when: steps.a.ok, steps: [{id: maybe, set: {x: 1}}]}\n"
                 "      - {when: params.n == 2, steps: [{id: two, set: {x: 2}}]}\n"
                 "      - {else: [{id: rest, run: date}]}\n"
                 "  - {id: told, note: \"${{ vars.x }}\"}\n"
                 "  - id: sure\n"
                 "    switch:\n"
                 "      - {when: params.n == 2, steps: [{id: taken, set: {y: 3}}]}\n"
                 "      - {else: [{id: left, run: date}]}\n"
                 "  - {id: known, note: \"${{ vars.y }}\"}\n");
    pick = step(&stage, "pick");
    assert_int_equal(json_array_size(json_object_get(pick, "cases")), 2);
    assert_json(json_object_get(pick, "not_taken"), "[\"one\",\"rest\"]");
    assert_note(&stage, "told", "{\"known_after\":[\"two\"],\"shown\":\"(known after step two)\"}");
    assert_null(find(stage.plan, "left"));
    assert_note(&stage, "known", "{\"value\":3}");
    fini(&stage);
}

static void a_variable_is_not_known_where_it_may_have_been_set_or_not(void **state)
{
    struct stage stage = {0};

    (void)state;
    make(&stage, "steps:\n"
                 "  - {id: a, run: date}\n"
                 "  - {id: first, set: {x: 1}}\n"
                 "  - {id: before, note: \"${{ vars.x }}\"}\n"
                 "  - {id: perhaps, when: steps.a.ok, set: {x: 2}}\n"
                 "  - {id: after, note: \"${{ vars.x }}\"}\n"
                 "  - {id: again, set: {x: 3}}\n"
                 "  - id: loop\n"
                 "    foreach: [1, 2]\n"
                 "    steps:\n"
                 "      - {id: inside, note: \"${{ vars.x }}\"}\n"
                 "      - {id: count, set: {x: \"${{ vars.x + 1 }}\"}}\n"
                 "rescue:\n"
                 "  - {id: rescued, note: \"${{ vars.x }} ${{ failed.message }}\"}\n");
    assert_note(&stage, "before", "{\"value\":1}");
    assert_note(&stage, "after", "{\"known_after\":[\"perhaps\"],\"shown\":\"(known after step perhaps)\"}");
    assert_note(&stage, "inside", "{\"known_after\":[\"count\"],\"shown\":\"(known after step count)\"}");
    assert_note(&stage, "rescued",
        "{\"known_after\":[\"count\"],\"known_when\":[\"failed\"],\"shown\":\"(known after step count) "
        "(known "
        "when it fails)\"}");
    fini(&stage);
}

static void the_element_of_a_loop_is_shown_as_what_it_is(void **state)
{
    struct stage stage = {0};

    (void)state;
    make(&stage, "steps:\n"
                 "  - {id: a, run: date, parse: json}\n"
                 "  - {id: known, foreach: [x, y], as: host, exec: [ping, \"${{ host }}\"]}\n"
                 "  - {id: open, foreach: steps.a.output, exec: [ping, \"${{ item.ip }}\"]}\n");
    assert_does(&stage, "known", "ping '(host)'");
    assert_json(
        json_object_get(step(&stage, "known"), "foreach"), "{\"as\":\"host\",\"value\":[\"x\",\"y\"]}");
    assert_does(&stage, "open", "ping '(item.ip)'");
    assert_string_equal(
        value_get_string(json_object_get(step(&stage, "open"), "foreach"), "shown"), "(known after step a)");
    fini(&stage);
}

static void reading_is_told_from_writing(void **state)
{
    static const struct {
        const char *id, *effect;
    } cases[] = {{"plain", "write"}, {"said", "read"}, {"get", "read"}, {"post", "write"}, {"body", "write"},
        {"search", "read"}, {"code", "read"}, {"named", "read"}, {"library", "write"}, {"again", "write"},
        {"ask", "ask"}, {"pause", "wait"}, {"line", "none"}};
    struct stage stage = {0};

    (void)state;
    make(&stage, "steps:\n"
                 "  - {id: plain, exec: [date]}\n"
                 "  - {id: said, exec: [date], effect: read}\n"
                 "  - {id: get, http: {url: \"http://x\"}}\n"
                 "  - {id: post, http: {url: \"http://x\", method: POST}}\n"
                 "  - {id: body, http: {url: \"http://x\", json: {}}}\n"
                 "  - {id: search, http: {url: \"http://x\", json: {}}, effect: read}\n"
                 "  - {id: code, lua: return 1}\n"
                 "  - {id: named, lua: 'local file = {} log(1) return file.x'}\n"
                 "  - {id: library, lua: 'return git.push.run({})'}\n"
                 "  - {id: again, run: date, idempotent: true}\n"
                 "  - {id: ask, approve: Go on?}\n"
                 "  - {id: pause, wait: 5m}\n"
                 "  - {id: line, note: here}\n");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(value_get_string(step(&stage, cases[i].id), "effect"), cases[i].effect);
    assert_json(json_object_get(json_object_get(stage.plan, "totals"), "write"), "{\"sure\":5}");
    fini(&stage);
}

static void a_default_says_for_all_that_they_only_read(void **state)
{
    struct stage stage = {0};

    (void)state;
    make(&stage, "defaults: {effect: read}\n"
                 "steps:\n  - {id: a, run: date}\n  - {id: b, run: date, effect: write}\n");
    assert_string_equal(value_get_string(step(&stage, "a"), "effect"), "read");
    assert_string_equal(value_get_string(step(&stage, "b"), "effect"), "write");
    fini(&stage);
}

static void a_secret_is_nowhere_in_the_plan(void **state)
{
    struct stage stage = {0};
    struct text all autotext = {0};

    (void)state;
    make(&stage, "params: {token: {type: string, secret: true, default: hunter2}}\n"
                 "secrets: {key: {env: PATH}}\n"
                 "steps:\n"
                 "  - {id: keep, set: {auth: \"Bearer ${{ params.token }}\"}}\n"
                 "  - {id: shown, note: \"${{ vars.auth }}\"}\n"
                 "  - {id: measured, note: \"${{ #params.token }}\"}\n"
                 "  - {id: cut, note: \"${{ vars.auth:sub(8) }}\"}\n"
                 "  - {id: asked, when: \"#params.token > 3\", note: long}\n"
                 "  - {id: sent, http: {url: \"http://x\", auth: {bearer: \"${{ secrets.key }}\"}}}\n");
    value_canonical(stage.plan, &all);
    assert_null(strstr(text_str(&all), "hunter2"));
    assert_null(strstr(text_str(&all), "\xEF\xA3\xB0")); /* no token of ours either */
    assert_note(&stage, "shown", "{\"secrets\":[\"token\"],\"shown\":\"Bearer (secret token)\"}");
    assert_note(&stage, "measured", "{\"secrets\":[\"token\"],\"shown\":\"(depends on secret token)\"}");
    assert_null(json_object_get(json_object_get(step(&stage, "asked"), "when"), "value"));
    assert_null(json_object_get(step(&stage, "asked"), "skipped"));
    assert_non_null(strstr(text_str(&all), "(secret key)"));
    fini(&stage);
}

static json_t *hook(const struct stage *stage, const char *name)
{
    json_t *node = find(json_object_get(stage->plan, "hooks"), name);

    assert_non_null(node);
    return node;
}

static void hooks_stand_beside_the_steps_with_what_they_do_and_when(void **state)
{
    struct stage stage = {0};

    (void)state;
    make(&stage,
        "secrets: {key: {env: KEY}}\n"
        "hooks:\n"
        "  before_step: 'if step.kind == \"http\" then return {skip = \"no\"} end'\n"
        "  on_failure:\n"
        "    http: {url: 'http://x/${{ step.path }}/${{ failed.message }}', method: POST}\n"
        "    timeout: 5s\n"
        "  on_finish: {run: 'echo ${{ ended.status }} ${{ vars.n }} ${{ secrets.key }}', timeout: 3s}\n"
        "steps:\n"
        "  - {id: setter, set: {n: 1}}\n"
        "  - {id: two, foreach: [1, 2], run: date, timeout: 1m}\n"
        "  - {id: told, note: \"${{ vars.n }}\"}\n");
    assert_int_equal(json_array_size(json_object_get(stage.plan, "steps")), 3);
    assert_int_equal(json_array_size(json_object_get(stage.plan, "hooks")), 3);
    assert_string_equal(value_get_string(hook(&stage, "before_step"), "moment"), "before each step");
    assert_string_equal(value_get_string(hook(&stage, "on_failure"), "effect"), "write");
    assert_string_equal(value_get_string(hook(&stage, "on_failure"), "does"),
        "POST http://x/(step.path)/(known when it fails)");
    assert_string_equal(value_get_string(hook(&stage, "on_finish"), "does"),
        "echo (ended.status) (known when it runs) (secret key)");
    assert_note(&stage, "told", "{\"value\":1}"); /* no hook sets it */
    assert_json(json_object_get(json_object_get(stage.plan, "totals"), "write"), "{\"sure\":1}");
    /* Twice a minute, and each time the hook for a failure; then the last one. */
    assert_json(json_object_get(stage.plan, "longest"), "{\"value\":\"2m13s\"}");
    fini(&stage);
}

static void no_variable_is_known_where_a_hook_may_set_it(void **state)
{
    struct stage stage = {0};

    (void)state;
    make(&stage, "hooks:\n"
                 "  after_step: return {set = {n = vars.n + 1}}\n"
                 "  before_step: 'sleep(vars.n)'\n"
                 "steps:\n"
                 "  - {id: setter, set: {n: 0}}\n"
                 "  - {id: one, run: date, timeout: 1s}\n"
                 "  - {id: told, note: \"${{ vars.n }}\", when: vars.n == 1}\n");
    assert_note(&stage, "told",
        "{\"known_after\":[],\"known_when\":[\"evaluated\"],\"shown\":\"(known when it runs)\"}");
    assert_null(json_object_get(step(&stage, "told"), "skipped"));
    assert_json(json_object_get(stage.plan, "longest"), "{\"no_bound\":[\"before_step\"]}");
    fini(&stage);
}

static void what_is_left_out_says_why(void **state)
{
    struct stage stage = {.selection = json_pack("{s:s, s:[s]}", "from", "b", "skip_tags", "slow")};

    (void)state;
    make(&stage, "steps:\n"
                 "  - {id: a, run: date}\n"
                 "  - {id: b, run: date}\n"
                 "  - {id: c, run: date, tags: [slow]}\n"
                 "  - {id: told, note: \"${{ steps.a.status }}\"}\n");
    assert_string_equal(value_get_string(step(&stage, "a"), "skipped"), "from");
    assert_null(json_object_get(step(&stage, "b"), "skipped"));
    assert_string_equal(value_get_string(step(&stage, "c"), "skipped"), "skip-tags");
    assert_note(&stage, "told", "{\"value\":\"skipped\"}");
    fini(&stage);
}

static void the_longest_time_counts_every_attempt_or_names_what_has_no_end(void **state)
{
    struct stage stage = {0}, endless = {0};

    (void)state;
    make(&stage,
        "steps:\n"
        "  - {id: tries, run: date, timeout: 10s, retry: {max_attempts: 3, delay: 2s}}\n" /* 30 + 2 + 4 */
        "  - {id: each, foreach: [1, 2], run: date, timeout: 1m}\n"                       /* 120 */
        "  - parallel: [{id: p, run: date, timeout: 5s}, {id: q, run: date, timeout: 7s},\n"
        "      {id: r, run: date, timeout: 1s, needs: [p]}]\n" /* 8 */
        "  - {id: nap, wait: 5m}\n"                            /* 300 */
        "always:\n  - {id: last, run: date, timeout: 4s}\n");
    assert_json(json_object_get(stage.plan, "longest"), "{\"value\":\"7m48s\"}");
    make(&endless, "steps:\n"
                   "  - {id: a, run: date}\n"
                   "  - {id: b, timeout: 1m, steps: [{id: inside, run: date}]}\n"
                   "  - {id: c, foreach: [1, 2], steps: [{id: a-again, run: date}]}\n"
                   "  - {id: d, approve: {message: Go?, timeout: 1m, on_timeout: escalate}}\n");
    assert_json(json_object_get(endless.plan, "longest"), "{\"no_bound\":[\"a\",\"a-again\",\"d\"]}");
    fini(&stage);
    fini(&endless);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_and_what_follows_from_them_are_known),
        cmocka_unit_test(what_a_step_comes_to_is_known_after_it),
        cmocka_unit_test(an_expression_that_gets_by_without_the_unknown_is_known),
        cmocka_unit_test(an_expression_that_must_fail_is_a_problem),
        cmocka_unit_test(a_condition_that_is_known_decides_and_one_that_is_not_is_shown),
        cmocka_unit_test(a_switch_shows_the_branches_that_may_be_taken),
        cmocka_unit_test(a_variable_is_not_known_where_it_may_have_been_set_or_not),
        cmocka_unit_test(the_element_of_a_loop_is_shown_as_what_it_is),
        cmocka_unit_test(reading_is_told_from_writing),
        cmocka_unit_test(a_default_says_for_all_that_they_only_read),
        cmocka_unit_test(a_secret_is_nowhere_in_the_plan),
        cmocka_unit_test(hooks_stand_beside_the_steps_with_what_they_do_and_when),
        cmocka_unit_test(no_variable_is_known_where_a_hook_may_set_it),
        cmocka_unit_test(what_is_left_out_says_why),
        cmocka_unit_test(the_longest_time_counts_every_attempt_or_names_what_has_no_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
