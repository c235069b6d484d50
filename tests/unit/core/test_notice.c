#include "build.h"

#include "core/timer.h"

/* One step that tells Ana something through "chat", then through "pager". */
struct night {
    struct scene scene;
    struct contact ana;
    struct channel chat, pager;
    const char *names[2];
};

static void name_all(
    struct scene *scene, struct items *items, const char *const *names, void *const *values, size_t len)
{
    items->items = make(scene, len * sizeof(void *));
    items->names = make(scene, len * sizeof(char *));
    for (; items->len < len; items->len++) {
        items->items[items->len] = values[items->len];
        items->names[items->len] = names[items->len];
    }
}

static void night_init(struct night *night)
{
    static const char *const channels[] = {"chat", "pager"}, *const people[] = {"ana"};
    struct step *step;
    struct notify_args *args;

    *night = (struct night){.chat.uses = "command.run", .pager.uses = "command.run"};
    scene_init(&night->scene);
    night->names[0] = "chat";
    night->names[1] = "pager";
    night->ana.channels = (struct strings){.items = night->names, .len = 2};
    name_all(&night->scene, &night->scene.document->people.contacts, people, (void *[]){&night->ana}, 1);
    name_all(&night->scene, &night->scene.document->people.channels, channels,
        (void *[]){&night->chat, &night->pager}, 2);
    step = add_step(&night->scene, night->scene.document->body, NULL, "tell", "notify");
    args = step->args;
    args->message = make_text(&night->scene, "it is down");
    args->to.items = make(&night->scene, sizeof(char *));
    args->to.items[0] = "ana";
    args->to.len = 1;
    assert_int_equal(scene_start(&night->scene), 0);
}

/* The channel is told to have failed, the server having said `result`. */
static void fail_with(struct night *night, const char *result)
{
    struct outcome outcome = {.class_ = FAIL_HTTP, .exit_code = -1, .result = json_loads(result, 0, NULL)};
    uint32_t frame = effect_frame(&night->scene, EFFECT_NOTIFY);

    assert_int_not_equal(frame, 0);
    assert_int_equal(
        scene_apply(&night->scene, (struct input){.type = INPUT_RESULT, .frame = frame, .outcome = &outcome}),
        0);
    json_decref(outcome.result);
}

static const struct event *failure_of(const struct night *night)
{
    for (size_t i = 0; i < night->scene.turn.event_count; i++)
        if (night->scene.turn.events[i].type == EVENT_NOTIFY_FAILED)
            return &night->scene.turn.events[i];
    fail_msg("nothing failed");
    return NULL;
}

static const char *channel_asked(const struct night *night)
{
    const struct turn *turn = &night->scene.turn;

    for (size_t i = 0; i < turn->effect_count; i++)
        if (turn->effects[i].type == EFFECT_NOTIFY)
            return value_get_string(turn->effects[i].args, "channel");
    return "";
}

static void a_server_is_left_alone_as_long_as_it_wants(void **state)
{
    struct night night;

    (void)state;
    night_init(&night);
    fail_with(&night, "{\"retry_after\": 42}");
    assert_int_equal(failure_of(&night)->due_us, 42000000);
    assert_string_equal(channel_asked(&night), "");
    scene_fini(&night.scene);
}

static void one_that_wants_too_long_is_not_tried_again(void **state)
{
    struct night night;

    (void)state;
    night_init(&night);
    fail_with(&night, "{\"retry_after\": 3600}");
    assert_int_equal(failure_of(&night)->due_us, -1);
    assert_string_equal(channel_asked(&night), "pager");
    scene_fini(&night.scene);
}

static void one_that_will_say_the_same_again_is_not_tried_again(void **state)
{
    struct night night;

    (void)state;
    night_init(&night);
    fail_with(&night, "{\"status_code\": 550, \"final\": true}");
    assert_string_equal(channel_asked(&night), "pager");
    scene_fini(&night.scene);
}

static void without_a_word_of_the_server_it_is_tried_again_after_five_seconds(void **state)
{
    struct night night;

    (void)state;
    night_init(&night);
    fail_with(&night, "{\"status_code\": 500}");
    assert_int_equal(failure_of(&night)->due_us, 5000000);
    scene_fini(&night.scene);
}

static void what_the_next_try_depends_on_is_in_the_journal(void **state)
{
    struct night night;
    struct input input;
    struct outcome outcome;
    struct event cause;

    (void)state;
    night_init(&night);
    fail_with(&night, "{\"retry_after\": 42, \"body\": \"long\"}");
    cause = *failure_of(&night);
    assert_true(cause.cause);
    assert_int_equal(core_input_of(&cause, &input, &outcome, &night.scene.err), 0);
    assert_int_equal(json_integer_value(json_object_get(outcome.result, "retry_after")), 42);
    assert_null(json_object_get(outcome.result, "body"));
    outcome_fini(&outcome);
    scene_fini(&night.scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_server_is_left_alone_as_long_as_it_wants),
        cmocka_unit_test(one_that_wants_too_long_is_not_tried_again),
        cmocka_unit_test(one_that_will_say_the_same_again_is_not_tried_again),
        cmocka_unit_test(without_a_word_of_the_server_it_is_tried_again_after_five_seconds),
        cmocka_unit_test(what_the_next_try_depends_on_is_in_the_journal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
