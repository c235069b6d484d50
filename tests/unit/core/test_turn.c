#include "build.h"

#include "core/turn.h"

static void long_texts_are_left_out_of_events_and_counted(void **state)
{
    char *text = mem_alloc(TEXT_KEPT + 2);
    json_t *result, *kept;

    (void)state;
    memset(text, 'x', TEXT_KEPT + 1);
    result = json_pack("{s:s, s:s, s:s}", "stdout", text, "stderr", "short", "output", "made of stdout");
    kept = result_kept(result);
    assert_null(json_object_get(kept, "stdout"));
    assert_int_equal(json_integer_value(json_object_get(kept, "stdout_len")), TEXT_KEPT + 1);
    assert_string_equal(value_get_string(kept, "stderr"), "short");
    assert_null(json_object_get(kept, "output"));
    assert_true(json_is_true(json_object_get(kept, "output_parsed")));
    assert_string_equal(value_get_string(result, "stdout"), text);
    json_decref(kept);
    json_decref(result);
    free(text);
}

static void a_text_at_the_limit_is_kept(void **state)
{
    char *text = mem_alloc(TEXT_KEPT + 1);
    json_t *result, *kept;

    (void)state;
    memset(text, 'x', TEXT_KEPT);
    result = json_pack("{s:s, s:s}", "stdout", text, "output", "o");
    kept = result_kept(result);
    assert_true(json_equal(result, kept));
    json_decref(kept);
    json_decref(result);
    free(text);
}

static void nothing_that_a_sensitive_step_printed_is_kept(void **state)
{
    json_t *result = json_pack("{s:s, s:s, s:i}", "stdout", "s", "output", "made of it", "exit_code", 0);
    json_t *kept = result_shown(result);

    (void)state;
    assert_null(json_object_get(kept, "stdout"));
    assert_null(json_object_get(kept, "output"));
    assert_int_equal(json_integer_value(json_object_get(kept, "stdout_len")), 1);
    assert_non_null(json_object_get(kept, "exit_code"));
    json_decref(kept);
    json_decref(result);
}

static void a_secret_is_shown_by_name_in_events_and_travels_as_a_token(void **state)
{
    struct scene scene;
    struct secret secret = {.env = "KEY"};
    struct step *step;
    json_t *args;

    (void)state;
    scene_init(&scene);
    scene.document->secrets.items = make(&scene, sizeof(void *));
    scene.document->secrets.names = make(&scene, sizeof(char *));
    scene.document->secrets.items[0] = &secret;
    scene.document->secrets.names[0] = "key";
    scene.document->secrets.len = 1;
    step = add_step(&scene, scene.document->body, NULL, "only", "work");
    step->with = make(&scene, sizeof(*step->with));
    step->with->type = TEMPLATE_MAP;
    step->with->keys = make(&scene, sizeof(char *));
    step->with->items = make(&scene, sizeof(void *));
    step->with->keys[0] = "token";
    step->with->items[0] = make_template(&scene, "secrets.key");
    step->with->len = 1;
    scene_start(&scene);
    args = json_object_get(scene.turn.events[1].data, "args");
    assert_string_equal(value_get_string(args, "token"), "${{ secrets.key }}");
    assert_string_not_equal(value_get_string(scene.turn.effects[0].args, "token"), "${{ secrets.key }}");
    scene_fini(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(long_texts_are_left_out_of_events_and_counted),
        test_case(a_text_at_the_limit_is_kept),
        test_case(nothing_that_a_sensitive_step_printed_is_kept),
        test_case(a_secret_is_shown_by_name_in_events_and_travels_as_a_token),
    };

    return cmocka_run_group_tests_name("core/turn", tests, NULL, NULL);
}
