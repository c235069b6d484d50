#include "unit/core/build.h"

enum { MANY = 64 };

/* A run that is carried out step by step, and the causes it has had. */
struct stepped {
    struct scene scene;
    struct event causes[MANY];
    size_t cause_count;
};

static void keep_cause(struct stepped *stepped)
{
    const struct event *event = &stepped->scene.turn.events[0];
    struct event *kept = &stepped->causes[stepped->cause_count++];

    assert_true(event->cause);
    *kept = *event;
    kept->path = strdup(event->path);
    kept->by.user = event->by.user ? strdup(event->by.user) : NULL;
    kept->data = json_deep_copy(event->data);
}

static void say(struct stepped *stepped, struct input input, int64_t at_us)
{
    input.mono_us = input.wall_us = at_us;
    assert_int_equal(scene_apply(&stepped->scene, input), 0);
    keep_cause(stepped);
}

static void decide(struct stepped *stepped, const char *path, const char *decision, int64_t at_us)
{
    json_t *data = json_pack("{s:s}", "decision", decision);

    say(stepped, (struct input){.type = INPUT_ANSWER, .path = path, .by = {.user = "ana"}, .data = data},
        at_us);
    json_decref(data);
}

static const struct effect *find_effect(const struct stepped *stepped, enum effect_type type)
{
    for (size_t i = 0; i < stepped->scene.turn.effect_count; i++)
        if (stepped->scene.turn.effects[i].type == type)
            return &stepped->scene.turn.effects[i];
    return NULL;
}

static const struct event *find_event(const struct stepped *stepped, enum event_type type)
{
    for (size_t i = 0; i < stepped->scene.turn.event_count; i++)
        if (stepped->scene.turn.events[i].type == type)
            return &stepped->scene.turn.events[i];
    return NULL;
}

static void start(struct stepped *stepped)
{
    struct document *document;

    *stepped = (struct stepped){0};
    scene_init(&stepped->scene);
    document = stepped->scene.document;
    add_step(&stepped->scene, document->body, NULL, "one", "work")->timeout =
        (struct amount){.given = true, .value = 5000};
    add_step(&stepped->scene, document->body, NULL, "two", "work");
    add_step(&stepped->scene, document->body, NULL, "three", "work");
    document->always = make_block(&stepped->scene);
    add_step(&stepped->scene, document->always, NULL, "tidy", "work");
    stepped->scene.run = core_new(stepped->scene.book, stepped->scene.script);
    json_t *data = json_pack("{s:b, s:{}, s:i, s:s}", "step", true, "params", "seed", 1, "nonce", "n");
    say(stepped, (struct input){.type = INPUT_START, .by = {.user = "olga"}, .data = data}, 0);
    json_decref(data);
}

static void end(struct stepped *stepped)
{
    for (size_t i = 0; i < stepped->cause_count; i++) {
        free((char *)stepped->causes[i].path);
        free((char *)stepped->causes[i].by.user);
        json_decref(stepped->causes[i].data);
    }
    scene_fini(&stepped->scene);
}

static void succeed(struct stepped *stepped, const char *path, int64_t at_us)
{
    struct outcome outcome = {.exit_code = 0};

    say(stepped, (struct input){.type = INPUT_RESULT, .path = path, .outcome = &outcome}, at_us);
}

static void nothing_is_done_before_it_has_been_asked(void **state)
{
    struct stepped stepped;
    struct effect timer;

    (void)state;
    start(&stepped);
    assert_null(find_effect(&stepped, EFFECT_START));
    assert_null(find_event(&stepped, EVENT_STEP_STARTED));
    assert_string_equal(find_effect(&stepped, EFFECT_ASK)->path, "one");
    assert_string_equal(value_get_string(find_event(&stepped, EVENT_ASK_OPENED)->data, "kind"), "step");
    assert_true(core_awaits(stepped.scene.run, find_effect(&stepped, EFFECT_ASK)));
    assert_false(core_next_timer(stepped.scene.run, &timer));
    end(&stepped);
}

static void its_time_is_counted_from_the_answer(void **state)
{
    struct stepped stepped;
    struct effect timer;

    (void)state;
    start(&stepped);
    decide(&stepped, "one", "run", 100000000);
    assert_non_null(find_effect(&stepped, EFFECT_ASK_CLOSE));
    assert_non_null(find_effect(&stepped, EFFECT_START));
    assert_non_null(find_event(&stepped, EVENT_STEP_STARTED));
    assert_true(core_next_timer(stepped.scene.run, &timer));
    assert_int_equal(timer.due_us, 105000000);
    end(&stepped);
}

static void another_answer_is_refused(void **state)
{
    struct stepped stepped;
    json_t *data = json_pack("{s:s}", "decision", "approve");

    (void)state;
    start(&stepped);
    assert_true(
        scene_apply(&stepped.scene,
            (struct input){.type = INPUT_ANSWER, .path = "one", .by = {.user = "ana"}, .data = data}) < 0);
    assert_non_null(strstr(stepped.scene.err.text, "run, skip or quit"));
    json_decref(data);
    end(&stepped);
}

static void what_is_left_out_is_skipped(void **state)
{
    struct stepped stepped;

    (void)state;
    start(&stepped);
    decide(&stepped, "one", "skip", 1000);
    assert_null(find_effect(&stepped, EFFECT_START));
    assert_string_equal(find_event(&stepped, EVENT_STEP_SKIPPED)->path, "one");
    assert_string_equal(find_effect(&stepped, EFFECT_ASK)->path, "two");
    end(&stepped);
}

/* And what cleans up is done without a question. */
static void to_quit_is_to_cancel(void **state)
{
    struct stepped stepped;

    (void)state;
    start(&stepped);
    decide(&stepped, "one", "quit", 1000);
    assert_non_null(find_event(&stepped, EVENT_RUN_CANCEL_REQUESTED));
    assert_null(find_effect(&stepped, EFFECT_ASK));
    assert_string_equal(find_effect(&stepped, EFFECT_START)->path, "tidy");
    succeed(&stepped, "tidy", 2000);
    assert_int_equal(core_status(stepped.scene.run), RUN_CANCELLED);
    end(&stepped);
}

static void its_causes_give_the_same_run_again(void **state)
{
    struct stepped stepped;
    struct turn turn = {0};
    struct err err;

    (void)state;
    start(&stepped);
    decide(&stepped, "one", "run", 1000);
    succeed(&stepped, "one", 2000);
    decide(&stepped, "two", "skip", 3000);

    struct run *again = core_new(stepped.scene.book, stepped.scene.script);
    for (size_t i = 0; i < stepped.cause_count; i++) {
        struct outcome outcome;
        struct input input;

        assert_int_equal(core_input_of(&stepped.causes[i], &input, &outcome, &err), 0);
        assert_int_equal(core_apply(again, &input, &turn, &err), 0);
        outcome_fini(&outcome);
    }
    json_t *first = core_snapshot(stepped.scene.run), *second = core_snapshot(again);
    assert_true(json_equal(first, second));
    json_decref(first);
    json_decref(second);
    core_free(again);
    turn_fini(&turn);
    end(&stepped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test_case(nothing_is_done_before_it_has_been_asked),
        test_case(its_time_is_counted_from_the_answer),
        test_case(another_answer_is_refused),
        test_case(what_is_left_out_is_skipped),
        test_case(to_quit_is_to_cancel),
        test_case(its_causes_give_the_same_run_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
