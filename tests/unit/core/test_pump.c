#include "build.h"

/* set n to 0; while n < passes: set n to n + 1 */
static void counting(struct scene *scene, int64_t passes)
{
    struct step *spin;
    struct steps_args *args;
    char *condition = arena_printf(&scene->document->arena, "vars.n < %lld", (long long)passes);

    add_set(scene, scene->document->body, "n", "0");
    spin = add_step(scene, scene->document->body, NULL, "spin", "steps");
    spin->while_ = make_expr(scene, condition);
    spin->max_iterations = (struct amount){.given = true, .value = passes + 1};
    args = spin->args;
    args->steps = make_block(scene);
    add_set(scene, args->steps, "n", "vars.n + 1")->parent = spin;
}

static void long_pure_work_is_cut_into_turns(void **state)
{
    struct scene scene;
    size_t turns = 1;

    (void)state;
    scene_init(&scene);
    counting(&scene, 20000);
    assert_int_equal(scene_start(&scene), 0);
    assert_true(scene.turn.more);
    while (scene.turn.more) {
        core_pump(scene.run, &scene.turn);
        turns++;
    }
    assert_in_range(turns, 10, 100);
    assert_int_equal(core_status(scene.run), RUN_SUCCEEDED);
    scene_fini(&scene);
}

static void only_the_first_hundred_passes_leave_events(void **state)
{
    struct scene scene;
    size_t events;

    (void)state;
    scene_init(&scene);
    counting(&scene, 5000);
    scene_start(&scene);
    events = scene.turn.event_count;
    while (scene.turn.more) {
        core_pump(scene.run, &scene.turn);
        events += scene.turn.event_count;
    }
    /* run.started; n; spin started; three for each pass; spin finished; run.finished */
    assert_int_equal(events, 1 + 1 + 1 + 3 * 100 + 1 + 1);
    scene_fini(&scene);
}

static void events_of_a_pumped_turn_are_no_causes(void **state)
{
    struct scene scene;
    const struct event *last;

    (void)state;
    scene_init(&scene);
    counting(&scene, 5000);
    scene_start(&scene);
    while (scene.turn.more) {
        core_pump(scene.run, &scene.turn);
        for (size_t i = 0; i < scene.turn.event_count; i++)
            assert_false(scene.turn.events[i].cause);
    }
    last = &scene.turn.events[scene.turn.event_count - 1];
    assert_int_equal(last->type, EVENT_RUN_FINISHED);
    last = &scene.turn.events[scene.turn.event_count - 2];
    assert_int_equal(json_integer_value(json_object_get(last->data, "iterations")), 5000);
    scene_fini(&scene);
}

static void a_failure_in_a_late_pass_is_told(void **state)
{
    struct scene scene;
    struct steps_args *args;

    (void)state;
    scene_init(&scene);
    counting(&scene, 300);
    args = scene.document->body->steps[1]->args;
    args->steps->steps[0]->continue_on_error = true;
    ((struct set_args *)args->steps->steps[0]->args)->values.items[0].value =
        make_template(&scene, "vars.n == 200 and vars.n.deep.deeper or vars.n + 1");
    scene_start(&scene);
    while (scene.turn.more)
        core_pump(scene.run, &scene.turn);
    /* It can never get past 200: the same failure from there on, until max_iterations. */
    assert_int_equal(core_status(scene.run), RUN_FAILED);
    assert_int_equal(core_warnings(scene.run), 101);
    scene_fini(&scene);
}

/* Feed the cause again: pump exactly as far as it says first. */
static void feed(struct run *run, struct turn *turn, const struct event *cause)
{
    int64_t moves = json_integer_value(json_object_get(cause->data, "moves"));
    struct outcome outcome;
    struct input input;
    struct err err;

    while (turn->more && (!moves || (int64_t)core_moves(run) < moves))
        core_pump(run, turn);
    assert_int_equal(core_input_of(cause, &input, &outcome, &err), 0);
    assert_int_equal(core_apply(run, &input, turn, &err), 0);
    outcome_fini(&outcome);
}

static void what_came_between_two_pumps_comes_at_the_same_place_again(void **state)
{
    struct scene scene;
    struct turn again = {0};
    struct run *run;
    struct event start, cancel;
    json_t *live, *fold;

    (void)state;
    scene_init(&scene);
    counting(&scene, 50000);
    scene_start(&scene);
    start = scene.turn.events[0];
    json_incref(start.data);
    core_pump(scene.run, &scene.turn);
    core_pump(scene.run, &scene.turn);
    assert_true(scene.turn.more);
    scene_apply(&scene, (struct input){.type = INPUT_CANCEL});
    cancel = scene.turn.events[0];
    cancel.path = "";
    cancel.by = start.by = (struct principal){"", "", ""};
    start.path = "";
    json_incref(cancel.data);
    assert_true(core_is_finished(scene.run));

    run = core_new(scene.book, scene.script);
    feed(run, &again, &start);
    feed(run, &again, &cancel);
    live = core_snapshot(scene.run);
    fold = core_snapshot(run);
    assert_true(json_equal(live, fold));
    assert_int_equal(core_moves(run), core_moves(scene.run));
    json_decref(live);
    json_decref(fold);
    json_decref(start.data);
    json_decref(cancel.data);
    turn_fini(&again);
    core_free(run);
    scene_fini(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(long_pure_work_is_cut_into_turns),
        test_case(only_the_first_hundred_passes_leave_events),
        test_case(events_of_a_pumped_turn_are_no_causes),
        test_case(a_failure_in_a_late_pass_is_told),
        test_case(what_came_between_two_pumps_comes_at_the_same_place_again),
    };

    return cmocka_run_group_tests_name("core/pump", tests, NULL, NULL);
}
