/* What is said of a book's expressions before it runs. */
#include "lib/test.h"
#include "unit/script/book.h"

#include "base/mem.h"

/* The kinds of this test: `set` as the core has it, `parallel` by its name. */
struct set_args {
    struct pos pos;
    struct named_templates values;
};

static const struct field set_fields[] = {
    {"values", FIELD_VALUES, offsetof(struct set_args, values), .help = NULL}, {NULL}};
static const struct kind set_kind = {
    .name = "set", .section = {.name = "set", .size = sizeof(struct set_args), .fields = set_fields}};
static const struct kind parallel_kind = {.name = "parallel"};

/*  first
 *  group     (foreach, as host)
 *    inner
 *    inner-two
 *    rescue: repair
 *  setter    (sets count)
 *  pair      (parallel)
 *    left, right
 *  last      */
struct world {
    struct small_book small;
    struct step *first, *group, *inner, *inner_two, *repair, *setter, *pair, *left, *right, *last;
};

static struct step *inside(struct world *world, struct block *block, struct step *parent, const char *id)
{
    struct step *step = book_step(&world->small, block, id);

    step->parent = parent;
    step->loop = parent && parent->foreach ? parent : NULL;
    return step;
}

static void world_begin(struct world *world)
{
    static struct named_template count = {.name = "count"};
    static struct set_args set_args = {.values = {&count, 1}};
    static const char *params[] = {"replicas", "namespace"}, *secrets[] = {"pd_key"};
    static struct param param;
    static void *declared[] = {&param, &param};
    struct small_book *small = &world->small;
    struct block *body;

    book_begin(small);
    small->document->params = (struct items){declared, params, NULL, 2};
    small->document->secrets = (struct items){declared, secrets, NULL, 1};
    body = small->document->body = book_block(small, 8);
    world->first = book_step(small, body, "first");
    world->group = book_step(small, body, "group");
    world->group->foreach = book_hole(small, "{1, 2}", 1, 1);
    world->group->as = "host";
    world->group->undo = book_block(small, 4); /* any list will do to hold steps */
    world->inner = inside(world, world->group->undo, world->group, "inner");
    world->inner_two = inside(world, world->group->undo, world->group, "inner-two");
    world->group->always = world->group->undo;
    world->group->undo = NULL;
    world->group->rescue = book_block(small, 1);
    world->repair = inside(world, world->group->rescue, world->group, "repair");
    world->setter = book_step(small, body, "setter");
    world->setter->kind = &set_kind;
    world->setter->args = &set_args;
    world->pair = book_step(small, body, "pair");
    world->pair->kind = &parallel_kind;
    world->pair->always = book_block(small, 2);
    world->left = inside(world, world->pair->always, world->pair, "left");
    world->right = inside(world, world->pair->always, world->pair, "right");
    world->last = book_step(small, body, "last");
}

/* Where the step's expression is: */
enum slot { WHEN, UNTIL, FOREACH };

static void check(size_t step_at, enum slot slot, const char *text, const char *expected, const char *hint)
{
    struct world world;
    struct step **steps = &world.first, *step;
    struct diag *diag;

    world_begin(&world);
    step = steps[step_at];
    if (slot == WHEN)
        step->when = book_expr(&world.small, text, 5, 3);
    else if (slot == UNTIL)
        step->until = book_expr(&world.small, text, 5, 3);
    else
        step->foreach = book_hole(&world.small, text, 5, 3);
    script_compile(world.small.script, world.small.book, &world.small.diags);
    diag = world.small.diags.len ? world.small.diags.items : NULL;
    if (!expected[0] ? diag != NULL : !diag || !strstr(diag->text, expected))
        fail_msg("%s: «%s», expected «%s»", text, diag ? diag->text : "", expected);
    if (hint && (!diag->hint || !strstr(diag->hint, hint)))
        fail_msg("%s: the hint is «%s», expected «%s»", text, diag->hint ? diag->hint : "", hint);
    book_end(&world.small);
}

enum { FIRST, GROUP, INNER, INNER_TWO, REPAIR, SETTER, PAIR, LEFT, RIGHT, LAST };

static void what_is_declared_may_be_used(void **state)
{
    static const char *const fine[] = {"params.replicas > 1", "params['namespace'] == 'x'", "vars.count",
        "steps.first.ok", "steps['first'].ok", "steps.group.items", "secrets.pd_key", "run.severity",
        "env.HOME", "now() > 0", "event.labels.x", "#keys(params) > 1", "steps[params.namespace].ok",
        "any({1}, function(x) return x > 1 end)", "(function() local item, y = 1, 2 return item + y end)()",
        "{item = 1, result = 2} ~= nil", "('x'):rep(2) == 'x'",
        "(function(...) for i, v in ipairs({...}) do if v then goto out end end ::out:: end)()",
        "json.decode('{}').failed", "true -- steps.nowhere", "'steps.nowhere' == [[ params.nothing ]]"};

    (void)state;
    for (size_t i = 0; i < sizeof(fine) / sizeof(*fine); i++)
        check(LAST, WHEN, fine[i], "", NULL);
}

static void what_is_not_declared_is_an_error_with_a_hint(void **state)
{
    (void)state;
    check(LAST, WHEN, "steps.frist.ok", "there is no step \"frist\"", "did you mean \"first\"?");
    check(LAST, WHEN, "steps['inner_two_'].ok", "there is no step \"inner_two_\"", NULL);
    check(LAST, WHEN, "params.replica", "there is no parameter \"replica\"", "did you mean \"replicas\"?");
    check(LAST, WHEN, "params['name']", "there is no parameter \"name\"", NULL);
    check(LAST, WHEN, "vars.cuont", "no step sets the variable \"cuont\"", "did you mean \"count\"?");
    check(LAST, WHEN, "secrets.pdkey", "there is no secret \"pdkey\"", "did you mean \"pd_key\"?");
    check(LAST, WHEN, "parms.replicas", "there is no name \"parms\"", "did you mean \"params\"?");
    check(LAST, WHEN, "params.namespace == production", "there is no name \"production\"", "in quotes");
    check(LAST, WHEN, "params.namespace == null", "there is no name \"null\"", "nil");
    check(LAST, WHEN, "first.ok", "there is no name \"first\"", "steps.first");
    check(LAST, WHEN, "replicas > 1", "there is no name \"replicas\"", "params.replicas");
    check(LAST, WHEN, "os.time() > 1", "there is no name \"os\"", NULL);
    check(LAST, WHEN, "steps.first.stdot == ''", "a step has no \"stdot\"", "did you mean \"stdout\"?");
}

static void a_dash_in_an_id_is_explained(void **state)
{
    struct world world;

    (void)state;
    world_begin(&world);
    world.inner->has_id = false;
    world.small.document->ids.entries[2].key[0] = 'X'; /* no step "inner" any more */
    world.last->when = book_expr(&world.small, "steps.inner-two.ok", 5, 3);
    script_compile(world.small.script, world.small.book, &world.small.diags);
    assert_int_equal(world.small.diags.len, 1);
    assert_string_equal(world.small.diags.items[0].text, "there is no step \"inner\"");
    assert_non_null(strstr(world.small.diags.items[0].hint, "steps[\"inner-two\"]"));
    book_end(&world.small);
}

static void a_step_that_cannot_have_run_yet_is_an_error(void **state)
{
    (void)state;
    check(FIRST, WHEN, "steps.last.ok", "steps.last has no result here", "runs later");
    check(FIRST, WHEN, "steps.left.ok", "steps.left has no result here", "runs later");
    check(FIRST, WHEN, "steps.first.ok", "steps.first has no result here", "its own result");
    check(LEFT, WHEN, "steps.pair.ok", "steps.pair has no result here", "part of it");
    check(LEFT, WHEN, "steps.last.ok", "steps.last has no result here", "runs later");
}

static void what_may_have_run_is_let_be(void **state)
{
    (void)state;
    check(FIRST, UNTIL, "steps.first.ok", "", NULL);
    check(INNER, WHEN, "steps.inner_two.ok", "", NULL); /* in the pass before */
    check(LEFT, WHEN, "steps.right.ok", "", NULL);      /* they run at the same time */
    check(REPAIR, WHEN, "steps.inner.ok", "", NULL);
    check(REPAIR, WHEN, "steps.inner_two.ok", "", NULL);
}

static void results_of_a_loop_are_in_that_loop(void **state)
{
    (void)state;
    check(INNER, WHEN, "steps['inner-two'].ok", "", NULL);
    check(LAST, WHEN, "steps.inner.ok", "step \"inner\" has no result here", "steps[\"group\"].items");
    check(LAST, WHEN, "steps.inner_two.stdout", "step \"inner-two\" has no result here", NULL);
    check(LAST, WHEN, "steps.repair.ok", "step \"repair\" has no result here", NULL);
    check(FIRST, WHEN, "steps.inner.ok", "step \"inner\" has no result here", NULL);
}

static void names_of_a_place_are_known_only_there(void **state)
{
    (void)state;
    check(LAST, WHEN, "result.ok", "\"result\" cannot be used here", "until");
    check(LAST, UNTIL, "result.exit_code == 0", "", NULL);
    check(LAST, WHEN, "failed.message == ''", "\"failed\" cannot be used here", "rescue");
    check(REPAIR, WHEN, "failed.message == ''", "", NULL);
    check(INNER, WHEN, "host == 1", "", NULL);
    check(INNER, WHEN, "item == 1", "\"item\" cannot be used here", "as");
    check(LAST, WHEN, "host == 1", "there is no name \"host\"", NULL);
    check(GROUP, WHEN, "host == 1", "", NULL);
    check(GROUP, FOREACH, "{host}", "there is no name \"host\"", NULL);
    check(INNER, WHEN, "index == 1", "", NULL);
    check(LAST, WHEN, "index == 1", "\"index\" cannot be used here", "foreach or while");
}

/* LAST is of a kind whose result is known, FIRST one that asks, with a form. */
static void check_kinds(const char *text, const char *expected, const char *hint)
{
    static const char *const result[] = {"exit_code", "stdout", NULL}, *fields[] = {"how"};
    static const struct field form[] = {{"fields", FIELD_MAP, 0, .help = NULL}, {NULL}};
    static const struct kind run = {.name = "run", .class_ = KIND_EFFECT, .result = result};
    static const struct kind ask = {.name = "input",
        .class_ = KIND_ASK,
        .section = {.name = "input", .size = sizeof(struct items), .fields = form}};
    static struct param param;
    void *asked_for[] = {&param};
    struct items asked = {asked_for, fields, NULL, 1};
    struct named_expr output = {.name = "load"};
    struct world world;
    struct diag *diag;

    world_begin(&world);
    world.last->kind = &run;
    world.last->outputs = (struct named_exprs){&output, 1};
    world.first->kind = &ask;
    world.first->args = &asked;
    world.last->until = output.expr = book_expr(&world.small, text, 5, 3);
    world.first->until = strncmp(text, "result", 6) == 0 ? world.last->until : NULL;
    script_compile(world.small.script, world.small.book, &world.small.diags);
    diag = world.small.diags.len ? &world.small.diags.items[world.small.diags.len - 1] : NULL;
    if (!expected[0] ? diag != NULL : !diag || !strstr(diag->text, expected))
        fail_msg("%s: «%s», expected «%s»", text, diag ? diag->text : "", expected);
    if (hint && (!diag->hint || !strstr(diag->hint, hint)))
        fail_msg("%s: the hint is «%s», expected «%s»", text, diag->hint ? diag->hint : "", hint);
    world.first->until = world.last->until = NULL;
    book_end(&world.small);
}

static void what_a_step_brings_has_the_names_of_its_kind(void **state)
{
    (void)state;
    check_kinds("steps.last.stdout == '' and steps.last.exit_code == 0", "", NULL);
    check_kinds("steps.last.outputs.load > 1 and steps.first.answer.how == 'x'", "", NULL);
    check_kinds("steps.first.answer.approved and steps.first.by == 'ana'", "", NULL);
    check_kinds("result.ok", "the result of run has no \"ok\"", "there is exit_code, stdout");
    check_kinds("result.stdotu", "the result of run has no \"stdotu\"", "did you mean \"stdout\"?");
    check_kinds("steps.last.status_code", "a step of kind run has no \"status_code\"", NULL);
    check_kinds("steps.last.answer", "a step of kind run has no \"answer\"", NULL);
    check_kinds("steps.first.stdout", "a step of kind input has no \"stdout\"", NULL);
    check_kinds("steps.last.outputs.laod", "steps.last.outputs has no \"laod\"", "\"load\"");
    check_kinds("steps.first.answer.hwo", "steps.first.answer has no \"hwo\"", "\"how\"");
    check_kinds("run.initiater", "there is no field of run \"initiater\"", "\"initiator\"");
}

static void a_question_has_no_result_but_an_answer(void **state)
{
    (void)state;
    check_kinds("result ~= nil", "a step of kind input has no \"result\"", "steps[\"first\"].answer");
    check(REPAIR, WHEN, "failed.stp", "there is no field of failed \"stp\"", "\"step\"");
}

static void a_mistake_in_an_expression_is_located(void **state)
{
    struct source source = {
        .path = "b.yaml", .text = "a: 1\nwhen: |\n  params.replicas > 1 and\n  steps.frist.ok\n"};
    struct world world;
    struct diag *diag;

    (void)state;
    source.len = strlen(source.text);
    world_begin(&world);
    world.last->when = book_expr(&world.small, "params.replicas > 1 and\nsteps.frist.ok", 3, 3);
    world.last->when->pos.source = &source;
    world.first->when = book_expr(&world.small, "1 == = 2", 1, 4);
    world.first->when->pos.source = &source;
    script_compile(world.small.script, world.small.book, &world.small.diags);
    assert_int_equal(world.small.diags.len, 2);
    diag = &world.small.diags.items[0];
    assert_string_equal(diag->text, "unexpected symbol near '='");
    assert_non_null(diag->hint);
    diag = &world.small.diags.items[1];
    assert_int_equal(diag->pos.line, 4);
    assert_int_equal(diag->pos.column, 9);
    assert_int_equal(diag->pos.length, 5);
    book_end(&world.small);
}

static void an_expression_that_a_yaml_comment_cuts_off_is_explained(void **state)
{
    struct source source = {.path = "b.yaml", .text = "- id: a\n  when: params.x and #params.list == 0\n"};
    struct world world;

    (void)state;
    world_begin(&world);
    world.last->when = book_expr(&world.small, "params.x and", 2, 9);
    world.last->when->pos.source = &source;
    script_compile(world.small.script, world.small.book, &world.small.diags);
    assert_int_equal(world.small.diags.len, 1);
    assert_non_null(strstr(world.small.diags.items[0].hint, "begins a comment"));
    book_end(&world.small);
}

static void a_name_that_is_a_word_of_lua_is_explained(void **state)
{
    struct world world;

    (void)state;
    world_begin(&world);
    world.last->when = book_expr(&world.small, "params.end == 1", 2, 9);
    script_compile(world.small.script, world.small.book, &world.small.diags);
    assert_int_equal(world.small.diags.len, 1);
    assert_non_null(strstr(world.small.diags.items[0].hint, "params[\"end\"]"));
    book_end(&world.small);
}

static void a_folded_expression_is_located_too(void **state)
{
    struct source source = {
        .path = "b.yaml", .text = "- when: >-\n    vars.count > 1 and\n    steps.frist.ok\n"};
    struct world world;
    struct diag *diag;

    (void)state;
    world_begin(&world);
    world.last->when = book_expr(&world.small, "vars.count > 1 and steps.frist.ok", 1, 9);
    world.last->when->pos.source = &source;
    script_compile(world.small.script, world.small.book, &world.small.diags);
    diag = &world.small.diags.items[0];
    assert_int_equal(diag->pos.line, 3);
    assert_int_equal(diag->pos.column, 11);
    book_end(&world.small);
}

static void an_expression_hidden_by_escapes_is_located_as_a_whole(void **state)
{
    struct source source = {.path = "b.yaml", .text = "- when: \"steps.\\x66rist.ok\"\n"};
    struct world world;
    struct diag *diag;

    (void)state;
    world_begin(&world);
    world.last->when = book_expr(&world.small, "steps.frist.ok", 1, 9);
    world.last->when->pos.source = &source;
    script_compile(world.small.script, world.small.book, &world.small.diags);
    diag = &world.small.diags.items[0];
    assert_int_equal(diag->pos.line, 1);
    assert_int_equal(diag->pos.column, 9);
    book_end(&world.small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(what_is_declared_may_be_used),
        test_case(what_is_not_declared_is_an_error_with_a_hint),
        test_case(a_dash_in_an_id_is_explained),
        test_case(a_step_that_cannot_have_run_yet_is_an_error),
        test_case(what_may_have_run_is_let_be),
        test_case(results_of_a_loop_are_in_that_loop),
        test_case(names_of_a_place_are_known_only_there),
        test_case(what_a_step_brings_has_the_names_of_its_kind),
        test_case(a_question_has_no_result_but_an_answer),
        test_case(a_mistake_in_an_expression_is_located),
        test_case(an_expression_that_a_yaml_comment_cuts_off_is_explained),
        test_case(a_name_that_is_a_word_of_lua_is_explained),
        test_case(a_folded_expression_is_located_too),
        test_case(an_expression_hidden_by_escapes_is_located_as_a_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
