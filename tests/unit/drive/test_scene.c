#include "drive/scene.h"
#include "base/mem.h"
#include "lib/test.h"
#include "load/scenario.h"

#include <unistd.h>

/* One scenario of one runbook, and what was told: "SECONDS type path" a line, and the problems. */
struct stage {
    struct program program;
    struct scenario_file *file;
    struct text events, problems;
    enum virtual_end end;
};

static void on_event(void *context, const struct event *event)
{
    struct stage *stage = context;

    text_printf(&stage->events, "%lld %s %s %s\n", (long long)(event->mono_us / 1000000),
        event_type_name(event->type), event->path,
        event->type == EVENT_STEP_FINISHED && event->status >= 0
            ? step_status_name((enum step_status)event->status)
            : "");
}

static void write_temporary(char *path, const char *text)
{
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void play(struct stage *stage, const char *book, const char *scenario)
{
    char book_path[] = "/tmp/scene.XXXXXX", path[] = "/tmp/scenario.XXXXXX";
    char *text autofree = mem_printf("runbook: %s\nscenarios:\n  - name: one\n%s", book_path, scenario);
    struct diags diags = {0};
    struct scene_outcome outcome;
    struct scene *scene;

    write_temporary(book_path, book);
    memcpy(strstr(text, "/tmp/scene."), book_path, strlen(book_path));
    write_temporary(path, text);
    assert_int_equal(program_open(book_path, &stage->program, &diags), 0);
    stage->file = load_scenarios(path, &diags);
    if (diags.errors)
        fail_msg("%s", diags.items[0].text);
    scene = scene_new(&stage->program, stage->file->scenarios.items[0], &diags);
    assert_int_equal(scene_play(scene, on_event, stage, &outcome), 0);
    stage->end = outcome.end;
    for (size_t i = 0; i < diags.len; i++)
        text_printf(&stage->problems, "%u: %s\n", diags.items[i].pos.line, diags.items[i].text);
    scene_outcome_fini(&outcome);
    scene_free(scene);
    diags_fini(&diags);
    unlink(book_path);
    unlink(path);
}

static void fini(struct stage *stage)
{
    scenario_file_free(stage->file);
    program_fini(&stage->program);
    text_fini(&stage->events);
    text_fini(&stage->problems);
}

static void tells(const struct stage *stage, const char *line)
{
    if (!strstr(text_str(&stage->events), line))
        fail_msg("not told: %s\n%s", line, text_str(&stage->events));
}

static void answers_are_for_successive_attempts_and_the_last_one_stays(void **state)
{
    struct stage stage = {0};

    (void)state;
    play(&stage,
        "runbook: a\nsteps:\n"
        "  - {id: x, run: x, retry: {max_attempts: 4, delay: 10s, backoff: 1}}\n"
        "  - {id: y, run: y, timeout: 1m, continue_on_error: true}\n"
        "  - {id: z, run: z}\n",
        "    mocks: {x: [fail, {takes: 5s, exit_code: 3}, fail, ok], y: timeout, z: {takes: 2m}}\n");
    tells(&stage, "1 step.retrying x ");
    tells(&stage, "16 step.retrying x#2 ");
    tells(&stage, "27 step.retrying x#3 ");
    tells(&stage, "38 step.finished x#4 succeeded");
    tells(&stage, "98 step.finished y failed");
    tells(&stage, "218 step.finished z succeeded");
    assert_string_equal(text_str(&stage.problems), "");
    fini(&stage);
}

static void the_first_mock_that_fits_place_and_arguments_answers(void **state)
{
    struct stage stage = {0};

    (void)state;
    play(&stage,
        "runbook: a\nsteps:\n"
        "  - {id: each, foreach: [a, b, c], fail_fast: false, continue_on_error: true, exec: [do, \"${{ item "
        "}}\"]}\n"
        "  - {id: gone, http: {url: \"http://x/1\", method: DELETE, expect: [404]}}\n"
        "  - {id: lost, http: {url: \"http://x/2\", json: {deep: {id: 7}}}, continue_on_error: true}\n",
        "    default_mock: fail\n"
        "    mocks:\n"
        "      \"each[2]\": {takes: 5s}\n"
        "      each: {match: {argv: do ?}, takes: 2s, exit_code: 9}\n"
        "      gone: {match: {method: DELETE, url: \"*/1\"}, status_code: 404}\n"
        "      l*: {match: {json.deep.id: 8}}\n");
    tells(&stage, "2 step.finished each[1] failed");
    tells(&stage, "7 step.finished each[2] succeeded");
    tells(&stage, "9 step.finished each[3] failed");
    tells(&stage, "10 step.finished gone succeeded");
    tells(&stage, "11 step.finished lost failed");
    assert_string_equal(text_str(&stage.problems), "9: nothing used the mock \"l*\"\n");
    fini(&stage);
}

static void what_does_not_fit_the_run_is_told_at_its_line(void **state)
{
    struct stage stage = {0};

    (void)state;
    play(&stage,
        "runbook: a\nsteps:\n"
        "  - {id: x, foreach: [1, 2], run: x}\n"
        "  - {id: go, approve: {message: \"?\", count: 2}}\n"
        "  - {id: come, wait: {signal: come, timeout: 1h}}\n",
        "    people:\n"
        "      - {at: +1m, approve: go, by: ana}\n"
        "      - {at: +2m, approve: go, by: ana}\n"
        "      - {at: +3m, approve: go, by: bo}\n"
        "      - {at: +3h, note: late}\n"
        "    signals:\n"
        "      - {at: +4m, name: come}\n"
        "      - {at: +4h, name: come}\n");
    tells(&stage, "60 ask.answered go");
    tells(&stage, "180 step.finished go succeeded");
    tells(&stage, "240 step.finished come succeeded");
    assert_string_equal(text_str(&stage.problems), "3: nothing answers step \"x\" (run)\n"
                                                   "6: refused: ana has approved go already\n"
                                                   "8: the run had ended before this could happen\n"
                                                   "11: the run had ended before this could happen\n");
    fini(&stage);
}

static void a_run_that_waits_for_ever_says_so(void **state)
{
    struct stage stage = {0};

    (void)state;
    play(&stage, "runbook: a\nsteps:\n  - {id: go, approve: {message: \"?\"}}\n", "");
    assert_int_equal(stage.end, VIRTUAL_WAITS);
    fini(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_for_successive_attempts_and_the_last_one_stays),
        cmocka_unit_test(the_first_mock_that_fits_place_and_arguments_answers),
        cmocka_unit_test(what_does_not_fit_the_run_is_told_at_its_line),
        cmocka_unit_test(a_run_that_waits_for_ever_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
