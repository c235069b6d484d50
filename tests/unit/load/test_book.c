/* What a right runbook becomes. */
#include "lib/test.h"

#include "unit/load/loading.h"

#define HEAD "runbook: a\n"

static const struct step *step_at(const struct loaded *loaded, size_t i)
{
    assert_true(i < document_of(loaded)->step_count);
    return document_of(loaded)->steps[i];
}

static void assert_clean(const struct loaded *loaded)
{
    assert_string_equal(first_problem(loaded), "");
    assert_int_equal(loaded->diags.errors, 0);
}

static void a_runbook_becomes_a_document(void **state)
{
    struct loaded loaded autoloaded =
        test_load("runbook: p1\ntitle: Down\nseverity: P1\nowner: ops\nlabels: {team: x}\ndeadline: 1h\n"
                  "params: {n: {type: integer, default: 3}}\nenv: {A: \"${{ params.n }}\", B: two}\n"
                  "secrets: {key: {env: KEY}}\noutputs: {n: params.n}\nsteps: [{run: date}]\n");
    const struct document *document = document_of(&loaded);

    (void)state;
    assert_clean(&loaded);
    assert_string_equal(document->id, "p1");
    assert_string_equal(document->title, "Down");
    assert_int_equal(document->deadline.value, 3600 * 1000);
    assert_int_equal(document->cancel_timeout.value, 300 * 1000);
    assert_string_equal(document->params.names[0], "n");
    assert_int_equal(json_integer_value(((struct param *)document->params.items[0])->fallback), 3);
    assert_int_equal(document->env.items[0].value->type, TEMPLATE_EXPR);
    assert_string_equal(document->env.items[0].value->expr->text, "params.n");
    assert_string_equal(json_string_value(document->env.items[1].value->constant), "two");
    assert_string_equal(((struct secret *)document->secrets.items[0])->env, "KEY");
    assert_string_equal(document->outputs.items[0].expr->text, "params.n");
    assert_string_equal(value_get_string(document->labels, "team"), "x");
    assert_int_equal(document->body->len, 1);
}

static void steps_know_their_parent_loop_and_place(void **state)
{
    struct loaded loaded autoloaded = test_load(HEAD "steps:\n"
                                                     "  - id: outer\n"
                                                     "    steps:\n"
                                                     "      - id: inner\n"
                                                     "        run: date\n"
                                                     "        undo: {run: undo}\n"
                                                     "    foreach: [1, 2]\n"
                                                     "    rescue:\n"
                                                     "      - run: help\n"
                                                     "  - run: last\n");
    const struct step *outer = step_at(&loaded, 0), *inner = step_at(&loaded, 1);

    (void)state;
    assert_clean(&loaded);
    assert_int_equal(document_of(&loaded)->step_count, 5);
    assert_null(outer->parent);
    assert_null(outer->loop);
    assert_ptr_equal(inner->parent, outer);
    assert_ptr_equal(inner->loop, outer);
    assert_ptr_equal(inner->undo->steps[0], step_at(&loaded, 2));
    assert_ptr_equal(step_at(&loaded, 2)->parent, inner);
    assert_ptr_equal(step_at(&loaded, 2)->loop, outer);
    assert_ptr_equal(outer->rescue->steps[0]->parent, outer);
    assert_null(step_at(&loaded, 4)->parent);
    assert_int_equal(step_at(&loaded, 4)->index, 4);
    assert_ptr_equal(document_find(document_of(&loaded), "inner"), inner);
}

static void steps_without_an_id_get_a_unique_one(void **state)
{
    struct loaded loaded autoloaded = test_load(HEAD "steps:\n"
                                                     "  - {title: Check Pod status!, run: date}\n"
                                                     "  - {title: Check pod-status, run: date}\n"
                                                     "  - {run: date}\n"
                                                     "  - {id: run-4, run: date}\n"
                                                     "  - {title: 漢字, note: x}\n"
                                                     "  - {title: Run 4, run: date}\n");

    (void)state;
    assert_clean(&loaded);
    assert_string_equal(step_at(&loaded, 0)->id, "check-pod-status");
    assert_string_equal(step_at(&loaded, 1)->id, "check-pod-status-2");
    assert_string_equal(step_at(&loaded, 2)->id, "run-3");
    assert_string_equal(step_at(&loaded, 3)->id, "run-4");
    assert_string_equal(step_at(&loaded, 4)->id, "note-5");
    assert_string_equal(step_at(&loaded, 5)->id, "run-4-2");
    assert_false(step_at(&loaded, 0)->has_id);
    assert_true(step_at(&loaded, 3)->has_id);
    assert_null(document_find(document_of(&loaded), "check-pod-status"));
}

static void defaults_reach_the_steps_that_do_not_say_otherwise(void **state)
{
    struct loaded loaded autoloaded =
        test_load(HEAD "defaults: {timeout: 30s, retry: 2, cwd: /tmp, continue_on_error: true}\n"
                       "steps:\n"
                       "  - run: date\n"
                       "  - {run: date, timeout: 5s, continue_on_error: false, retry: {delay: 2s}}\n"
                       "  - steps: [{run: date}]\n");
    const struct step *first = step_at(&loaded, 0), *second = step_at(&loaded, 1);

    (void)state;
    assert_clean(&loaded);
    assert_int_equal(first->timeout.value, 30 * 1000);
    assert_int_equal(first->retry->max_attempts.value, 2);
    assert_true(first->continue_on_error);
    assert_string_equal(json_string_value(first->cwd->constant), "/tmp");
    assert_int_equal(second->timeout.value, 5 * 1000);
    assert_false(second->continue_on_error);
    assert_int_equal(second->retry->max_attempts.value, 3);
    assert_int_equal(second->retry->delay.value, 2000);
    assert_true(second->retry->backoff == 2.0);
    assert_false(step_at(&loaded, 2)->timeout.given);
    assert_int_equal(step_at(&loaded, 3)->timeout.value, 30 * 1000);
}

static void expressions_are_cut_out_of_texts_with_their_places(void **state)
{
    struct loaded loaded autoloaded = test_load(HEAD "steps:\n"
                                                     "  - run: |\n"
                                                     "      écho ${{ params.a }} \"${{ '}}' .. \"}}\" }}\"\n"
                                                     "      cat ${{ {{1}}[1] }}\n"
                                                     "  - note: \"é ${{ a }}b${{[[ }} ]]}}\"\n"
                                                     "  - note: ${{ params.a }}\n"
                                                     "  - run: plain\n");
    const struct template *script = step_at(&loaded, 0)->with->items[0];
    const struct template *note = step_at(&loaded, 1)->with->items[0];

    (void)state;
    assert_clean(&loaded);
    assert_int_equal(script->type, TEMPLATE_SHELL);
    assert_int_equal(script->len, 7);
    assert_string_equal(json_string_value(script->items[0]->constant), "écho ");
    assert_string_equal(script->items[1]->expr->text, "params.a");
    assert_int_equal(script->items[1]->expr->pos.line, 4);
    assert_int_equal(script->items[1]->expr->pos.column, 16);
    assert_int_equal(script->items[1]->expr->pos.length, 8);
    assert_string_equal(script->items[3]->expr->text, "'}}' .. \"}}\"");
    assert_string_equal(script->items[5]->expr->text, "{{1}}[1]");
    assert_int_equal(script->items[5]->expr->pos.line, 5);
    assert_int_equal(script->items[5]->expr->pos.column, 15);
    assert_int_equal(note->type, TEMPLATE_CONCAT);
    assert_int_equal(note->items[1]->expr->pos.column, 18);
    assert_string_equal(note->items[3]->expr->text, "[[ }} ]]");
    assert_int_equal(step_at(&loaded, 2)->with->items[0]->type, TEMPLATE_EXPR);
    assert_int_equal(step_at(&loaded, 3)->with->items[0]->type, TEMPLATE_CONST);
}

static void a_section_without_a_struct_becomes_a_template_of_what_was_written(void **state)
{
    struct loaded loaded autoloaded = test_load(
        HEAD "steps:\n"
             "  - http: {url: \"http://${{ params.h }}/\", method: POST, max_body: \"${{ 1 + 1 }}\",\n"
             "           headers: {A: b}, json: {n: 1, list: [\"${{ x }}\", 2]}, tls: {insecure: true}}\n");
    const struct template *with = step_at(&loaded, 0)->with;

    (void)state;
    assert_clean(&loaded);
    assert_null(step_at(&loaded, 0)->args);
    assert_int_equal(with->type, TEMPLATE_MAP);
    assert_int_equal(with->len, 6);
    assert_string_equal(with->keys[0], "url");
    assert_int_equal(with->items[0]->type, TEMPLATE_CONCAT);
    assert_string_equal(json_string_value(with->items[1]->constant), "POST");
    assert_int_equal(with->items[2]->type, TEMPLATE_EXPR);
    assert_int_equal(with->items[3]->type, TEMPLATE_CONST);
    assert_int_equal(with->items[4]->type, TEMPLATE_MAP);
    assert_int_equal(with->items[4]->items[1]->type, TEMPLATE_LIST);
    assert_int_equal(with->items[5]->type, TEMPLATE_MAP);
    assert_true(json_is_true(with->items[5]->items[0]->constant));
}

static void a_loop_goes_over_a_list_or_an_expression(void **state)
{
    struct loaded loaded autoloaded = test_load(HEAD "steps:\n"
                                                     "  - {run: date, foreach: [a, \"${{ b }}\"]}\n"
                                                     "  - {run: date, foreach: steps.x.output}\n"
                                                     "  - {run: date, foreach: \"${{ steps.x.output }}\"}\n"
                                                     "  - {run: date, foreach: [1, 2]}\n");

    (void)state;
    assert_clean(&loaded);
    assert_int_equal(step_at(&loaded, 0)->foreach->type, TEMPLATE_LIST);
    assert_int_equal(step_at(&loaded, 1)->foreach->type, TEMPLATE_EXPR);
    assert_string_equal(step_at(&loaded, 1)->foreach->expr->text, "steps.x.output");
    assert_string_equal(step_at(&loaded, 2)->foreach->expr->text, "steps.x.output");
    assert_int_equal(json_array_size(step_at(&loaded, 3)->foreach->constant), 2);
    assert_int_equal(step_at(&loaded, 0)->max_parallel.value, 1);
}

static void needs_are_resolved_inside_parallel(void **state)
{
    struct loaded loaded autoloaded = test_load(HEAD "steps:\n"
                                                     "  - parallel:\n"
                                                     "      - {id: c, run: date, needs: [a, b]}\n"
                                                     "      - {id: a, run: date}\n"
                                                     "      - {id: b, run: date, needs: a}\n"
                                                     "    join: 2\n"
                                                     "    max_parallel: 5\n");
    const struct step *c = step_at(&loaded, 1);

    (void)state;
    assert_clean(&loaded);
    assert_int_equal(c->needs.len, 2);
    assert_ptr_equal(c->needs_steps[0], step_at(&loaded, 2));
    assert_ptr_equal(c->needs_steps[1], step_at(&loaded, 3));
    assert_int_equal(json_integer_value(step_at(&loaded, 0)->join), 2);
}

static void anchors_and_merges_work(void **state)
{
    struct loaded loaded autoloaded = test_load(HEAD "env: &base {A: one, B: two}\n"
                                                     "steps:\n"
                                                     "  - &step {run: date, env: {<<: *base, B: three}}\n"
                                                     "  - {<<: *step, title: Again}\n"
                                                     "  - {run: date, env: {<<: [{A: x}, *base]}}\n");
    const struct step *first = step_at(&loaded, 0), *second = step_at(&loaded, 1),
                      *third = step_at(&loaded, 2);

    (void)state;
    assert_clean(&loaded);
    assert_int_equal(first->env.len, 2);
    assert_string_equal(first->env.items[0].name, "B");
    assert_string_equal(json_string_value(first->env.items[0].value->constant), "three");
    assert_string_equal(first->env.items[1].name, "A");
    assert_string_equal(second->title, "Again");
    assert_string_equal(second->kind->name, "run");
    assert_string_equal(json_string_value(third->env.items[0].value->constant), "x");
    assert_string_equal(third->env.items[1].name, "B");
}

static void imports_and_calls_are_relative_to_the_file_that_names_them(void **state)
{
    const struct test_file files[] = {
        {"dir/a.yaml",
            "runbook: a\nimport: [people/oncall.yaml, lib.lua]\nescalation: main\n"
            "steps:\n  - call: sub/b.yaml\n    with: {n: 1}\n  - call: {runbook: ./sub/../sub/b.yaml, with: "
            "{n: 2}}\n",
            0},
        {"dir/people/oncall.yaml",
            "contacts: {ana: {channels: [bell]}}\ngroups: {all: [ana]}\n"
            "channels: {bell: {uses: terminal.bell}}\n"
            "policies: {main: {levels: [{notify: all}]}}\n",
            0},
        {"dir/lib.lua", "return {}", 0},
        {"dir/sub/b.yaml", "runbook: b\nparams: {n: {type: integer}}\nsteps: [{call: ../c}]\n", 0},
        {"dir/c.yaml", "runbook: c\nsteps: [{run: date}]\n", 0},
        {0},
    };
    struct loaded loaded autoloaded = test_load_files(files);
    const struct document *document = document_of(&loaded);

    (void)state;
    assert_clean(&loaded);
    assert_int_equal(loaded.book->document_count, 3);
    assert_int_equal(loaded.book->source_count, 5);
    assert_string_equal(((struct test_call *)step_at(&loaded, 0)->args)->runbook, "dir/sub/b.yaml");
    assert_string_equal(((struct test_call *)step_at(&loaded, 1)->args)->runbook, "dir/sub/b.yaml");
    assert_int_equal(((struct test_call *)step_at(&loaded, 0)->args)->with.len, 1);
    assert_string_equal(book_find(loaded.book, "dir/c.yaml")->id, "c");
    assert_string_equal(document->people.contacts.names[0], "ana");
    assert_string_equal(((struct strings *)document->people.groups.items[0])->items[0], "ana");
    assert_string_equal(document->people.policies.names[0], "main");
    assert_string_equal(document->people.policies.pos[0].source->path, "dir/people/oncall.yaml");
}

static void a_runbook_that_cannot_be_read_is_no_book(void **state)
{
    const struct test_file files[] = {{"x.yaml", "", 0}, {0}};
    struct diags diags = {0};

    (void)state;
    assert_null(load_book_from("y.yaml", test_read, (void *)files, test_kinds, &diags));
    assert_int_equal(diags.errors, 1);
    assert_string_equal(diags.items[0].text, "cannot read y.yaml: no such file");
    diags_fini(&diags);
    assert_null(load_book("/nonexistent/runbook.yaml", test_kinds, &diags));
    assert_int_equal(diags.errors, 1);
    diags_fini(&diags);
    assert_null(load_book("/", test_kinds, &diags));
    assert_int_equal(diags.errors, 1);
    diags_fini(&diags);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(a_runbook_becomes_a_document),
        test_case(steps_know_their_parent_loop_and_place),
        test_case(steps_without_an_id_get_a_unique_one),
        test_case(defaults_reach_the_steps_that_do_not_say_otherwise),
        test_case(expressions_are_cut_out_of_texts_with_their_places),
        test_case(a_section_without_a_struct_becomes_a_template_of_what_was_written),
        test_case(a_loop_goes_over_a_list_or_an_expression),
        test_case(needs_are_resolved_inside_parallel),
        test_case(anchors_and_merges_work),
        test_case(imports_and_calls_are_relative_to_the_file_that_names_them),
        test_case(a_runbook_that_cannot_be_read_is_no_book),
    };

    return cmocka_run_group_tests_name("load/book", tests, NULL, NULL);
}
