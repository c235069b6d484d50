#include "drive/invariant.h"
#include "base/mem.h"
#include "drive/program.h"
#include "drive/virtual.h"
#include "lib/test.h"

#include <string.h>
#include <unistd.h>

/* One runbook in virtual time, watched. Commands named `bad` fail, all take a minute. */
struct stage {
    struct program program;
    struct virtual *virtual;
    struct watch *watch;
    bool copies; /* go on with a copy after every turn */
};

static int64_t answer(void *context, const struct effect *effect, struct outcome *outcome)
{
    const char *first = json_string_value(json_array_get(json_object_get(effect->args, "argv"), 0));
    bool is_bad = first && strcmp(first, "bad") == 0;

    (void)context;
    outcome->class_ = is_bad ? FAIL_EXIT : FAIL_NONE;
    outcome->exit_code = is_bad;
    outcome->result = json_pack("{s:i, s:s}", "exit_code", is_bad, "stdout", "");
    return INT64_C(60000000);
}

static void on_turn(void *context, const struct turn *turn, const struct input *input)
{
    struct stage *stage = context;

    (void)input;
    if (stage->copies) {
        struct watch *copy = watch_copy(stage->watch);

        watch_free(stage->watch);
        stage->watch = copy;
    }
    watch_turn(stage->watch, virtual_run(stage->virtual), turn);
}

static void play(struct stage *stage, const char *yaml)
{
    char path[] = "/tmp/invariant.XXXXXX";
    struct diags diags = {0};
    struct text problems autotext = {0};
    json_t *start autovalue =
        json_pack("{s:{}, s:{s:s}, s:i, s:s}", "params", "run", "id", "x", "seed", 1, "nonce", "n");
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, yaml, strlen(yaml)), strlen(yaml));
    close(fd);
    if (program_open(path, &stage->program, &diags) < 0) {
        diags_render(&diags, &problems, false);
        fail_msg("%s", text_str(&problems));
    }
    unlink(path);
    diags_fini(&diags);
    stage->watch = watch_new(stage->program.book, stage->program.script);
    stage->virtual = virtual_new(&(struct virtual_options){.book = stage->program.book,
        .script = stage->program.script,
        .limit = 1000,
        .world = {answer, on_turn, NULL, NULL, stage}});
    virtual_play(stage->virtual, start, (struct principal){"olga", "", "test"});
    watch_end(stage->watch, virtual_run(stage->virtual));
}

static void fini(struct stage *stage)
{
    watch_free(stage->watch);
    virtual_free(stage->virtual);
    program_fini(&stage->program);
}

static void assert_broken(const struct stage *stage, const char *name, int64_t at_s, const char *why)
{
    const struct breach *breach;
    struct text text autotext = {0};

    assert_int_equal(watch_count(stage->watch), 1);
    breach = watch_breach(stage->watch, 0);
    invariant_put_name(breach->invariant, &text);
    assert_string_equal(text_str(&text), name);
    assert_int_equal(breach->at_us, at_s * 1000000);
    assert_string_equal(breach->why, why);
}

static void plays(const char *yaml, const char *name, int64_t at_s, const char *why)
{
    for (int copies = 0; copies < 2; copies++) {
        struct stage stage = {.copies = copies};

        play(&stage, yaml);
        if (name)
            assert_broken(&stage, name, at_s, why);
        else
            assert_int_equal(watch_count(stage.watch), 0);
        fini(&stage);
    }
}

#define STEPS                                                                                                \
    "runbook: r\nsteps:\n"                                                                                   \
    "  - {id: on, exec: [good]}\n"                                                                           \
    "  - {id: work, exec: [bad], continue_on_error: true}\n"                                                 \
    "  - {id: off, exec: [good]}\n"

static void a_book_without_invariants_is_not_watched(void **state)
{
    (void)state;
    plays(STEPS, NULL, 0, NULL);
}

static void always_is_looked_at_after_every_turn(void **state)
{
    (void)state;
    plays(STEPS "invariants: [{always: steps.work.status ~= 'failed'}]\n",
        "always: steps.work.status ~= 'failed'", 120, "this is not true: steps.work.status ~= 'failed'");
    plays(STEPS "invariants: [{always: steps.off.status ~= 'failed'}]\n", NULL, 0, NULL);
}

static void finally_sees_the_results_and_the_status_of_the_run_when_it_has_ended(void **state)
{
    (void)state;
    plays(STEPS "invariants: [{name: clean, finally: 'run.status == \"failed\"'}]\n", "clean", 180,
        "this is not true: run.status == \"failed\"");
    plays(STEPS "invariants: [{finally: 'run.status == \"succeeded\" and steps.off.ok and run.warnings == "
                "1'}]\n",
        NULL, 0, NULL);
}

static void what_cannot_be_evaluated_is_broken(void **state)
{
    struct stage stage = {0};

    (void)state;
    play(&stage, STEPS "invariants: [{finally: steps.on.outputs.x == 1}]\n");
    assert_int_equal(watch_count(stage.watch), 1);
    assert_non_null(strstr(watch_breach(stage.watch, 0)->why, "it could not be evaluated: 6:"));
    fini(&stage);
}

static void within_is_kept_when_the_event_comes_in_time(void **state)
{
    (void)state;
    plays(
        STEPS "invariants: [{within: 2m, of: step.finished on, expect: step.finished off}]\n", NULL, 0, NULL);
}

static void within_is_broken_at_the_moment_it_is_over(void **state)
{
    (void)state;
    plays(STEPS "invariants: [{name: soon, within: 90s, of: step.finished on, expect: step.finished off}]\n",
        "soon", 150, "after \"step.finished on\" at 1m \"step.finished off\" did not come within 1m30s");
}

static void within_is_broken_by_the_end_when_nothing_can_come_any_more(void **state)
{
    (void)state;
    plays(STEPS "invariants: [{name: ever, within: 1h, of: step.finished on, expect: step.finished w* "
                "succeeded}]\n",
        "ever", 180,
        "after \"step.finished on\" at 1m \"step.finished w* succeeded\" did not come before the end");
}

static void patterns_mean_steps_by_path_or_id_and_leave_attempts_out(void **state)
{
    static const struct {
        const char *pattern;
        bool is_match;
    } cases[] = {
        {"step.finished", true},
        {"step.* verify", true},
        {"step.finished deploy/verify", true},
        {"step.finished deploy*", true},
        {"step.finished deploy", false},
        {"step.finished verif", false},
        {"step.finished verify timeout", false},
        {"step.finished verify failed", true},
        {"step.started verify", false},
    };
    struct event event = {.type = EVENT_STEP_FINISHED, .path = "deploy#2/verify[3]#2", .status = STEP_FAILED};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct event_pattern pattern;

        assert_true(pattern_parse(cases[i].pattern, &pattern));
        if (strchr(cases[i].pattern, '/') && cases[i].is_match)
            event.path = "deploy#2/verify#3";
        if (pattern_matches(&pattern, &event) != cases[i].is_match)
            fail_msg("%s", cases[i].pattern);
        event.path = "deploy#2/verify[3]#2";
    }
    assert_false(pattern_parse(" ", &(struct event_pattern){0}));
    assert_false(pattern_parse("a b c d", &(struct event_pattern){0}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_book_without_invariants_is_not_watched),
        cmocka_unit_test(always_is_looked_at_after_every_turn),
        cmocka_unit_test(finally_sees_the_results_and_the_status_of_the_run_when_it_has_ended),
        cmocka_unit_test(what_cannot_be_evaluated_is_broken),
        cmocka_unit_test(within_is_kept_when_the_event_comes_in_time),
        cmocka_unit_test(within_is_broken_at_the_moment_it_is_over),
        cmocka_unit_test(within_is_broken_by_the_end_when_nothing_can_come_any_more),
        cmocka_unit_test(patterns_mean_steps_by_path_or_id_and_leave_attempts_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
