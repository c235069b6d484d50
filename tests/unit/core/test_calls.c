/* What the code of a step asks of the world: checked, told, and remembered for as long as the attempt. */
#include "build.h"

static uint32_t begin(struct scene *scene)
{
    scene_init(scene);
    add_step(scene, scene->document->body, NULL, "a", "work");
    assert_int_equal(scene_start(scene), 0);
    return effect_frame(scene, EFFECT_START);
}

static int call(struct scene *scene, uint32_t frame, const char *name, const char *result)
{
    json_t *data = json_pack("{s:{s:s}}", "args", "argv", name);
    int code;

    if (result)
        json_object_set_new(data, "result", json_string(result));
    code = scene_apply(
        scene, (struct input){.type = INPUT_CALL, .frame = frame, .name = name, .data = data, .mono_us = 7});
    json_decref(data);
    return code;
}

static int give_back(struct scene *scene, uint32_t frame, int n, const char *result)
{
    json_t *data = json_pack("{s:i, s:s}", "n", n, "result", result);
    int code = scene_apply(scene, (struct input){.type = INPUT_RETURN, .frame = frame, .data = data});

    json_decref(data);
    return code;
}

static void a_call_is_told_then_ordered_then_answered(void **state)
{
    struct scene scene;
    uint32_t frame = begin(&scene);
    json_t *calls;

    (void)state;
    assert_int_equal(call(&scene, frame, "exec", NULL), 0);
    assert_int_equal(scene.turn.events[0].type, EVENT_EFFECT_CALLED);
    assert_true(scene.turn.events[0].cause);
    assert_string_equal(scene.turn.events[0].path, "a");
    assert_string_equal(value_get_string(scene.turn.events[0].data, "name"), "exec");
    assert_int_equal(effect_frame(&scene, EFFECT_CALL), frame);
    assert_int_equal(give_back(&scene, frame, 1, "done"), 0);
    assert_int_equal(scene.turn.events[0].type, EVENT_EFFECT_RETURNED);
    assert_true(scene.turn.events[0].cause);
    assert_int_equal(scene.turn.effect_count, 0);
    calls = core_calls(scene.run, frame);
    assert_int_equal(json_array_size(calls), 1);
    assert_string_equal(value_get_string(json_array_get(calls, 0), "result"), "done");
    scene_fini(&scene);
}

static void what_was_answered_on_the_spot_orders_nothing(void **state)
{
    struct scene scene;
    uint32_t frame = begin(&scene);

    (void)state;
    assert_int_equal(call(&scene, frame, "now", "12"), 0);
    assert_int_equal(scene.turn.effect_count, 0);
    assert_int_equal(call(&scene, frame, "now", "13"), 0);
    assert_int_equal(json_integer_value(json_object_get(scene.turn.events[0].data, "n")), 2);
    scene_fini(&scene);
}

static void one_call_at_a_time_and_the_right_one_is_answered(void **state)
{
    struct scene scene;
    uint32_t frame = begin(&scene);

    (void)state;
    assert_int_equal(give_back(&scene, frame, 1, "x"), ERR_USAGE);
    assert_int_equal(call(&scene, frame, "exec", NULL), 0);
    assert_int_equal(call(&scene, frame, "exec", NULL), ERR_USAGE);
    assert_int_equal(give_back(&scene, frame, 2, "x"), ERR_USAGE);
    assert_int_equal(scene.turn.event_count, 0);
    assert_int_equal(give_back(&scene, frame, 1, "x"), 0);
    assert_int_equal(give_back(&scene, frame, 1, "x"), ERR_USAGE);
    assert_int_equal(call(&scene, frame + 99, "exec", NULL), ERR_NOT_FOUND);
    scene_fini(&scene);
}

static void there_is_an_end_to_calling(void **state)
{
    struct scene scene;
    uint32_t frame = begin(&scene);
    int made = 0;

    (void)state;
    while (call(&scene, frame, "now", "1") == 0)
        made++;
    assert_int_equal(made, 10000);
    assert_non_null(strstr(scene.err.text, "10000 times at most"));
    scene_fini(&scene);
}

static void the_calls_are_gone_with_the_attempt(void **state)
{
    struct scene scene;
    uint32_t frame = begin(&scene);

    (void)state;
    assert_int_equal(call(&scene, frame, "now", "1"), 0);
    assert_non_null(core_calls(scene.run, frame));
    assert_int_equal(scene_result(&scene, frame, FAIL_NONE), 0);
    assert_null(core_calls(scene.run, frame));
    scene_fini(&scene);
}

/* The causes, fed to a fresh core, give back the calls: from them the code is carried out again. */
static void folding_gives_the_calls_back(void **state)
{
    struct scene first, second;
    uint32_t frame = begin(&first), again = begin(&second);

    (void)state;
    for (int i = 1; i <= 31; i++) {
        struct outcome outcome;
        struct input input;

        for (int half = 0; half < 2; half++) {
            assert_int_equal(half ? give_back(&first, frame, i, "r") : call(&first, frame, "exec", NULL), 0);
            assert_int_equal(core_input_of(&first.turn.events[0], &input, &outcome, NULL), 0);
            assert_int_equal(scene_apply(&second, input), 0);
            assert_int_equal(second.turn.events[0].type, first.turn.events[0].type);
            assert_true(json_equal(second.turn.events[0].data, first.turn.events[0].data));
            outcome_fini(&outcome);
        }
    }
    assert_int_equal(json_array_size(core_calls(second.run, again)), 31);
    assert_true(json_equal(core_calls(first.run, frame), core_calls(second.run, again)));
    scene_fini(&first);
    scene_fini(&second);
}

static void a_copy_of_the_run_has_calls_of_its_own(void **state)
{
    struct scene scene;
    uint32_t frame = begin(&scene);
    struct run *copy;

    (void)state;
    assert_int_equal(call(&scene, frame, "exec", NULL), 0);
    copy = core_copy(scene.run);
    assert_int_equal(give_back(&scene, frame, 1, "x"), 0);
    assert_null(json_object_get(json_array_get(core_calls(copy, frame), 0), "result"));
    core_free(copy);
    scene_fini(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(a_call_is_told_then_ordered_then_answered),
        test_case(what_was_answered_on_the_spot_orders_nothing),
        test_case(one_call_at_a_time_and_the_right_one_is_answered),
        test_case(there_is_an_end_to_calling),
        test_case(the_calls_are_gone_with_the_attempt),
        test_case(folding_gives_the_calls_back),
        test_case(a_copy_of_the_run_has_calls_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
