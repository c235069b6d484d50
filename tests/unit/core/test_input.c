#include "build.h"

static void one_step(struct scene *scene)
{
    scene_init(scene);
    add_step(scene, scene->document->body, NULL, "only", "work");
}

/* The input must be refused with this code, and leave the run as it was. */
static void refused(struct scene *scene, struct input input, int code)
{
    json_t *before = core_snapshot(scene->run), *after;

    input.mono_us = 99;
    assert_int_equal(scene_apply(scene, input), code);
    assert_true(strlen(scene->err.text) > 5);
    assert_int_equal(scene->turn.event_count, 0);
    assert_int_equal(scene->turn.effect_count, 0);
    after = core_snapshot(scene->run);
    assert_true(json_equal(before, after));
    json_decref(before);
    json_decref(after);
}

static void a_leaf_attempt_is_two_events_and_one_effect(void **state)
{
    struct scene scene;

    (void)state;
    one_step(&scene);
    assert_int_equal(scene_start(&scene), 0);
    assert_int_equal(scene.turn.event_count, 2);
    assert_int_equal(scene.turn.events[1].type, EVENT_STEP_STARTED);
    assert_string_equal(scene.turn.events[1].path, "only");
    assert_int_equal(scene.turn.effect_count, 1);
    assert_int_equal(scene_result(&scene, effect_frame(&scene, EFFECT_START), FAIL_NONE), 0);
    assert_int_equal(scene.turn.event_count, 2);
    assert_int_equal(scene.turn.events[0].type, EVENT_STEP_FINISHED);
    assert_int_equal(scene.turn.events[0].status, STEP_SUCCEEDED);
    assert_int_equal(scene.turn.events[1].type, EVENT_RUN_FINISHED);
    assert_true(core_is_finished(scene.run));
    scene_fini(&scene);
}

static void the_first_event_of_a_turn_is_its_cause_and_no_other_is(void **state)
{
    struct scene scene;

    (void)state;
    one_step(&scene);
    scene_start(&scene);
    assert_true(scene.turn.events[0].cause);
    assert_false(scene.turn.events[1].cause);
    scene_result(&scene, effect_frame(&scene, EFFECT_START), FAIL_EXIT);
    assert_true(scene.turn.events[0].cause);
    assert_false(scene.turn.events[1].cause);
    assert_int_equal(scene.turn.events[1].seq, 4);
    scene_fini(&scene);
}

static void nothing_fits_before_the_start_and_a_run_starts_once(void **state)
{
    struct scene scene;

    (void)state;
    one_step(&scene);
    scene_start(&scene);
    refused(&scene, (struct input){.type = INPUT_START}, ERR_USAGE);
    core_free(scene.run);
    scene.run = core_new(scene.book, scene.script);
    refused(&scene, (struct input){.type = INPUT_SIGNAL, .name = "go"}, ERR_USAGE);
    scene_fini(&scene);
}

static void a_run_that_is_cancelled_before_it_starts_has_ended(void **state)
{
    struct input cancel = {.type = INPUT_CANCEL, .name = "its group is full", .by = {"ana", "db1", "test"}};
    struct turn turn = {0};
    struct scene scene;

    (void)state;
    one_step(&scene);
    core_free(scene.run);
    scene.run = core_new(scene.book, scene.script);
    assert_int_equal(core_apply(scene.run, &cancel, &turn, NULL), 0);
    assert_int_equal(turn.event_count, 2);
    assert_int_equal(turn.events[1].type, EVENT_RUN_FINISHED);
    assert_int_equal(core_status(scene.run), RUN_CANCELLED);
    turn_fini(&turn);
    scene_fini(&scene);
}

static void a_result_that_nobody_waits_for_is_refused(void **state)
{
    struct outcome outcome = {.exit_code = 0};
    struct scene scene;
    uint32_t frame;

    (void)state;
    one_step(&scene);
    add_step(&scene, scene.document->body, NULL, "other", "work");
    scene_start(&scene);
    frame = effect_frame(&scene, EFFECT_START);
    refused(&scene, (struct input){.type = INPUT_RESULT, .frame = 77, .outcome = &outcome}, ERR_NOT_FOUND);
    refused(
        &scene, (struct input){.type = INPUT_RESULT, .path = "nowhere", .outcome = &outcome}, ERR_NOT_FOUND);
    refused(&scene, (struct input){.type = INPUT_RESULT, .frame = frame}, ERR_NOT_FOUND);
    assert_int_equal(scene_result(&scene, frame, FAIL_NONE), 0);
    assert_int_not_equal(effect_frame(&scene, EFFECT_START), frame);
    refused(&scene, (struct input){.type = INPUT_RESULT, .frame = frame, .outcome = &outcome}, ERR_NOT_FOUND);
    scene_fini(&scene);
}

static void what_a_person_says_needs_a_person(void **state)
{
    struct scene scene;

    (void)state;
    one_step(&scene);
    scene_start(&scene);
    refused(&scene, (struct input){.type = INPUT_NOTE, .name = "hello"}, ERR_DENIED);
    refused(&scene, (struct input){.type = INPUT_ACK, .name = ""}, ERR_DENIED);
    refused(&scene, (struct input){.type = INPUT_RESOLVE, .name = ""}, ERR_DENIED);
    refused(&scene, (struct input){.type = INPUT_PRESS, .name = ""}, ERR_DENIED);
    refused(&scene, (struct input){.type = INPUT_SNOOZE, .name = ""}, ERR_DENIED);
    refused(&scene, (struct input){.type = INPUT_ANSWER, .path = "only"}, ERR_DENIED);
    scene_fini(&scene);
}

static void an_answer_to_what_is_no_question_is_refused(void **state)
{
    struct scene scene;
    const struct principal ana = {"ana", "", ""};

    (void)state;
    one_step(&scene);
    scene_start(&scene);
    refused(&scene, (struct input){.type = INPUT_ANSWER, .path = "only", .by = ana}, ERR_USAGE);
    refused(&scene, (struct input){.type = INPUT_ANSWER, .path = "nowhere", .by = ana}, ERR_USAGE);
    refused(&scene, (struct input){.type = INPUT_ACK, .name = "", .by = ana}, ERR_USAGE);
    refused(&scene, (struct input){.type = INPUT_RESOLVE, .name = "", .by = ana}, ERR_USAGE);
    refused(&scene, (struct input){.type = INPUT_PRESS, .name = "x", .by = ana}, ERR_USAGE);
    refused(&scene, (struct input){.type = INPUT_SNOOZE, .name = "", .by = ana}, ERR_USAGE);
    refused(&scene, (struct input){.type = INPUT_NOTE, .name = "", .by = ana}, ERR_USAGE);
    refused(&scene, (struct input){.type = INPUT_SIGNAL, .name = ""}, ERR_USAGE);
    scene_fini(&scene);
}

static void after_the_end_everything_but_a_note_is_refused(void **state)
{
    struct scene scene;

    (void)state;
    one_step(&scene);
    scene_start(&scene);
    scene_result(&scene, effect_frame(&scene, EFFECT_START), FAIL_NONE);
    assert_int_equal(effect_frame(&scene, EFFECT_FINISHED) != 0, 1);
    for (int type = INPUT_START; type <= INPUT_KILL; type++) {
        struct input input = {.type = (enum input_type)type, .frame = 1, .name = "x", .by = {"ana", "", ""}};

        if (type != INPUT_NOTE)
            refused(&scene, input, ERR_USAGE);
    }
    scene_fini(&scene);
}

static void what_is_noted_after_the_end_may_correct_an_event(void **state)
{
    struct scene scene;
    struct input note = {.type = INPUT_NOTE, .mono_us = 99, .name = "it was db2", .by = {"ana", "", ""}};
    json_t *data autovalue = json_pack("{s:i}", "event", 2);

    (void)state;
    one_step(&scene);
    scene_start(&scene);
    scene_result(&scene, effect_frame(&scene, EFFECT_START), FAIL_NONE);
    assert_int_equal(scene_apply(&scene, note), 0);
    assert_int_equal(scene.turn.events[0].type, EVENT_NOTE_ADDED);
    note.data = data;
    assert_int_equal(scene_apply(&scene, note), 0);
    assert_int_equal(scene.turn.event_count, 1);
    assert_int_equal(scene.turn.events[0].type, EVENT_CORRECTION_ADDED);
    assert_int_equal(json_integer_value(json_object_get(scene.turn.events[0].data, "event")), 2);
    assert_string_equal(value_get_string(scene.turn.events[0].data, "text"), "it was db2");
    scene_fini(&scene);
}

static void a_run_that_only_waits_says_so(void **state)
{
    struct scene scene;
    struct wait_args *args;

    (void)state;
    scene_init(&scene);
    args = add_step(&scene, scene.document->body, NULL, "pause", "wait")->args;
    args->duration = (struct amount){.given = true, .value = 1000};
    scene_start(&scene);
    assert_int_equal(core_status(scene.run), RUN_WAITING);
    assert_int_equal(scene.turn.effects[0].type, EFFECT_TIMER_SET);
    assert_int_equal(scene.turn.effects[0].due_us, 1000000);
    scene_fini(&scene);
}

static void a_stopped_effect_is_waited_for(void **state)
{
    struct scene scene;
    uint32_t frame;

    (void)state;
    one_step(&scene);
    scene_start(&scene);
    frame = effect_frame(&scene, EFFECT_START);
    assert_int_equal(scene_apply(&scene, (struct input){.type = INPUT_CANCEL, .name = "no"}), 0);
    assert_int_equal(effect_frame(&scene, EFFECT_STOP), frame);
    assert_false(core_is_finished(scene.run));
    assert_int_equal(scene_result(&scene, frame, FAIL_SIGNAL), 0);
    assert_int_equal(core_status(scene.run), RUN_CANCELLED);
    scene_fini(&scene);
}

static void a_driver_sees_what_the_expressions_of_a_frame_see(void **state)
{
    struct scene scene;
    struct scope scope;
    const struct result *result;

    (void)state;
    scene_init(&scene);
    add_set(&scene, scene.document->body, "n", "41 + 1");
    add_step(&scene, scene.document->body, NULL, "two-words", "work");
    scene_start(&scene);
    assert_int_equal(core_scope(scene.run, effect_frame(&scene, EFFECT_START), &scope, &scene.err), 0);
    assert_int_equal(json_integer_value(json_object_get(scope.vars, "n")), 42);
    result = scope.step(scope.context, "n");
    assert_int_equal(result->status, STEP_SUCCEEDED);
    assert_ptr_equal(scope.step(scope.context, "two-words"), scope.step(scope.context, "two_words"));
    assert_int_equal(scope.step(scope.context, "two_words")->status, STEP_PENDING);
    assert_null(scope.step(scope.context, "none"));
    assert_int_equal(core_scope(scene.run, 999, &scope, &scene.err), ERR_NOT_FOUND);
    scene_fini(&scene);
}

static void a_timer_that_was_cleared_does_not_fire(void **state)
{
    struct scene scene;
    struct step *step;
    uint32_t frame;

    (void)state;
    scene_init(&scene);
    step = add_step(&scene, scene.document->body, NULL, "bounded", "work");
    step->timeout = (struct amount){.given = true, .value = 5000};
    add_step(&scene, scene.document->body, NULL, "next", "work");
    scene_start(&scene);
    frame = effect_frame(&scene, EFFECT_TIMER_SET);
    assert_int_equal(count_events(&scene, EVENT_TIMER_SET), 0);
    refused(&scene, (struct input){.type = INPUT_TIMER, .frame = frame, .timer = 9}, ERR_NOT_FOUND);
    scene_result(&scene, frame, FAIL_NONE);
    assert_int_equal(effect_frame(&scene, EFFECT_TIMER_CLEAR), frame);
    refused(&scene, (struct input){.type = INPUT_TIMER, .frame = frame, .timer = 1}, ERR_NOT_FOUND);
    scene_fini(&scene);
}

/* As many effects as the table of nodes has to grow for, answered from the last to the first. */
static void many_things_at_once_are_told_apart(void **state)
{
    enum { MANY = 300 };
    uint32_t frames[MANY];
    struct scene scene;
    struct step *step;
    size_t count = 0;

    (void)state;
    scene_init(&scene);
    step = add_step(&scene, scene.document->body, NULL, "each", "work");
    step->foreach = make(&scene, sizeof(*step->foreach));
    step->foreach->type = TEMPLATE_CONST;
    step->foreach->constant = document_own(scene.document, json_array());
    for (int i = 0; i < MANY; i++)
        json_array_append_new(step->foreach->constant, json_integer(i));
    step->max_parallel = (struct amount){.given = true, .value = MANY};
    scene_start(&scene);
    for (size_t i = 0; i < scene.turn.effect_count; i++)
        frames[count++] = scene.turn.effects[i].frame;
    assert_int_equal(count, MANY);
    for (size_t i = MANY; i-- > 0;) {
        char path[32];

        assert_int_equal(scene_result(&scene, frames[i], FAIL_NONE), 0);
        snprintf(path, sizeof(path), "each[%zu]", i + 1);
        assert_string_equal(scene.turn.events[0].path, path);
    }
    assert_int_equal(core_status(scene.run), RUN_SUCCEEDED);
    scene_fini(&scene);
}

static void a_run_gives_out_its_outputs(void **state)
{
    struct scene scene;
    struct named_expr output = {.name = "answer"};

    (void)state;
    scene_init(&scene);
    add_set(&scene, scene.document->body, "n", "42");
    output.expr = make_expr(&scene, "vars.n");
    scene.document->outputs = (struct named_exprs){.items = &output, .len = 1};
    scene_start(&scene);
    assert_int_equal(json_integer_value(json_object_get(core_outputs(scene.run), "answer")), 42);
    scene_fini(&scene);
}

static void a_run_can_be_given_up_at_any_moment(void **state)
{
    struct scene scene;

    (void)state;
    one_step(&scene);
    scene_start(&scene);
    scene_fini(&scene); /* the sanitizer sees what is left */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(a_leaf_attempt_is_two_events_and_one_effect),
        test_case(the_first_event_of_a_turn_is_its_cause_and_no_other_is),
        test_case(nothing_fits_before_the_start_and_a_run_starts_once),
        test_case(a_run_that_is_cancelled_before_it_starts_has_ended),
        test_case(a_result_that_nobody_waits_for_is_refused),
        test_case(what_a_person_says_needs_a_person),
        test_case(an_answer_to_what_is_no_question_is_refused),
        test_case(after_the_end_everything_but_a_note_is_refused),
        test_case(what_is_noted_after_the_end_may_correct_an_event),
        test_case(a_run_that_only_waits_says_so),
        test_case(a_stopped_effect_is_waited_for),
        test_case(a_driver_sees_what_the_expressions_of_a_frame_see),
        test_case(a_timer_that_was_cleared_does_not_fire),
        test_case(many_things_at_once_are_told_apart),
        test_case(a_run_gives_out_its_outputs),
        test_case(a_run_can_be_given_up_at_any_moment),
    };

    return cmocka_run_group_tests_name("core/input", tests, NULL, NULL);
}
